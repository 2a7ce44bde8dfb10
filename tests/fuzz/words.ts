/** Word lists: read as a simple second implementation reads them, or refused, and split without losing a word. */
import fc from "fast-check";
import { expect } from "vitest";
import { DataError } from "../../src/data/error.ts";
import { buildDataset } from "../../src/data/examples.ts";
import { Vocabulary } from "../../src/data/vocabulary.ts";
import { parseWords, type WordList } from "../../src/data/words.ts";
import { damaged } from "./bytes.ts";
import { awkwardJson, target, valueOrRefusal, withinMemory } from "./target.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);

const word = fc
  .oneof(
    { weight: 20, arbitrary: fc.string({ minLength: 1, maxLength: 8 }) },
    { weight: 1, arbitrary: fc.string({ unit: "binary", minLength: 1, maxLength: 8 }) },
  )
  .filter((w) => w.trim() !== "" && !/[.\n\r\0\ufeff]/.test(w) && !/\p{Cs}/u.test(w));
const words = fc.array(word, { minLength: 10, maxLength: 30 });

const line = fc.oneof(
  { weight: 12, arbitrary: word },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "",
      " ",
      "\t\u2003",
      "a.b",
      ".",
      "\r",
      "a\r",
      "\ufeff",
      "a\0b",
      "x".repeat(1e4),
    ),
  },
);
const text = fc
  .record({
    bom: fc.boolean(),
    lines: fc.array(fc.tuple(line, fc.constantFrom("\n", "\n", "\n", "\r\n", "\r")), { maxLength: 30 }),
    unended: fc.oneof(fc.constant(""), line),
  })
  .map(({ bom, lines, unended }) => utf8((bom ? "\ufeff" : "") + lines.flat().join("") + unended));

/** The rules, written as simply as possible; undefined for a list that must be refused. */
function plainly(bytes: Uint8Array): Pick<WordList, "words" | "blankLines"> | undefined {
  let all: string;
  try {
    all = new TextDecoder("utf-8", { fatal: true }).decode(bytes); // drops a byte-order mark
  } catch {
    return undefined;
  }
  const lines = all.replaceAll("\r\n", "\n").replaceAll("\r", "\n").split("\n");
  if (/[\r\n]$/.test(all) || all === "") lines.pop();
  const words = lines.filter((l) => l.trim() !== "");
  if (words.length < 10 || all.includes("\0")) return undefined;
  return { words, blankLines: lines.length - words.length };
}

function readRightly(bytes: Uint8Array): void {
  const list = withinMemory(4 * bytes.length + 2 ** 20, () =>
    valueOrRefusal(() => parseWords(bytes, "some.txt"), DataError),
  );
  expect(list).toEqual(plainly(bytes) && { ...plainly(bytes), source: "some.txt" });
  if (list) for (const keepSpaces of [false, true]) cutRightly(list, keepSpaces);
}

/** Every word is in one of the splits, and the splits are cut where the notebook cuts them; or a word has the terminator. */
function cutRightly(list: WordList, keepSpaces: boolean): void {
  // A vocabulary marks every code point, which takes 1 MiB, and its index takes four.
  const bytes = 8 * list.words.reduce((n, w) => n + w.length + 1, 0) + 6 * 2 ** 20;
  const data = withinMemory(bytes, () =>
    valueOrRefusal(() => buildDataset(list, { context: 3, keepSpaces }), DataError),
  );
  expect(data === undefined).toBe(list.words.some((word) => word.includes(".")));
  if (!data) return;
  const { vocabulary, train, dev, test } = data;
  const spelt = [train, dev, test].map(({ tokens }) => {
    const all = Array.from(tokens, (t) => (t === 0 ? "\n" : vocabulary.characters[t])).join("");
    return all.split("\n").slice(0, -1);
  });
  const words = list.words.map((word) => (keepSpaces ? word : word.replace(/^[ \t]+|[ \t]+$/g, "")));
  expect(data.stripped).toBe(words.filter((word, i) => word !== list.words[i]).length);
  expect(spelt.flat().sort()).toEqual(words.sort());
  const n = list.words.length;
  expect(spelt.map((s) => s.length)).toEqual([
    Math.trunc(0.8 * n),
    Math.trunc(0.9 * n) - Math.trunc(0.8 * n),
    n - Math.trunc(0.9 * n),
  ]);
}

export const wordLists = [
  target(
    "word list, joined and read back",
    fc.tuple(words, fc.constantFrom("\n", "\r\n", "\r")),
    ([list, end]) => {
      const { words, blankLines } = parseWords(utf8(list.join(end)), "some.txt");
      expect({ words, blankLines }).toEqual({ words: list, blankLines: 0 });
      readRightly(utf8(list.join(end)));
    },
  ),
  target("word list of awkward lines", text, readRightly),
  target("word list, damaged", damaged(words.map((w) => utf8(w.join("\n")))), readRightly),
  target("word list of any bytes", fc.uint8Array({ maxLength: 200 }), readRightly),
  target(
    "vocabulary of anything",
    fc.oneof(
      awkwardJson,
      fc.array(fc.oneof(fc.string({ unit: "binary", maxLength: 2 }), awkwardJson)).map((l) => [".", ...l]),
    ),
    (stored) => {
      const vocabulary = valueOrRefusal(() => Vocabulary.fromCharacters(stored as string[]), DataError);
      if (!vocabulary) return;
      expect(vocabulary.characters).toEqual(stored);
      vocabulary.characters.slice(1).forEach((c, i) => {
        expect(vocabulary.encode(c)).toEqual([i + 1]);
      });
    },
  ),
];
