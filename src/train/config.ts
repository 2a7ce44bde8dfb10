/** The settings of a run as values: defaults, presets, what is refused, and what follows from them. */

import { quote, show } from "../data/error.ts";
import { type AnyPath, whyNot } from "../model/plans.ts";
import type { Sizes } from "../model/tensors.ts";
import { count } from "../plan/count.ts";
import type { MachineKind } from "../plan/machine.ts";
import {
  applies,
  type Limits,
  optionName,
  SETTING_KEYS,
  SETTINGS,
  type SettingKey,
  type TrainConfig,
} from "./settings.ts";

export type { TrainConfig } from "./settings.ts";

/** The notebook's network at hidden 64, in a tenth of exercise 4's steps. */
export const DEFAULTS = Object.fromEntries(
  SETTING_KEYS.map((key) => [key, SETTINGS[key].default]),
) as TrainConfig;

export const PRESETS: Readonly<Record<string, Partial<TrainConfig>>> = {
  /** Exercise 4: lr 0.1, then 0.01 from step 100,000. */
  notebook: { hidden: 200, steps: 200_000 },
};

/** A setting with a value that is not allowed: which one, the value, what is allowed. */
export class ConfigError extends Error {
  override name = "ConfigError";
}

/**
 * Defaults, overridden by what is given.
 * @throws ConfigError for an unknown name, the first value out of range, or the first that the chosen optimiser does not have
 */
export function trainConfig(given: Partial<TrainConfig> = {}): TrainConfig {
  const defined = Object.fromEntries(
    Object.entries(given)
      .filter(([, v]) => v !== undefined)
      // −0 equals 0, but not as text in an address or a file.
      .map(([key, v]) => [key, v === 0 ? 0 : v]),
  );
  const unknown = Object.keys(defined).find((key) => !Object.hasOwn(SETTINGS, key));
  if (unknown !== undefined)
    throw new ConfigError(`${quote(unknown)} is not a setting; the settings are ${SETTING_KEYS.join(", ")}`);
  const config: TrainConfig = { ...DEFAULTS, ...defined };
  for (const key of SETTING_KEYS) requireAllowed(key, SETTINGS[key], config[key]);
  const unused = SETTING_KEYS.find(
    (key) => !applies(SETTINGS[key], config.optimizer) && config[key] !== DEFAULTS[key],
  );
  if (unused !== undefined)
    throw new ConfigError(
      `--${optionName(unused)} is ${config[unused]}, but --optimizer is ${config.optimizer}; leave it out, or choose --optimizer ${SETTINGS[unused].optimizer}, which has it`,
    );
  return config;
}

/** @throws ConfigError for a value that the setting does not allow */
export function requireAllowed(key: string, setting: Limits, value: unknown): void {
  const allowed = whatIsAllowed(setting, value);
  if (allowed) throw new ConfigError(`--${optionName(key)} is ${show(value)}; it must be ${allowed}`);
}

/** Neither a space, a control character nor half of a character. */
const VISIBLE = /^[^\p{Z}\p{C}]$/u;

/** Undefined for an allowed value. */
function whatIsAllowed(setting: Limits, value: unknown): string | undefined {
  if (setting.type === "choice")
    return setting.choices.some((c) => c === value) ? undefined : `one of ${setting.choices.join(", ")}`;
  if (setting.type === "flag") return typeof value === "boolean" ? undefined : "true or false";
  if (setting.type === "character")
    return typeof value === "string" && VISIBLE.test(value)
      ? undefined
      : "a single character that can be seen, such as | or _";
  const [least, most] = setting.range;
  const whole = setting.type === "whole";
  if (typeof value === "number" && value >= least && value <= most && (!whole || Number.isInteger(value)))
    return undefined;
  const why = setting.why ? ` (${setting.why})` : "";
  return `${whole ? "a whole number" : "a number"} from ${count(least)} to ${count(most)}${why}`;
}

/** The first setting that `wanted` changes although a run that has begun with `started` cannot change it. */
export const fixedDifference = (started: TrainConfig, wanted: TrainConfig): SettingKey | undefined =>
  SETTING_KEYS.find((key) => {
    const { fixed } = SETTINGS[key];
    if (fixed === "zero") return (started[key] === 0) !== (wanted[key] === 0);
    return fixed === "value" && started[key] !== wanted[key];
  });

/**
 * The path to take, with a note if the choice needs explaining. It depends on sizes and kind of machine alone, so equal runs
 * take equal paths. `auto` is `single` where one workgroup holds the step: on both software adapters and on an H200 it beats `fused` at every such
 * size that was measured (`npm run bench`), and there a population trains in one dispatch. If a path does not take the sizes, `fused` does.
 */
export function resolvePath(
  c: TrainConfig,
  vocabulary: number,
  kind: MachineKind,
): { path: AnyPath; note?: string } {
  const sizes = sizesOf(c, vocabulary);
  if (c.path !== "auto") {
    const why = whyNot(sizes, c.path);
    return why === undefined
      ? { path: c.path }
      : { path: "fused", note: `fused path instead of ${c.path}: ${why}` };
  }
  const fused = (reason: string) => ({ path: "fused" as const, note: `fused path: ${reason}` });
  if (kind === "cpu") return fused("the CPU reference has no dispatches to save");
  const why = whyNot(sizes, "single");
  if (why !== undefined) return fused(why);
  return {
    path: "single",
    note: `single path: one workgroup holds batch ${count(c.batch)} × hidden ${count(c.hidden)}`,
  };
}

/** Learning rate of a step: lr, then lr·decay from step decayAt·steps on. */
export const learningRate = (c: TrainConfig, step: number): number =>
  step < c.decayAt * c.steps || c.decayAt === 1 ? c.lr : c.lr * c.decay;

/**
 * The first of the steps before `done` whose learning rate is another one under `after` than it was under `before`. If there is none, a run that
 * goes on under `after` is the one that never stopped.
 */
export function firstOtherRate(before: TrainConfig, after: TrainConfig, done: number): number | undefined {
  // A rate changes once, so the first difference is at step 0 or where one of the two changes.
  const changes = [before, after].map((c) => Math.ceil(c.decayAt * c.steps)).sort((a, b) => a - b);
  return [0, ...changes].find((s) => s < done && learningRate(before, s) !== learningRate(after, s));
}

/**
 * @param vocabulary characters, with the terminator
 * @throws TypeError for a configuration that `trainConfig` did not make, or what is no number of characters
 */
export function sizesOf(c: TrainConfig, vocabulary: number): Sizes {
  const missing = SETTING_KEYS.find((key) => c?.[key] === undefined);
  if (missing !== undefined)
    throw new TypeError(`the configuration has no ${missing}; make it with trainConfig({ … })`);
  if (!Number.isInteger(vocabulary) || vocabulary < 1)
    throw new TypeError(
      `vocabulary is ${show(vocabulary)}; give the number of characters, data.vocabulary.size`,
    );
  const { context, embedding, hidden, batch } = c;
  return { vocabulary, context, embedding, hidden, batch };
}
