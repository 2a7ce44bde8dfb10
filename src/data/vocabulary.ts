import { DataError, quote, show } from "./error.ts";

/** The notebook's character at index 0: it ends every word and pads every context. */
const TERMINATOR = ".";
const CODE_POINTS = 0x110000;

const isCharacter = (value: unknown): value is string =>
  typeof value === "string" &&
  value.length > 0 &&
  value.length === String.fromCodePoint(value.codePointAt(0)!).length;

/**
 * The characters a network knows, numbered from 0: the terminator first ("."), then the others. A character is one code point;
 * nothing is normalised, so a letter and its combining accent are two.
 */
export class Vocabulary {
  /** (V) the characters by index. */
  readonly characters: readonly string[];
  /** The index of each code point up to the highest known one; 0 for a code point that is not in the vocabulary. */
  readonly #indices: Uint32Array;

  private constructor(characters: readonly string[]) {
    this.characters = characters;
    const codePoints = characters.map((character) => character.codePointAt(0) as number);
    this.#indices = new Uint32Array(codePoints.reduce((a, b) => Math.max(a, b)) + 1);
    // The terminator's index is 0 as well, so that a word that contains it is refused.
    codePoints.forEach((codePoint, index) => {
      this.#indices[codePoint] = index;
    });
  }

  /**
   * The terminator and then every other character of the words, sorted by code point, as Python's
   * `sorted(set("".join(words)))`.
   * @throws DataError for a terminator that is not one character
   */
  static fromWords(words: Iterable<string>, terminator = TERMINATOR): Vocabulary {
    if (!isCharacter(terminator))
      throw new DataError(`the terminator is ${show(terminator)}; give one character that no word has.`);
    const seen = new Uint8Array(CODE_POINTS);
    let highest = 0;
    for (const word of words) {
      for (let i = 0; i < word.length; i++) {
        const codePoint = word.codePointAt(i) as number;
        seen[codePoint] = 1;
        if (codePoint > highest) highest = codePoint;
        if (codePoint > 0xffff) i++;
      }
    }
    const characters = [terminator];
    seen[terminator.codePointAt(0) as number] = 0;
    for (let codePoint = 0; codePoint <= highest; codePoint++)
      if (seen[codePoint]) characters.push(String.fromCodePoint(codePoint));
    return new Vocabulary(characters);
  }

  /**
   * The vocabulary that was stored with a checkpoint, in its order.
   * @throws DataError unless the terminator is first and the others are single, different characters, at least one
   */
  static fromCharacters(
    characters: readonly string[],
    source = "stored vocabulary",
    terminator = TERMINATOR,
  ): Vocabulary {
    const first = quote(terminator);
    if (!Array.isArray(characters) || characters.length < 2) {
      throw new DataError(`${source}: it must be a list of ${first} and at least one other character.`);
    }
    const seen = new Map<string, number>();
    characters.forEach((character: unknown, index) => {
      const wrong = !isCharacter(character)
        ? "it is not one character"
        : (character === terminator) !== (index === 0)
          ? `${first} must be at index 0 and nowhere else`
          : seen.has(character)
            ? `it is already at index ${seen.get(character)}`
            : undefined;
      if (wrong !== undefined)
        throw new DataError(
          `${source}: index ${index} is ${show(character)}, but ${wrong}; the checkpoint is damaged.`,
        );
      seen.set(character as string, index);
    });
    return new Vocabulary([...characters]);
  }

  /** The character at index 0: it ends every word and pads every context. */
  get terminator(): string {
    return this.characters[0];
  }

  /** V, the terminator included. */
  get size(): number {
    return this.characters.length;
  }

  /**
   * The indices of a word's characters, without a terminator.
   * @throws DataError where a character is unknown, and for the terminator
   */
  encode(word: string): number[] {
    if (typeof word !== "string") throw new DataError(`the word is ${show(word)}; give a string.`);
    const out: number[] = [];
    this.encodeInto(word, out, 0);
    return out;
  }

  /** {@link encode} into out[at…]; returns the position after the last index written. */
  encodeInto(word: string, out: { [index: number]: number }, at: number): number {
    for (let i = 0; i < word.length; i++) {
      const codePoint = word.codePointAt(i) as number;
      const index = codePoint < this.#indices.length ? this.#indices[codePoint] : 0;
      if (index === 0) throw this.#unknown(word, codePoint);
      out[at++] = index;
      if (codePoint > 0xffff) i++;
    }
    return at;
  }

  /**
   * The word that some indices spell, up to a terminator or their end. RangeError for an index outside 0…V−1.
   */
  decode(indices: ArrayLike<number>): string {
    let word = "";
    for (let i = 0; i < indices.length && indices[i] !== 0; i++) {
      const character = this.characters[indices[i]];
      if (character === undefined) {
        throw new RangeError(
          `index ${indices[i]} is not in this vocabulary; it must be in 0…${this.size - 1}.`,
        );
      }
      word += character;
    }
    return word;
  }

  #unknown(word: string, codePoint: number): DataError {
    const name = `U+${codePoint.toString(16).toUpperCase().padStart(4, "0")}`;
    const character = `${quote(String.fromCodePoint(codePoint))} (${name})`;
    return new DataError(
      `the word ${quote(word)} has the character ${character}, which is not in the vocabulary of ${this.size.toLocaleString("en-US")}; ` +
        "use the word list that the vocabulary came from.",
    );
  }
}
