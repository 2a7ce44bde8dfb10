import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { PythonRandom } from "../../src/random/python.ts";

// All values: Python 3.11.2, `random.seed(seed)`, then getrandbits(32) three times, or `random.shuffle(list(range(20)))`.
const CASES: [seed: number, words: number[], shuffled: number[]][] = [
  [
    0,
    [3626764237, 1654615998, 3255389356],
    [10, 18, 16, 14, 0, 17, 11, 2, 3, 9, 5, 7, 4, 19, 6, 15, 8, 1, 13, 12],
  ],
  [
    42,
    [2746317213, 478163327, 107420369],
    [19, 5, 14, 4, 9, 13, 15, 18, 6, 12, 17, 10, 1, 11, 2, 16, 7, 8, 0, 3],
  ],
  [
    -42,
    [2746317213, 478163327, 107420369],
    [19, 5, 14, 4, 9, 13, 15, 18, 6, 12, 17, 10, 1, 11, 2, 16, 7, 8, 0, 3],
  ],
  [
    4294967295,
    [2728839433, 2661025012, 872737089],
    [8, 2, 3, 14, 11, 1, 0, 12, 7, 13, 4, 10, 17, 5, 15, 9, 16, 18, 6, 19],
  ],
  [
    4294967296,
    [485306839, 1508871100, 1794561286],
    [6, 18, 1, 14, 4, 19, 10, 2, 15, 7, 8, 5, 17, 12, 9, 16, 0, 13, 11, 3],
  ],
  [
    9007199254740991,
    [404802386, 2407860725, 957238923],
    [5, 10, 8, 13, 19, 2, 9, 16, 15, 12, 11, 18, 0, 14, 1, 4, 6, 7, 17, 3],
  ],
];
const range = (n: number) => Array.from({ length: n }, (_, i) => i);

describe("PythonRandom", () => {
  test.each(CASES)("random.seed(%i): words and a shuffle", (seed, words, shuffled) => {
    const random = new PythonRandom(seed);
    expect(words.map(() => random.getrandbits(32))).toEqual(words);
    const list = range(20);
    expect(new PythonRandom(seed).shuffle(list)).toBe(list);
    expect(list).toEqual(shuffled);
  });

  test("a shuffle of 100,000, which rejects many draws", () => {
    const text = new PythonRandom(42).shuffle(range(100_000)).join();
    expect(createHash("sha256").update(text).digest("hex")).toBe(
      "835c5ee000222e6a3582ce071559fb465e76b80668f6e4814cada6eb733865b6",
    );
  });

  test("getrandbits of every width, 1 to 32", () => {
    const random = new PythonRandom(42);
    expect(range(32).map((k) => random.getrandbits(k + 1))).toEqual([
      1, 0, 0, 11, 8, 15, 28, 35, 377, 104, 1385, 3033, 7308, 8935, 2848, 38698, 55302, 8331, 15622, 98246,
      458517, 975850, 4239227, 10100198, 890399, 37664518, 26687537, 192205051, 348904049, 753041955,
      1170252923, 1801823908,
    ]);
  });

  test("lists of zero and one elements are shuffled without a draw", () => {
    const random = new PythonRandom(42);
    expect(random.shuffle([])).toEqual([]);
    expect(random.shuffle(["a"])).toEqual(["a"]);
    expect(random.getrandbits(32)).toBe(2746317213);
  });

  test.each([1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])("seed %d is refused", (seed) => {
    expect(() => new PythonRandom(seed)).toThrow(RangeError);
    expect(() => new PythonRandom(seed)).toThrow(`Python seed is ${seed}`);
  });
});
