import { describe, expect, test } from "vitest";
import { DataError } from "../../src/data/error.ts";
import { Vocabulary } from "../../src/data/vocabulary.ts";

describe("Vocabulary.fromWords", () => {
  test('"." is 0 and a…z are 1…26', () => {
    const vocabulary = Vocabulary.fromWords(["thequickbrownfox", "jumpsoverthelazydog"]);
    expect(vocabulary.size).toBe(27);
    expect(vocabulary.characters.join("")).toBe(".abcdefghijklmnopqrstuvwxyz");
    expect(vocabulary.encode("emma")).toEqual([5, 13, 13, 1]);
    expect(vocabulary.decode([5, 13, 13, 1])).toBe("emma");
  });

  test("sorts by code point, not by UTF-16 unit: Python's sorted(set(''.join(words)))", () => {
    const words = [
      "été",
      "e\u0301te\u0301",
      "日本語",
      "🦊🐻",
      "z",
      "straße",
      "naïve",
      "a b",
      "𝒳yz",
      "\uffeez",
      "İ",
      "q",
    ];
    const vocabulary = Vocabulary.fromWords(words);
    // Python 3.11. In UTF-16 order U+FFEE would come after the three astral characters.
    expect(vocabulary.characters).toEqual([
      ".",
      " ",
      "a",
      "b",
      "e",
      "n",
      "q",
      "r",
      "s",
      "t",
      "v",
      "y",
      "z",
      "ß",
      "é",
      "ï",
      "İ",
      "\u0301",
      "日",
      "本",
      "語",
      "\uffee",
      "𝒳",
      "🐻",
      "🦊",
    ]);
    for (const word of words) expect(vocabulary.decode(vocabulary.encode(word))).toBe(word);
    expect(vocabulary.encode("🦊é")).toEqual([24, 14]);
    expect(vocabulary.encode("e\u0301")).toEqual([4, 17]);
  });

  test("characters before the full stop in code-point order come after it too", () => {
    expect(Vocabulary.fromWords(["b-a", "a'b"]).characters).toEqual([".", "'", "-", "a", "b"]);
  });
});

describe("Vocabulary.fromCharacters", () => {
  test("is the vocabulary it was stored from, also through JSON and in any order", () => {
    const vocabulary = Vocabulary.fromWords(["🦊\uffee", "aé"]);
    const stored = JSON.parse(JSON.stringify(vocabulary.characters)) as string[];
    const again = Vocabulary.fromCharacters(stored);
    expect(again.characters).toEqual(vocabulary.characters);
    expect(again.encode("🦊a")).toEqual(vocabulary.encode("🦊a"));
    expect(Vocabulary.fromCharacters([".", "z", "a"]).encode("az")).toEqual([2, 1]);
  });

  test.each([
    [[], 'it must be a list of "." and at least one other character'],
    [["."], 'it must be a list of "." and at least one other character'],
    [".abc", "it must be a list"],
    [["a", "."], 'index 0 is "a", but "." must be at index 0 and nowhere else'],
    [[".", "a", "."], 'index 2 is ".", but "." must be at index 0 and nowhere else'],
    [[".", "ab"], 'index 1 is "ab", but it is not one character'],
    [[".", "e\u0301"], "but it is not one character"],
    [[".", ""], 'index 1 is "", but it is not one character'],
    [[".", 7], "index 1 is 7, but it is not one character"],
    [[".", "a", "b", "a"], 'index 3 is "a", but it is already at index 1'],
  ])("refuses %j", (characters, message) => {
    const make = () => Vocabulary.fromCharacters(characters as string[], "model.safetensors");
    expect(make).toThrow(DataError);
    expect(make).toThrow("model.safetensors: ");
    expect(make).toThrow(message);
  });
});

test("a vocabulary of most of Unicode is read in well under a second", () => {
  const characters = [".", ...Array.from({ length: 100_000 }, (_, i) => String.fromCodePoint(0x10000 + i))];
  const start = process.cpuUsage();
  expect(Vocabulary.fromCharacters(characters).size).toBe(100_001);
  expect(process.cpuUsage(start).user / 1e6).toBeLessThan(1);
});

describe("encode and decode", () => {
  const vocabulary = Vocabulary.fromWords(["anna", "été"]);

  test("a word with an unknown character names both", () => {
    const encode = (word: string) => () => vocabulary.encode(word);
    expect(encode("anya")).toThrow(DataError);
    expect(encode("anya")).toThrow(
      'the word "anya" has the character "y" (U+0079), which is not in the vocabulary of 5; ' +
        "use the word list that the vocabulary came from.",
    );
    expect(encode("a🦊")).toThrow('the character "🦊" (U+1F98A)');
    expect(encode("a.n")).toThrow('the character "." (U+002E)');
    expect(encode("\ud800")).toThrow("(U+D800)");
  });

  test("encodeInto writes at an offset and says where it stopped", () => {
    const out = new Uint8Array(6).fill(9);
    expect(vocabulary.encodeInto("été", out, 2)).toBe(5);
    expect(Array.from(out)).toEqual([9, 9, 4, 3, 4, 9]);
    expect(vocabulary.encode("")).toEqual([]);
  });

  test("decode stops at a terminator, and refuses an invalid index", () => {
    expect(vocabulary.decode(Uint32Array.of(1, 2, 2, 1, 0, 3, 3))).toBe("anna");
    expect(vocabulary.decode([])).toBe("");
    for (const index of [5, -1, 1.5]) {
      expect(() => vocabulary.decode([1, index])).toThrow(
        `index ${index} is not in this vocabulary; it must be in 0…4.`,
      );
    }
  });
});
