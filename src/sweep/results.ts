/** What a sweep finds: a line for each network, and a table with a row for each configuration. */
import type { TrainConfig } from "../train/config.ts";
import { SETTING_KEYS } from "../train/settings.ts";
import { configurationOf, varied } from "./product.ts";

/** A network that was trained: a line of `results.jsonl`. */
export interface Result {
  readonly id: number;
  readonly config: TrainConfig;
  /** Mean loss of each split, in nats per character; null of a network that diverged. */
  readonly train: number | null;
  readonly dev: number | null;
  readonly test: number | null;
  /** The step at which it diverged. */
  readonly divergedAt: number | null;
  /** Its share of the time that its population trained. */
  readonly seconds: number;
  readonly adapter: string;
  readonly version: string;
  readonly wordsSha256: string;
  /** The file of its weights, beside this one, if they were kept. */
  readonly checkpoint: string | null;
}

/** A configuration, over its seeds. */
export interface Row {
  /** The values of the settings that differ within the sweep. */
  readonly settings: Readonly<Record<string, TrainConfig[keyof TrainConfig]>>;
  readonly networks: number;
  /** How many of them diverged; they are in no mean. */
  readonly diverged: number;
  /** Of the dev losses. NaN where all diverged. */
  readonly mean: number;
  /** Of the dev losses, with n − 1; NaN for fewer than two. */
  readonly deviation: number;
  /** The network with the lowest dev loss; undefined where all diverged. */
  readonly best: Result | undefined;
}

/** The results of each configuration, in the order of their first ids. */
export function byConfiguration(results: readonly Result[]): Result[][] {
  const groups = new Map<string, Result[]>();
  for (const result of results) {
    const key = configurationOf(result.config);
    groups.set(key, [...(groups.get(key) ?? []), result]);
  }
  return [...groups.values()];
}

/** The one with the lowest dev loss, the first of equals. */
export function bestOf(results: readonly Result[]): Result | undefined {
  let best: Result | undefined;
  for (const result of results)
    if (result.dev !== null && (best === undefined || result.dev < (best.dev as number))) best = result;
  return best;
}

/** A row for each configuration, the lowest mean first, those without one last. */
export function tableOf(results: readonly Result[]): Row[] {
  const keys = varied(results.map((r) => r.config));
  return byConfiguration(results)
    .map((group) => {
      const devs = group.flatMap(({ dev }) => (dev === null ? [] : [dev]));
      const mean = devs.reduce((sum, dev) => sum + dev, 0) / devs.length;
      const squares = devs.reduce((sum, dev) => sum + (dev - mean) ** 2, 0);
      return {
        settings: Object.fromEntries(keys.map((key) => [key, group[0].config[key]])),
        networks: group.length,
        diverged: group.length - devs.length,
        mean,
        deviation: devs.length > 1 ? Math.sqrt(squares / (devs.length - 1)) : Number.NaN,
        best: bestOf(group),
      };
    })
    .sort((a, b) => (Number.isNaN(a.mean) ? 1 : Number.isNaN(b.mean) ? -1 : a.mean - b.mean));
}

/** One line of `results.jsonl`: keys in a fixed order, so that equal results are equal bytes. */
export const lineOf = (r: Result): string =>
  JSON.stringify({
    id: r.id,
    config: Object.fromEntries(SETTING_KEYS.map((key) => [key, r.config[key]])),
    train: r.train,
    dev: r.dev,
    test: r.test,
    divergedAt: r.divergedAt,
    seconds: r.seconds,
    adapter: r.adapter,
    version: r.version,
    wordsSha256: r.wordsSha256,
    checkpoint: r.checkpoint,
  });

/** The whole file, by id. */
export const linesOf = (results: readonly Result[]): string =>
  [...results]
    .sort((a, b) => a.id - b.id)
    .map((r) => `${lineOf(r)}\n`)
    .join("");
