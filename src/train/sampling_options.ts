/** What can be asked of sampling. The numbers are declared once: the command line, the library and the page read them here. */
import { quote } from "../data/error.ts";
import type { Vocabulary } from "../data/vocabulary.ts";
import { ConfigError, requireAllowed } from "./config.ts";
import { type NumberSetting, SAME_SEED, SEED } from "./settings.ts";

export interface SamplingOptions {
  /** How many names; 20 if absent. */
  readonly count?: number;
  /** Of the torch-compatible generator whose uniforms pick the characters; a fresh one if absent. Its low 32 bits count. */
  readonly seed?: number;
  /** What the logits are divided by before the softmax; 1 if absent. */
  readonly temperature?: number;
  /** Each character is drawn among so many, the likeliest; among all if absent. */
  readonly topK?: number;
  /** What every name begins with. */
  readonly prefix?: string;
  /** Characters (code points), the prefix's included, after which a name is cut off; {@link LONGEST_NAME} if absent. */
  readonly maxLength?: number;
  /** Only names that are not in here, such as `new Set(list.words)`. */
  readonly notIn?: Pick<ReadonlySet<string>, "has">;
  /** No name twice. */
  readonly unique?: boolean;
}

/** What a run draws at its end: the notebook's 20 names, from its seed 2147483647 + 10. */
export const NOTEBOOK_NAMES = { count: 20, seed: 2147483657 };
/** A model that never draws the boundary is cut off here, unless another length is asked for. */
export const LONGEST_NAME = 256;

type NumberOption = Pick<NumberSetting, "type" | "range" | "label" | "help"> & {
  /** Its value where none is given: the number, or what it depends on. */
  readonly absent: number | string;
};

const numbers = {
  count: { label: "Count", help: "how many names", type: "whole", range: [1, 1e6], absent: 20 },
  temperature: {
    label: "Temperature",
    help: "what logits are divided by: below 1 likely names get likelier, above 1 rarer",
    type: "real",
    range: [0.01, 100],
    absent: 1,
  },
  topK: {
    label: "Top k",
    help: "draw each character among so many, the likeliest",
    type: "whole",
    range: [1, 2 ** 21],
    absent: "all",
  },
  maxLength: {
    label: "Longest",
    help: "characters after which a name is cut off",
    type: "whole",
    range: [1, 2 ** 20],
    absent: LONGEST_NAME,
  },
  seed: {
    label: "Seed of the draws",
    help: `seed of the draws; ${SAME_SEED}`,
    type: "whole",
    range: SEED,
    absent: "a fresh one",
  },
} as const satisfies Readonly<Record<string, NumberOption>>;

export type SamplingNumber = keyof typeof numbers;
export const SAMPLING_NUMBERS: Readonly<Record<SamplingNumber, NumberOption>> = numbers;

/** A seed that no two calls share, but by chance. */
export const freshSeed = (): number => crypto.getRandomValues(new Uint32Array(1))[0];

/** @throws ConfigError for the first number that is not allowed */
export function requireNumbers(given: SamplingOptions): void {
  for (const [key, option] of Object.entries(SAMPLING_NUMBERS)) {
    const value = given[key as SamplingNumber];
    if (value !== undefined) requireAllowed(key, option, value);
  }
}

/** Every option, and the prefix as indices. */
export interface Sampling extends Required<Omit<SamplingOptions, "prefix" | "notIn">> {
  readonly prefix: readonly number[];
  readonly notIn?: SamplingOptions["notIn"];
}

/**
 * Defaults, overridden by what is given.
 * @throws ConfigError for the first option that is not allowed, or that does not fit the vocabulary
 */
export function samplingOf(given: SamplingOptions, vocabulary: Vocabulary): Sampling {
  requireNumbers(given);
  const { prefix = "", maxLength = LONGEST_NAME } = given;
  const [terminator, ...characters] = vocabulary.characters;
  const unknown = Array.from(prefix).find((c) => !characters.includes(c));
  if (unknown !== undefined)
    throw new ConfigError(
      `--prefix is ${quote(prefix)}, but ${quote(unknown)} ${
        unknown === terminator ? "ends a name" : "is no character of this network"
      }; it has ${quote(characters.join(""))}`,
    );
  const tokens = vocabulary.encode(prefix);
  if (tokens.length >= maxLength)
    throw new ConfigError(
      `--max-length is ${maxLength}, but --prefix has ${tokens.length} characters already; give a larger --max-length`,
    );
  return {
    count: given.count ?? numbers.count.absent,
    seed: given.seed ?? freshSeed(),
    temperature: given.temperature ?? numbers.temperature.absent,
    topK: given.topK ?? vocabulary.size,
    maxLength,
    prefix: tokens,
    notIn: given.notIn,
    unique: given.unique ?? false,
  };
}
