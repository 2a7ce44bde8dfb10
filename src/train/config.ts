/** The settings of a run: defaults, presets and what is refused. */
import { quote, show } from "../data/error.ts";
import { ALL_PATHS, type AnyPath, whyNotSingle } from "../model/plans.ts";
import type { Sizes } from "../model/tensors.ts";
import type { MachineKind } from "../plan/machine.ts";

export interface TrainConfig {
  readonly hidden: number;
  readonly embedding: number;
  readonly context: number;
  readonly batch: number;
  /** The run's total. */
  readonly steps: number;
  readonly lr: number;
  /** Share of the total after which lr is multiplied by `decay`; 1 means never. */
  readonly decayAt: number;
  readonly decay: number;
  /** Seeds the torch-compatible generator that draws C, W1, b1, W2, b2 and then the minibatches. */
  readonly seed: number;
  /** Seeds the generator that draws bngain and bnbias, which the notebook leaves unseeded. */
  readonly bnSeed: number;
  readonly path: "auto" | AnyPath;
}

/** The notebook's network at hidden 64, in a tenth of exercise 4's steps. */
export const DEFAULTS: TrainConfig = {
  hidden: 64,
  embedding: 10,
  context: 3,
  batch: 32,
  steps: 20_000,
  lr: 0.1,
  decayAt: 0.5,
  decay: 0.1,
  seed: 2147483647,
  bnSeed: 0,
  path: "auto",
};

export const PRESETS: Readonly<Record<string, Partial<TrainConfig>>> = {
  /** Exercise 4: lr 0.1, then 0.01 from step 100,000. */
  notebook: { hidden: 200, steps: 200_000 },
};

/** A setting out of range: which one, the value, what is allowed. */
export class ConfigError extends Error {
  override name = "ConfigError";
}

/** Settings that a started run has fixed: its weights and generators come from them. */
export const FIXED = ["hidden", "embedding", "context", "seed", "bnSeed"] as const;

export type Numeric = Exclude<keyof TrainConfig, "path">;

/** Allowed range of every number; `whole` ones are integers. */
export const RANGES: Readonly<
  Record<Numeric, { least: number; most: number; whole: boolean; why?: string }>
> = {
  hidden: { least: 1, most: 2 ** 20, whole: true },
  embedding: { least: 1, most: 2 ** 16, whole: true },
  context: { least: 1, most: 1024, whole: true },
  batch: { least: 2, most: 2 ** 20, whole: true, why: "BatchNorm divides by batch − 1" },
  steps: { least: 1, most: 1e9, whole: true },
  lr: { least: 1e-12, most: 1e12, whole: false },
  decayAt: { least: 0, most: 1, whole: false },
  decay: { least: 1e-12, most: 1e12, whole: false },
  seed: { least: 0, most: Number.MAX_SAFE_INTEGER, whole: true },
  bnSeed: { least: 0, most: Number.MAX_SAFE_INTEGER, whole: true },
};

const optionName = (key: string): string => `--${key.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`;

/**
 * Defaults, overridden by what is given.
 * @throws ConfigError for a name that is no setting, or the first setting that is out of range
 */
export function trainConfig(given: Partial<TrainConfig> = {}): TrainConfig {
  const defined = Object.fromEntries(
    Object.entries(given)
      .filter(([, v]) => v !== undefined)
      // −0 is equal to 0, but not in an address or a file and back.
      .map(([key, v]) => [key, v === 0 ? 0 : v]),
  );
  const config: TrainConfig = { ...DEFAULTS, ...defined };
  const unknown = Object.keys(defined).find((key) => !Object.hasOwn(DEFAULTS, key));
  if (unknown !== undefined)
    throw new ConfigError(`${quote(unknown)} is no setting; there are ${Object.keys(DEFAULTS).join(", ")}`);
  for (const [key, { least, most, whole, why }] of Object.entries(RANGES)) {
    const value = config[key as Numeric];
    if (typeof value === "number" && value >= least && value <= most && (!whole || Number.isInteger(value)))
      continue;
    throw new ConfigError(
      `${optionName(key)} is ${show(value)}; it must be ${whole ? "a whole number" : "a number"} from ${least} to ${most}${why ? ` (${why})` : ""}`,
    );
  }
  if (config.path !== "auto" && !ALL_PATHS.includes(config.path))
    throw new ConfigError(`--path is ${show(config.path)}; it must be one of auto, ${ALL_PATHS.join(", ")}`);
  return config;
}

/**
 * Most hidden × batch that `auto` gives to one workgroup of a hardware GPU, which has many compute units: about where its
 * arithmetic on one of them (20 GFLOP/s or so) costs what the fused path's 17 dispatches do (5 µs or so each). An estimate.
 */
const SINGLE_ON_HARDWARE = 4096;

/**
 * The path that is taken, and why if that needs saying. A rule of sizes and kind of machine alone, so that equal runs take
 * equal paths. `auto` is `single` where one workgroup holds the step: on both software adapters it beats `fused` at every such
 * size that was measured (`npm run bench`). `single` is refused by sizes that do not fit.
 */
export function resolvePath(
  c: TrainConfig,
  vocabulary: number,
  kind: MachineKind,
): { path: AnyPath; note?: string } {
  if (c.path === "chunked" || c.path === "fused") return { path: c.path };
  const why = whyNotSingle(sizesOf(c, vocabulary));
  if (c.path === "single")
    return why === undefined
      ? { path: "single" }
      : { path: "fused", note: `fused path instead of single: ${why}` };
  const fused = (reason: string) => ({ path: "fused" as const, note: `fused path: ${reason}` });
  if (kind === "cpu") return fused("the CPU reference has no dispatches to save");
  if (why !== undefined) return fused(why);
  const work = c.hidden * c.batch;
  if (kind === "hardware" && work > SINGLE_ON_HARDWARE)
    return fused(
      `hidden × batch is ${work}, and one workgroup of a GPU is thought to be faster up to ${SINGLE_ON_HARDWARE}`,
    );
  return { path: "single", note: `single path: one workgroup holds batch ${c.batch} × hidden ${c.hidden}` };
}

/** Learning rate of a step: lr, then lr·decay from step decayAt·steps on. */
export const learningRate = (c: TrainConfig, step: number): number =>
  step < c.decayAt * c.steps || c.decayAt === 1 ? c.lr : c.lr * c.decay;

export const sizesOf = (c: TrainConfig, vocabulary: number): Sizes => ({
  vocabulary,
  context: c.context,
  embedding: c.embedding,
  hidden: c.hidden,
  batch: c.batch,
});
