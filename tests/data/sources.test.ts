import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { loadBundledBytes, loadBundledWords } from "../../src/data/bundled.ts";
import { DataError } from "../../src/data/error.ts";
import { buildDataset } from "../../src/data/examples.ts";
import { readWordFile } from "../../src/data/file.ts";
import { sha256Hex } from "../../src/data/sha256.ts";
import { parseWords } from "../../src/data/words.ts";

describe("the bundled list", () => {
  test("is the file that data/README.md describes", async () => {
    const bytes = await loadBundledBytes();
    expect(bytes.length).toBe(229_804);
    expect(await sha256Hex(bytes)).toBe("bd02dfd33179e23ec2dd093cbd4de619834f75d660ef1ae04d3127e7a0110053");
    const { words, blankLines, source } = await loadBundledWords();
    expect([words.length, new Set(words).size, blankLines, source]).toEqual([
      32_257,
      29_693,
      0,
      "names-2018.txt",
    ]);
    expect(words.every((word) => /^[a-z]+$/.test(word))).toBe(true);
    expect(words.slice(0, 3)).toEqual(["emma", "olivia", "ava"]);
  });

  test("splits as the notebook's code in Python splits it", async () => {
    const { train, dev, test, vocabulary, longest } = buildDataset(await loadBundledWords(), { context: 3 });
    expect([train.length, dev.length, test.length]).toEqual([183_802, 22_949, 23_053]);
    expect([vocabulary.size, longest]).toEqual([27, 15]);
    const first = Array.from(train.tokens.subarray(0, 34), (t) => vocabulary.characters[t]);
    expect(first.join("")).toBe("anaiza.julyen.lyberty.dalen.malick");
  });
});

describe("readWordFile", () => {
  const folder = mkdtempSync(join(tmpdir(), "words-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  test("reads a list and calls it by its path", async () => {
    const path = join(folder, "list.txt");
    writeFileSync(path, "one\ntwo\nthree\nfour\nfive\n\nsix\nseven\neight\nnine\nten\n");
    const list = await readWordFile(path);
    expect([list.words.length, list.blankLines, list.source]).toEqual([10, 1, path]);
  });

  test.each([
    ["no-such-file.txt", "there is no such file"],
    [".", "it is a directory"],
    [`${"x".repeat(300)}.txt`, "the name is too long"],
    ["a\0b", "ERR_INVALID_ARG_VALUE"],
  ])("what cannot be read is one line: %j", async (name, reason) => {
    const reading = readWordFile(join(folder, name));
    await expect(reading).rejects.toThrow(DataError);
    await expect(reading).rejects.toThrow(`${reason}; give the path of a text file with one word a line.`);
    await expect(reading).rejects.toThrow(`cannot read the word list ${join(folder, name)}`);
  });

  test.skipIf(process.getuid?.() === 0 || process.platform === "win32")(
    "permission denied (not as root, who may read everything)",
    async () => {
      const path = join(folder, "secret.txt");
      writeFileSync(path, "secret", { mode: 0 });
      await expect(readWordFile(path)).rejects.toThrow("permission denied");
    },
  );

  test("a bad list names its path", async () => {
    const path = join(folder, "short.txt");
    writeFileSync(path, "one\ntwo\n");
    await expect(readWordFile(path)).rejects.toThrow(`${path}: 2 words, but at least 10 are needed`);
  });
});

test("8 million words, 50 MB: read, cut and gathered in seconds, with progress", () => {
  const bytes = new Uint8Array(50_000_000);
  let lines = 0;
  let wordLeft = 3;
  let seed = 1;
  for (let i = 0; i < bytes.length; i++) {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    if (wordLeft-- > 0) bytes[i] = 97 + ((seed >>> 24) % 26);
    else {
      bytes[i] = 10;
      wordLeft = 3 + ((seed >>> 28) % 5);
      lines++;
    }
  }
  bytes[bytes.length - 1] = 10;

  const started = performance.now();
  const phases = new Map<string, number>();
  const onProgress = (phase: string, fraction: number) => {
    expect(fraction).toBeGreaterThan(phases.get(phase) ?? -1);
    phases.set(phase, fraction);
  };
  const list = parseWords(bytes, "big.txt", { onProgress });
  expect(Math.abs(list.words.length - lines)).toBeLessThanOrEqual(1);
  expect(list.words.length).toBeGreaterThan(7_500_000);
  const parsed = performance.now();
  const { train, dev, test } = buildDataset(list, { context: 3, onProgress });
  const built = performance.now();
  expect(train.length + dev.length + test.length).toBe(bytes.length - list.blankLines);
  expect([...phases]).toEqual([
    ["reading words", 1],
    ["shuffling words", 0],
    ["building examples", 1],
  ]);
  const X = new Uint32Array(3 * 100_000);
  const Y = new Uint32Array(100_000);
  test.gatherRange(test.length - 100_000, 100_000, X, Y);
  expect(Y.at(-1)).toBe(0);
  const seconds = (from: number, to: number) => `${((to - from) / 1000).toFixed(1)} s`;
  console.info(`${lines} words: parsed in ${seconds(started, parsed)}, cut in ${seconds(parsed, built)}`);
  expect(built - started).toBeLessThan(60_000);
});
