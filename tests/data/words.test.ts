import { createHash } from "node:crypto";
import { afterEach, describe, expect, test, vi } from "vitest";
import { DataError } from "../../src/data/error.ts";
import { sha256Hex } from "../../src/data/sha256.ts";
import { parseWords } from "../../src/data/words.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);
const TEN = ["emma", "olivia", "ava", "isabella", "sophia", "charlotte", "mia", "amelia", "harper", "evelyn"];
const text = TEN.join("\n");

/** The error for a list called list.txt; it must be a one-line DataError. */
function errorOf(bytes: Uint8Array): string {
  try {
    parseWords(bytes, "list.txt");
  } catch (error) {
    expect(error).toBeInstanceOf(DataError);
    expect((error as DataError).name).toBe("DataError");
    expect((error as DataError).message).not.toMatch(/[\n\r]/);
    return (error as DataError).message;
  }
  throw new Error("the list was accepted");
}

/** The bytes of `before`, some raw ones, and those of `after`. */
const splice = (before: string, raw: number[], after: string) =>
  Uint8Array.from([...utf8(before), ...raw, ...utf8(after)]);

describe("parseWords: what a list may look like", () => {
  test.each([
    ["LF, the last line unended", text],
    ["LF, the last line ended", `${text}\n`],
    ["CRLF", `${TEN.join("\r\n")}\r\n`],
    ["CRLF, the last line unended", TEN.join("\r\n")],
    ["a carriage return at the very end", `${text}\r`],
    ["a byte-order mark", `\ufeff${text}`],
    ["LF and CRLF mixed", text.replace("\n", "\r\n")],
    ["CR", TEN.join("\r")],
    ["CR, the last line ended", `${TEN.join("\r")}\r`],
    ["CR, LF and CRLF mixed", TEN.join("\n").replace("\n", "\r").replace("\n", "\r\n")],
  ])("%s", (_, content) => {
    expect(parseWords(utf8(content), "list.txt")).toEqual({ words: TEN, blankLines: 0, source: "list.txt" });
  });

  test.each([
    ["CR CR LF", "\r\r\n"],
    ["LF CR", "\n\r"],
  ])("%s ends a line and is a blank one, as in Python", (_, end) => {
    const list = parseWords(utf8(TEN.join(end)), "list.txt");
    expect(list).toEqual({ words: TEN, blankLines: 9, source: "list.txt" });
  });

  test("blank lines are dropped and counted", () => {
    const list = parseWords(utf8(`\n  \n\t\r\n\u00a0\n${text}\n\n\r\n`), "list.txt");
    expect(list.words).toEqual(TEN);
    expect(list.blankLines).toBe(6);
  });

  test("words are kept exactly: repeats, inner and outer spaces, case, accents as they were typed, any script", () => {
    const words = [
      "anna",
      "anna",
      " anna",
      "anna ",
      "Mary Ann",
      "été",
      "e\u0301te\u0301",
      "日本語",
      "🦊🐻",
      "𝒳yz",
      "\ufeffx",
      "x\ufeff",
      "tab\tbed",
      "עברית",
      "a\u2028b",
    ];
    expect(parseWords(utf8(words.join("\n")), "list.txt").words).toEqual(words);
  });

  test("a part of a bigger buffer", () => {
    const bytes = splice("xxx", [], `${text}\nyyy`);
    expect(parseWords(bytes.subarray(3, bytes.length - 4), "list.txt").words).toEqual(TEN);
  });

  test.each([
    ["CRLF", "aé日🦊\r\n"],
    ["CR", "aé日🦊x\r"],
  ])("words, lines (%s) and multi-byte characters that meet the 1 MiB pieces at every offset", (_, line) => {
    // 12 bytes a line.
    for (let shift = 0; shift < 13; shift++) {
      const content = `${"x".repeat(shift)}\n${line.repeat(90_000)}`;
      const { words } = parseWords(utf8(content), "list.txt");
      expect(words.length).toBe(90_000 + Math.sign(shift));
      expect(new Set(words).size).toBe(1 + Math.sign(shift));
    }
  });

  test("a line longer than several pieces", () => {
    const long = "é".repeat(2_000_000);
    expect(parseWords(utf8(`${text}\n${long}\n${text}`), "list.txt").words).toEqual([...TEN, long, ...TEN]);
  });

  test("progress rises to 1, one MiB at a time", () => {
    const calls: [string, number][] = [];
    const onProgress = (phase: string, fraction: number) => calls.push([phase, fraction]);
    parseWords(utf8("abcdefg\n".repeat(300_000)), "list.txt", { onProgress });
    expect(calls.map(([phase]) => phase)).toEqual(["reading words", "reading words", "reading words"]);
    expect(calls.map(([, fraction]) => fraction.toFixed(3))).toEqual(["0.437", "0.874", "1.000"]);
  });
});

describe("parseWords: what is refused", () => {
  test("an empty file", () => {
    expect(errorOf(new Uint8Array())).toBe(
      "list.txt: the file is empty; give UTF-8 text with one word a line.",
    );
  });

  test.each([
    ["\n\n", "0 words"],
    ["\ufeff", "0 words"],
    ["emma", "1 word,"],
    [TEN.slice(1).join("\n"), "9 words"],
    [TEN.join(", "), "1 word,"],
  ])("fewer than 10 words: %j", (content, count) => {
    expect(errorOf(utf8(content))).toContain(`list.txt: ${count}`);
    expect(errorOf(utf8(content))).toContain("at least 10 are needed; give UTF-8 text with one word a line.");
  });

  test("a binary file, and UTF-16", () => {
    const png = Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d]);
    expect(errorOf(png)).toBe(
      "list.txt: looks like a binary or UTF-16 file (a NUL byte at offset 8); re-save it as UTF-8 text.",
    );
    const utf16 = new Uint8Array(Uint16Array.from(text, (c) => c.charCodeAt(0)).buffer);
    expect(errorOf(utf16)).toContain("binary or UTF-16 file (a NUL byte at offset 1)");
  });

  test("what only stands for a list", () => {
    const pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 12\n";
    expect(errorOf(utf8(pointer))).toMatch(/^list\.txt: it is a Git LFS pointer, .*"git lfs pull"\.$/);
    // As many lines as a list, and no "." in them.
    const page = `<!DOCTYPE html>\n${"<p>names</p>\n".repeat(20)}`;
    expect(errorOf(utf8(page))).toMatch(/^list\.txt: it is an HTML page, .*"raw" link\.$/);
  });

  // The second line starts at offset 5.
  test.each([
    ["Latin-1", [0x7a, 0xe9, 0x65], "line 2", "0xe9 at offset 6"],
    ["a stray continuation byte", [0x80], "line 2", "0x80 at offset 5"],
    ["a sequence cut by the end of the line", [0x61, 0xe2, 0x82], "line 2", "0xe2 at offset 6"],
    ["an overlong slash", [0xc0, 0xaf], "line 2", "0xc0 at offset 5"],
    ["a surrogate", [0xed, 0xa0, 0x80], "line 2", "0xed at offset 5"],
    ["beyond U+10FFFF", [0xf4, 0x90, 0x80, 0x80], "line 2", "0xf4 at offset 5"],
    ["a byte that never occurs", [0x61, 0x0a, 0xff], "line 3", "0xff at offset 7"],
  ])("invalid UTF-8: %s", (_, raw, line, where) => {
    expect(errorOf(splice("emma\n", raw, `\n${text}`))).toBe(
      `list.txt: ${line} is not valid UTF-8 (byte ${where}); re-save the file as UTF-8.`,
    );
  });

  test("invalid UTF-8 at the very end, and with other multi-byte characters before it", () => {
    expect(errorOf(splice(`été\n日本🦊\n${text}\n`, [0xf0, 0x9f], ""))).toMatch(
      /^list\.txt: line 13 is not valid UTF-8 \(byte 0xf0 at offset \d+\)/,
    );
    expect(errorOf(splice("\ufeffé\nb", [0xc3], ""))).toContain(
      "line 2 is not valid UTF-8 (byte 0xc3 at offset 7)",
    );
  });

  test("invalid UTF-8 in a later piece", () => {
    const before = "été\n".repeat(500_000);
    expect(errorOf(splice(before, [0x61, 0xff], "\n"))).toContain(
      "line 500001 is not valid UTF-8 (byte 0xff at offset 3000001)",
    );
  });
});

describe("sha256Hex", () => {
  const node = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  test("is SHA-256", async () => {
    expect(await sha256Hex(new Uint8Array())).toBe(
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    );
    const bytes = utf8(text).subarray(3);
    expect(await sha256Hex(bytes)).toBe(node(bytes));
  });

  test("is the same where there is no WebCrypto, at every length around a block's end", async () => {
    vi.stubGlobal("crypto", {});
    for (const length of [0, 1, 3, 55, 56, 63, 64, 65, 119, 120, 1000]) {
      const bytes = Uint8Array.from({ length: length + 3 }, (_, i) => (i * 167 + length) % 256).subarray(3);
      expect(await sha256Hex(bytes), `${length} bytes`).toBe(node(bytes));
    }
  });
});
