import { PythonRandom } from "../random/python.ts";
import { DataError, type Progress } from "./error.ts";
import { Vocabulary } from "./vocabulary.ts";
import { requireEnoughWords, type WordList } from "./words.ts";

/** Vocabulary indices in the narrowest array that holds them. */
export type Tokens = Uint8Array | Uint16Array | Uint32Array;

/**
 * The examples of one part of the data, in the order of the notebook's `build_dataset`, stored as one token each.
 *
 * The words stand end to end, each followed by its terminator 0: `emma.olivia.`. Example i is then simply
 * position i: its target is token i, and its context the T tokens before it, with 0 for the previous
 * terminator and all that comes before it.
 */
export class Split {
  readonly tokens: Tokens;
  /** T, how many characters a context has. */
  readonly context: number;

  constructor(tokens: Tokens, context: number) {
    this.tokens = tokens;
    this.context = context;
  }

  /** How many examples there are. */
  get length(): number {
    return this.tokens.length;
  }

  /**
   * Writes the examples of these indices (n): contexts to X, row-major (n, T), from xOffset, and targets to Y
   * (n), from yOffset. Offsets count elements. Allocates nothing. RangeError if an index is outside the split
   * or an array is too short.
   */
  gather(indices: ArrayLike<number>, X: Uint32Array, Y: Uint32Array, xOffset = 0, yOffset = 0): void {
    this.#requireRoom(indices.length, X, Y, xOffset, yOffset);
    for (let n = 0; n < indices.length; n++) {
      this.#write(indices[n], X, Y, xOffset + n * this.context, yOffset + n);
    }
  }

  /** {@link gather} of the `count` examples from `start`. */
  gatherRange(start: number, count: number, X: Uint32Array, Y: Uint32Array, xOffset = 0, yOffset = 0): void {
    this.#requireRoom(count, X, Y, xOffset, yOffset);
    for (let n = 0; n < count; n++) {
      this.#write(start + n, X, Y, xOffset + n * this.context, yOffset + n);
    }
  }

  #write(i: number, X: Uint32Array, Y: Uint32Array, x: number, y: number): void {
    const { tokens, context } = this;
    if (tokens[i] === undefined) {
      throw new RangeError(`example ${i} does not exist; the split has examples 0…${this.length - 1}.`);
    }
    Y[y] = tokens[i];
    // Backwards, from the character just before the target to the terminator of the word before.
    let k = 1;
    for (; k <= context && i >= k && tokens[i - k] !== 0; k++) X[x + context - k] = tokens[i - k];
    for (; k <= context; k++) X[x + context - k] = 0;
  }

  #requireRoom(n: number, X: Uint32Array, Y: Uint32Array, xOffset: number, yOffset: number): void {
    if (xOffset + n * this.context <= X.length && yOffset + n <= Y.length) return;
    throw new RangeError(
      `${n} examples of context ${this.context} from offsets ${xOffset} and ${yOffset} need room for ` +
        `${xOffset + n * this.context} and ${yOffset + n} elements; X has ${X.length}, Y has ${Y.length}.`,
    );
  }
}

export interface Dataset {
  vocabulary: Vocabulary;
  /** The first 80 % of the shuffled words, the next 10 %, and the rest. */
  train: Split;
  dev: Split;
  test: Split;
  /** How many words the list has. */
  words: number;
  /** Characters (code points) of the longest word. */
  longest: number;
}

/**
 * The notebook's splits: words shuffled with Python's `random.seed(42); random.shuffle(words)`, cut at
 * `int(0.8*len)` and `int(0.9*len)`. The list itself is left as it is.
 *
 * @param options.context T, at least 1
 * @param options.vocabulary a checkpoint's; without it, the list's own
 * @param options.onProgress called with "shuffling words" once, then "building examples" as words are done
 * @throws DataError for a list of fewer than 10 words or with a character that is not in the vocabulary;
 *   RangeError for a context that is not a positive integer
 */
export function buildDataset(
  list: WordList,
  options: { context: number; vocabulary?: Vocabulary; onProgress?: Progress },
): Dataset {
  const { context, onProgress } = options;
  if (!Number.isInteger(context) || context < 1) {
    throw new RangeError(`context is ${context}; it must be an integer of at least 1.`);
  }
  const count = list.words.length;
  requireEnoughWords(count, list.source);
  onProgress?.("shuffling words", 0);
  const words = new PythonRandom(42).shuffle(list.words.slice());
  const vocabulary = options.vocabulary ?? Vocabulary.fromWords(words);

  // A word has at most as many code points as UTF-16 units, so this is enough.
  const room = words.reduce((sum, word) => sum + word.length + 1, 0);
  const Narrowest =
    vocabulary.size <= 1 << 8 ? Uint8Array : vocabulary.size <= 1 << 16 ? Uint16Array : Uint32Array;
  const tokens: Tokens = new Narrowest(room);
  const cuts = [Math.trunc(0.8 * count), Math.trunc(0.9 * count), count];
  const ends: number[] = [];
  let longest = 0;
  let end = 0;
  words.forEach((word, w) => {
    const start = end;
    end = encode(vocabulary, word, tokens, start, list.source);
    longest = Math.max(longest, end - start);
    // The terminator is the 0 that is already there.
    end++;
    if (cuts.includes(w + 1)) ends.push(end);
    if (w + 1 === count || (w + 1) % 65536 === 0) onProgress?.("building examples", (w + 1) / count);
  });
  return {
    vocabulary,
    train: new Split(tokens.subarray(0, ends[0]), context),
    dev: new Split(tokens.subarray(ends[0], ends[1]), context),
    test: new Split(tokens.subarray(ends[1], ends[2]), context),
    words: count,
    longest,
  };
}

function encode(vocabulary: Vocabulary, word: string, tokens: Tokens, at: number, source: string): number {
  try {
    return vocabulary.encodeInto(word, tokens, at);
  } catch (error) {
    throw error instanceof DataError ? new DataError(`${source}: ${error.message}`) : error;
  }
}
