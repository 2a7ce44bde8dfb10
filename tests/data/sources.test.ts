import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { loadBundledBytes, loadBundledWords } from "../../src/data/bundled.ts";
import { DataError } from "../../src/data/error.ts";
import { buildDataset } from "../../src/data/examples.ts";
import { readWordFile } from "../../src/data/file.ts";
import { sha256Hex } from "../../src/data/sha256.ts";

describe("the bundled list", () => {
  test("is the file that data/README.md describes", async () => {
    const bytes = await loadBundledBytes();
    expect(bytes.length).toBe(229_804);
    expect(await sha256Hex(bytes)).toBe("bd02dfd33179e23ec2dd093cbd4de619834f75d660ef1ae04d3127e7a0110053");
    expect(readFileSync("data/names-2018.txt").equals(bytes)).toBe(true);
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
