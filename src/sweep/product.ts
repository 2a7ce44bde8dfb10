/** A sweep: the product of settings that take several values, numbered. */

import { count } from "../plan/count.ts";
import { ConfigError, type TrainConfig, trainConfig } from "../train/config.ts";
import { updateRuleOf } from "../train/optimizer.ts";
import { optionName, SETTING_KEYS, type SettingKey } from "../train/settings.ts";

/** The values of each setting that is not at its default. */
export type Lists = Readonly<Partial<Record<SettingKey, readonly TrainConfig[SettingKey][]>>>;

/** A network of a sweep. */
export interface Planned {
  /** Counts the product from 0: settings in the order of a configuration, the last fastest, seeds innermost. */
  readonly id: number;
  readonly config: TrainConfig;
}

/** Most networks of a sweep: beyond that, something was mistyped. */
const MOST = 1_000_000;

/**
 * @param seeds how many seeds, from the one given on
 * @throws ConfigError for a value that is not allowed or stands there twice, and for too many networks
 */
export function productOf(lists: Lists, seeds = 1): Planned[] {
  const given = SETTING_KEYS.filter((key) => lists[key] !== undefined);
  for (const key of given) requireDistinct(key, lists[key] ?? []);
  if (!Number.isInteger(seeds) || seeds < 1)
    throw new ConfigError(`--seeds is ${seeds}; it must be a whole number from 1`);
  if (seeds > 1 && (lists.seed?.length ?? 1) > 1)
    throw new ConfigError(
      `--seed has ${lists.seed?.length} values, and --seeds asks for ${seeds} from one on; give one of the two`,
    );
  const axes = given.filter((key) => key !== "seed").map((key) => [key, lists[key]] as const);
  const networks = axes.reduce(
    (n, [, values]) => n * (values?.length ?? 1),
    seeds * (lists.seed?.length ?? 1),
  );
  if (networks > MOST)
    throw new ConfigError(
      `that makes ${count(networks)} networks, and a sweep has ${count(MOST)} at most; give fewer values`,
    );
  let product: Partial<TrainConfig>[] = [{}];
  for (const [key, values = []] of axes)
    product = product.flatMap((config) => values.map((value) => ({ ...config, [key]: value })));
  return product
    .flatMap((config) => seedsOf(lists, seeds).map((seed) => trainConfig({ ...config, ...seed })))
    .map((config, id) => ({ id, config }));
}

/** The seeds that each configuration is trained with. */
function seedsOf({ seed }: Lists, seeds: number): Partial<TrainConfig>[] {
  const given = (seed ?? []) as number[];
  if (seeds === 1) return given.length > 0 ? given.map((seed) => ({ seed })) : [{}];
  const first = given[0] ?? trainConfig({}).seed;
  return Array.from({ length: seeds }, (_, i) => ({ seed: first + i }));
}

function requireDistinct(key: SettingKey, values: readonly unknown[]): void {
  const twice = values.find((value, i) => values.indexOf(value) !== i);
  if (twice !== undefined)
    throw new ConfigError(`--${optionName(key)} has ${twice} twice; give each value once`);
}

/** The settings of which every network of a population must have the same; and those that decide how its words are read. */
const OF_A_POPULATION = [
  "hidden",
  "embedding",
  "context",
  "batch",
  "optimizer",
  "path",
  "keepSpaces",
  "terminator",
] as const satisfies readonly SettingKey[];

/** The networks that train side by side, in the order of their first ids. */
export function populationsOf(networks: readonly Planned[]): Planned[][] {
  const populations = new Map<string, Planned[]>();
  for (const network of networks) {
    const { config } = network;
    const key = JSON.stringify([updateRuleOf(config), ...OF_A_POPULATION.map((name) => config[name])]);
    populations.set(key, [...(populations.get(key) ?? []), network]);
  }
  return [...populations.values()];
}

/** The settings that differ within a sweep, without the seed. */
export const varied = (configs: readonly TrainConfig[]): SettingKey[] =>
  SETTING_KEYS.filter((key) => key !== "seed" && configs.some((c) => c[key] !== configs[0][key]));

/** Names a configuration, whatever its seed. */
export const configurationOf = ({ seed: _, ...config }: TrainConfig): string => JSON.stringify(config);

/** A part of a sweep for one of several machines: number `i` of `n`, from 1. */
export interface Shard {
  readonly i: number;
  readonly n: number;
}

/** The networks with id mod n = i − 1. */
export const inShard = (networks: readonly Planned[], { i, n }: Shard): Planned[] =>
  networks.filter(({ id }) => id % n === i - 1);
