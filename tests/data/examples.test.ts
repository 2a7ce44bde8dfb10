import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { DataError } from "../../src/data/error.ts";
import { buildDataset, type Dataset, Split } from "../../src/data/examples.ts";
import { Vocabulary } from "../../src/data/vocabulary.ts";
import { parseWords, type WordList } from "../../src/data/words.ts";

const listOf = (words: string[]): WordList => ({ words, blankLines: 0, source: "list.txt" });
const UNICODE = [
  "été",
  "e\u0301te\u0301",
  "日本語",
  "🦊🐻",
  "z",
  "z",
  "straße",
  "naïve",
  "a b",
  "𝒳yz",
  "\uffeez",
  "İ",
  "q",
];

/** All examples of a split: X (n, T) and Y (n). */
function all(split: Split): { X: Uint32Array; Y: Uint32Array } {
  const X = new Uint32Array(split.length * split.context).fill(777);
  const Y = new Uint32Array(split.length).fill(777);
  split.gatherRange(0, split.length, X, Y);
  return { X, Y };
}

/** SHA-256 of X and then Y as little-endian 32-bit words. */
function digest(split: Split): string {
  const { X, Y } = all(split);
  return createHash("sha256").update(X).update(Y).digest("hex");
}

const summary = ({ train, dev, test }: Dataset) =>
  [train, dev, test].map((split) => [split.length, digest(split)]);

/** The notebook's build_dataset, line by line. */
function notebook(words: string[], vocabulary: Vocabulary, T: number): { X: number[]; Y: number[] } {
  const X: number[] = [];
  const Y: number[] = [];
  for (const w of words) {
    let context = new Array<number>(T).fill(0);
    for (const ch of `${w}.`) {
      const ix = vocabulary.characters.indexOf(ch);
      X.push(...context);
      Y.push(ix);
      context = [...context.slice(1), ix];
    }
  }
  return { X, Y };
}

describe("Split", () => {
  const vocabulary = Vocabulary.fromWords(["emma", "olivia", "bo"]);
  const words = ["emma", "bo", "olivia", "e"];
  const tokens = Uint8Array.from(words.flatMap((word) => [...vocabulary.encode(word), 0]));

  test.each([1, 2, 3, 4, 8, 30])("is the notebook's build_dataset, context %i", (T) => {
    const split = new Split(tokens, T);
    const { X, Y } = all(split);
    const expected = notebook(words, vocabulary, T);
    expect(split.length).toBe(17);
    expect(Array.from(X)).toEqual(expected.X);
    expect(Array.from(Y)).toEqual(expected.Y);
  });

  test("gather: any order, repeats, offsets, and nothing written outside", () => {
    const split = new Split(tokens, 3);
    const { X, Y } = all(split);
    const indices = Uint32Array.of(16, 0, 5, 5, 13);
    const GX = new Uint32Array(20).fill(777);
    const GY = new Uint32Array(8).fill(777);
    split.gather(indices, GX, GY, 2, 1);
    expect(Array.from(GX)).toEqual([
      777,
      777,
      ...[...indices].flatMap((i) => [...X.subarray(3 * i, 3 * i + 3)]),
      777,
      777,
      777,
    ]);
    expect(Array.from(GY)).toEqual([777, ...[...indices].map((i) => Y[i]), 777, 777]);
  });

  test("gatherRange: ragged parts make the whole", () => {
    const split = new Split(tokens, 3);
    const { X, Y } = all(split);
    const PX = new Uint32Array(X.length);
    const PY = new Uint32Array(Y.length);
    for (let start = 0; start < 17; start += 5) {
      split.gatherRange(start, Math.min(5, 17 - start), PX, PY, 3 * start, start);
    }
    expect([PX, PY]).toEqual([X, Y]);
    split.gatherRange(17, 0, PX, PY);
    split.gather([], PX, PY);
  });

  test("an example that does not exist, or an array that is too short, is a RangeError", () => {
    const split = new Split(tokens, 3);
    const X = new Uint32Array(9);
    const Y = new Uint32Array(3);
    for (const i of [17, -1, 0.5, Number.NaN]) {
      expect(() => split.gather([0, i], X, Y)).toThrow(
        `example ${i} does not exist; the split has examples 0…16.`,
      );
    }
    expect(() => split.gatherRange(15, 3, X, Y)).toThrow("example 17 does not exist");
    expect(() => split.gatherRange(0, 4, X, Y)).toThrow("need room for 12 and 4 elements; X has 9, Y has 3.");
    expect(() => split.gather([1, 2], X, Y, 4)).toThrow(RangeError);
    expect(() => split.gather([1, 2], X, Y, 0, 2)).toThrow(RangeError);
  });
});

describe("buildDataset", () => {
  // Digests from the notebook's code in Python 3.11: random.seed(42), shuffle, build_dataset with block_size T.
  test.each([
    [
      1,
      [
        [36, "12b25c47b05d0692c8fa3202ad48aa257f1bd504fb89f854e5b57b487861b415"],
        [4, "30b61c64164a51e5838e968528a7022e009822434388d2c646728da7530cac23"],
        [9, "965ae4684e4dba2c18649f213b78ff0a2f9b84dc0231668dde88bfe0b3840eed"],
      ],
    ],
    [
      4,
      [
        [36, "1ee21895d35f2f9f488c2c4befd43f80ea373973446ae4096fab71e9c51931f0"],
        [4, "9f4a1e0153bebede3341adbdac427647ef9c2ae3c54b56ef7ad3d0e00f2d9470"],
        [9, "4d285a61a20d3b9ba99fd598a26831d67b24ec53b9a479ea05ed0aa14b2414e0"],
      ],
    ],
  ])("words of every script as Python cuts them, context %i", (context, expected) => {
    const list = listOf([...UNICODE]);
    const dataset = buildDataset(list, { context });
    expect(summary(dataset)).toEqual(expected);
    expect(dataset.vocabulary.size).toBe(25);
    expect(dataset.longest).toBe(6);
    expect(dataset.words).toBe(13);
    expect(list.words).toEqual(UNICODE);
  });

  test("ten words are enough, nine are not", () => {
    const ten = listOf(Array.from("abcdefghij"));
    const { train, dev, test } = buildDataset(ten, { context: 3 });
    expect([train.length, dev.length, test.length]).toEqual([16, 2, 2]);
    expect(() => buildDataset(listOf(ten.words.slice(1)), { context: 3 })).toThrow(
      "list.txt: 9 words, but at least 10 are needed",
    );
  });

  test("vocabularies of more than 256 and more than 65,536 characters", () => {
    for (const [size, array] of [
      [255, Uint8Array],
      [256, Uint16Array],
      [65_535, Uint16Array],
      [65_536, Uint32Array],
    ] as const) {
      const words = Array.from({ length: size }, (_, i) => String.fromCodePoint(0x10000 + i, 0x10000 + i));
      const { vocabulary, train, dev, test } = buildDataset(listOf(words), { context: 2 });
      expect(vocabulary.size).toBe(size + 1);
      expect(train.tokens).toBeInstanceOf(array);
      expect(train.length + dev.length + test.length).toBe(3 * size);
      const seen = new Set([train, dev, test].flatMap((split) => Array.from(split.tokens)));
      expect(seen.size).toBe(size + 1);
    }
  });

  test("a checkpoint's vocabulary is kept, and a word outside it is a DataError", () => {
    const vocabulary = Vocabulary.fromCharacters([".", ..."zyxwvutsrqponmlkjihgfedcba"]);
    const list = listOf(Array.from("abcdefghij"));
    const dataset = buildDataset(list, { context: 3, vocabulary });
    expect(dataset.vocabulary).toBe(vocabulary);
    // "a" is the last letter of this vocabulary; train, dev and test are parts of one array.
    expect(Math.max(...new Uint8Array(dataset.train.tokens.buffer))).toBe(26);
    const build = () => buildDataset(listOf([...list.words, "né"]), { context: 3, vocabulary });
    expect(build).toThrow(DataError);
    expect(build).toThrow('list.txt: the word "né" has the character "é" (U+00E9)');
  });

  describe("spaces and tabs at the ends of a line", () => {
    const list = listOf([
      " anna",
      "ben\t ",
      "clara",
      "\t dora \t",
      "mary ann",
      "\u00a0eve",
      "f",
      "g",
      "h",
      "i",
    ]);
    const characters = (dataset: Dataset) => dataset.vocabulary.characters.join("");

    test("are stripped and counted; others are part of the word", () => {
      const dataset = buildDataset(list, { context: 3 });
      expect(dataset.stripped).toBe(3);
      expect(characters(dataset)).toBe(". abcdefghilmnorvy\u00a0");
      expect(dataset.longest).toBe(8);
      expect(list.words[0]).toBe(" anna");
    });

    test("are kept if that is asked for", () => {
      const dataset = buildDataset(list, { context: 3, keepSpaces: true });
      expect(dataset.stripped).toBe(0);
      expect(characters(dataset)).toContain("\t");
    });
  });

  describe("the terminator", () => {
    const list = listOf(["st. john", ...Array.from("abcdefghij_")]);

    test("is in no word, or the line names a character that is not", () => {
      const build = () => buildDataset(list, { context: 3 });
      expect(build).toThrow(DataError);
      expect(build).toThrow(
        'list.txt: line 1, "st. john", contains ".", which marks the end of a word; give --terminator + (a character that no word has), or remove it.',
      );
      expect(() => buildDataset({ ...list, blankLines: 1 }, { context: 3 })).toThrow(
        /list\.txt: word 1, "st/,
      );
      const { vocabulary } = buildDataset(listOf(Array.from("abcdefghij")), { context: 3 });
      expect(() => buildDataset(list, { context: 3, vocabulary })).toThrow(
        /marks the end of a word; remove it/,
      );
    });

    test("may be any other character, which is then the first of the vocabulary", () => {
      const { vocabulary, train, dev, test } = buildDataset(list, { context: 3, terminator: "🦊" });
      expect(vocabulary.characters.slice(0, 4)).toEqual(["🦊", " ", ".", "_"]);
      expect(vocabulary.terminator).toBe("🦊");
      const all = [train, dev, test].flatMap(({ tokens }) => Array.from(tokens));
      expect(all.filter((token) => token === 0)).toHaveLength(12);
      expect(vocabulary.decode(vocabulary.encode("st. john"))).toBe("st. john");
      expect(() => vocabulary.encode("a🦊b")).toThrow(DataError);
      expect(() => buildDataset(list, { context: 3, terminator: "ab" })).toThrow(
        'the terminator is "ab"; give one',
      );
      expect(Vocabulary.fromCharacters(vocabulary.characters, "it", "🦊").terminator).toBe("🦊");
      expect(() => Vocabulary.fromCharacters(vocabulary.characters, "it")).toThrow(
        'it: index 0 is "🦊", but "." must be at index 0 and nowhere else',
      );
    });

    test("a long word is shown shortened, with its control characters escaped", () => {
      const long = listOf([`\u001b${"🦊".repeat(100)}.`, ...list.words]);
      expect(() => buildDataset(long, { context: 3 })).toThrow(`"\\u001b${"🦊".repeat(39)}…"`);
    });
  });

  test.each([0, -3, 1.5, Number.NaN])("context %d is refused", (context) => {
    expect(() => buildDataset(listOf(UNICODE), { context })).toThrow(
      `context is ${context}; it must be an integer of at least 1.`,
    );
  });
});

const NOTEBOOK = process.env.NOTEBOOK_NAMES ?? "";
if (NOTEBOOK === "") {
  console.info(
    "NOTEBOOK_NAMES is not set: the test of the notebook's own list is skipped (it is not bundled).",
  );
}
test.skipIf(NOTEBOOK === "")(
  "the notebook's own list (set NOTEBOOK_NAMES to makemore's names.txt to run this)",
  () => {
    const list = parseWords(readFileSync(NOTEBOOK), "names.txt");
    expect([list.words.length, list.blankLines]).toEqual([32_033, 0]);
    const dataset = buildDataset(list, { context: 3 });
    expect(summary(dataset)).toEqual([
      [182_625, "1cfe78cde8badecb8f5da7c417a70ff869dc6f220f85e8fefe95f4e3857c1486"],
      [22_655, "baff74d2423ce42eb98540b71bfe6ec4a9d921a47041572d3f4ef4ce268bec38"],
      [22_866, "17c1375eac2019e4bf23179818bfcb140f509d4223001d607a694a57ce8e934a"],
    ]);
    expect([dataset.vocabulary.size, dataset.longest]).toEqual([27, 15]);
    const first = Array.from(dataset.train.tokens.subarray(0, 34), (t) => dataset.vocabulary.characters[t]);
    expect(first.join("")).toBe("yuheng.diondre.xavien.jori.juanlui");
  },
);
