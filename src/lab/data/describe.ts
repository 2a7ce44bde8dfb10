/** What the page shows of a word list. */
import type { Dataset } from "../../data/examples.ts";
import type { WordSource } from "../../train/checkpoint.ts";
import type { TrainConfig } from "../../train/config.ts";

/** The settings that decide what a list's words and examples are. */
export type Reading = Pick<TrainConfig, "context" | "keepSpaces" | "terminator">;

/** A list's bytes, and what messages call it. */
export interface Text {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface DataInfo {
  readonly source: WordSource;
  readonly reading: Reading;
  readonly words: number;
  readonly blankLines: number;
  /** Words that lost spaces or tabs at their ends. */
  readonly stripped: number;
  readonly longest: number;
  readonly characters: readonly string[];
  readonly examples: { readonly train: number; readonly dev: number; readonly test: number };
  /** The first contexts and targets, as the notebook prints them: `..e` and `m`. */
  readonly first: readonly { readonly context: string; readonly target: string }[];
}

/** Examples shown: those of the first word or two. */
const SHOWN = 8;

export function describeData(
  dataset: Dataset,
  source: WordSource,
  blankLines: number,
  { context, keepSpaces, terminator }: Reading,
): DataInfo {
  const { train, dev, test, vocabulary, words, stripped, longest } = dataset;
  const count = Math.min(SHOWN, train.length);
  const X = new Uint32Array(count * train.context);
  const Y = new Uint32Array(count);
  train.gatherRange(0, count, X, Y);
  const letter = (i: number) => vocabulary.characters[i];
  return {
    source,
    reading: { context, keepSpaces, terminator },
    words,
    blankLines,
    stripped,
    longest,
    characters: vocabulary.characters,
    examples: { train: train.length, dev: dev.length, test: test.length },
    first: Array.from(Y, (target, i) => ({
      context: Array.from(X.subarray(i * train.context, (i + 1) * train.context), letter).join(""),
      target: letter(target),
    })),
  };
}
