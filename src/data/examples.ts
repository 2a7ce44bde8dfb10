import { PythonRandom } from "../random/python.ts";
import { DataError, type Progress, quote, show } from "./error.ts";
import { requireList } from "./list.ts";
import { Vocabulary } from "./vocabulary.ts";
import { requireEnoughWords, strip, type WordList } from "./words.ts";

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
  /** What the tokens mean, if that is known: those of {@link buildDataset} know. */
  readonly vocabulary: Vocabulary | undefined;
  #characters: number | undefined;

  constructor(tokens: Tokens, context: number, vocabulary?: Vocabulary) {
    this.tokens = tokens;
    this.context = context;
    this.vocabulary = vocabulary;
  }

  /** How many examples there are. */
  get length(): number {
    return this.tokens.length;
  }

  /** How many characters a network must know at least for these examples: those of the vocabulary, or up to the greatest token. */
  get characters(): number {
    this.#characters ??= this.vocabulary?.size ?? greatest(this.tokens) + 1;
    return this.#characters;
  }

  /** The examples from `start` up to `end` by themselves, the first of them without what came before. */
  slice(start: number, end: number): Split {
    return new Split(this.tokens.subarray(start, end), this.context, this.vocabulary);
  }

  /** The words, in their order. `vocabulary` is the one that the tokens are numbered by. */
  *words(vocabulary: Vocabulary): Generator<string> {
    for (let start = 0; start < this.length; ) {
      const end = this.tokens.indexOf(0, start);
      yield vocabulary.decode(this.tokens.subarray(start, end < 0 ? this.length : end));
      start = end < 0 ? this.length : end + 1;
    }
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

function greatest(tokens: Tokens): number {
  let most = -1;
  for (let i = 0; i < tokens.length; i++) if (tokens[i] > most) most = tokens[i];
  return most;
}

export interface Dataset {
  vocabulary: Vocabulary;
  /** The first 80 % of the shuffled words, the next 10 %, and the rest. */
  train: Split;
  dev: Split;
  test: Split;
  /** How many words the list has. */
  words: number;
  /** How many of them lost spaces or tabs at their ends. */
  stripped: number;
  /** How many have some there, because they were kept. */
  padded: number;
  /** Characters (code points) of the longest word. */
  longest: number;
}

/** The words of a dataset, each once: those of the training split, and all. */
export function wordSets({ vocabulary, train, dev, test }: Dataset): {
  training: ReadonlySet<string>;
  all: ReadonlySet<string>;
} {
  const training = new Set(train.words(vocabulary));
  return { training, all: new Set([...training, ...dev.words(vocabulary), ...test.words(vocabulary)]) };
}

/**
 * The notebook's splits: words shuffled with Python's `random.seed(42); random.shuffle(words)`, cut at
 * `int(0.8*len)` and `int(0.9*len)`. The list itself is left as it is.
 *
 * @param options a run's configuration, or only the context; and more
 * @param options.context T, at least 1
 * @param options.keepSpaces whether spaces and tabs around a word are characters of it (false)
 * @param options.terminator the character that ends every word (".", or the vocabulary's)
 * @param options.vocabulary a checkpoint's; without it, the list's own
 * @param options.onProgress called with "shuffling words" once, then "building examples" as words are done
 * @throws DataError for a list of fewer than 10 words, or with the terminator or a character that is not in the vocabulary;
 *   RangeError for a context that is not a positive integer
 */
export function buildDataset(
  list: WordList,
  options: {
    context: number;
    keepSpaces?: boolean;
    terminator?: string;
    vocabulary?: Vocabulary;
    onProgress?: Progress;
  },
): Dataset {
  const { context, keepSpaces = false, onProgress } = options ?? {};
  if (!Number.isInteger(context) || context < 1) {
    throw new RangeError(`context is ${context}; it must be an integer of at least 1.`);
  }
  requireList(list);
  if (options.vocabulary && !(options.vocabulary instanceof Vocabulary))
    throw new DataError(
      `vocabulary is ${show(options.vocabulary)}; give a Vocabulary, such as a checkpoint's, or leave it out for the list's own.`,
    );
  const count = list.words.length;
  requireEnoughWords(count, list.source);
  onProgress?.("shuffling words", 0);
  const { words: bare, stripped: spaced } = strip(list.words);
  const words = keepSpaces ? list.words.slice() : bare;
  const vocabulary = options.vocabulary ?? Vocabulary.fromWords(words, options.terminator);
  refuseTerminator({ ...list, words }, vocabulary.terminator, options.vocabulary === undefined);
  new PythonRandom(42).shuffle(words);

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
  const all = new Split(tokens, context, vocabulary);
  return {
    vocabulary,
    train: all.slice(0, ends[0]),
    dev: all.slice(ends[0], ends[1]),
    test: all.slice(ends[1], ends[2]),
    words: count,
    stripped: keepSpaces ? 0 : spaced,
    padded: keepSpaces ? spaced : 0,
    longest,
  };
}

/** Characters that stand for the end of a word in no language, and that no shell changes. */
const OTHER_TERMINATORS = [..."_+@%:/,^"];

/** @param choice whether the run may still have another terminator */
function refuseTerminator(
  { words, blankLines, source }: WordList,
  terminator: string,
  choice: boolean,
): void {
  const at = words.findIndex((word) => word.includes(terminator));
  if (at < 0) return;
  const free = OTHER_TERMINATORS.find((c) => !words.some((word) => word.includes(c)));
  throw new DataError(
    `${source}: ${blankLines > 0 ? "word" : "line"} ${(at + 1).toLocaleString("en-US")}, ${quote(words[at])}, contains ${quote(terminator)}, which marks the end of a word; ` +
      `${choice ? `give --terminator ${free ?? "CHAR"} (a character that no word has), or ` : ""}remove it.`,
  );
}

function encode(vocabulary: Vocabulary, word: string, tokens: Tokens, at: number, source: string): number {
  try {
    return vocabulary.encodeInto(word, tokens, at);
  } catch (error) {
    throw error instanceof DataError ? new DataError(`${source}: ${error.message}`) : error;
  }
}
