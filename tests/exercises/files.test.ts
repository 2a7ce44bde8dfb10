/** Files of all kinds as code for the judge: what is taken, what its cells are numbered, and what is refused in one line. */
import { describe, expect, it } from "vitest";
import { MOST_CODE, readSource, SourceError } from "../../src/exercises/files.ts";
import { gradeLines } from "../../src/exercises/judge.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const code = (source: string | string[]) => ({ cell_type: "code", source, metadata: {}, outputs: [] });
const markdown = { cell_type: "markdown", source: ["# dprobs = 1\n"], metadata: {} };
const notebook = (cells: unknown[], more: object = {}) =>
  bytes(JSON.stringify({ cells, metadata: {}, nbformat: 4, nbformat_minor: 0, ...more }));

describe("a text", () => {
  it("is taken as it is, from .py and .txt, whatever the case of the ending", () => {
    for (const name of ["a.py", "folder.d/a.txt", "A.PY"])
      expect(readSource(bytes("dh = 1 # é\r\n"), name)).toBe("dh = 1 # é\r\n");
  });

  it("may begin with a byte-order mark", () => {
    expect(readSource(Uint8Array.of(0xef, 0xbb, 0xbf, 0x64, 0x68), "a.py")).toBe("dh");
  });
});

describe("a notebook", () => {
  it("gives its code cells in their order, empty ones too, so that their numbers are the notebook's", () => {
    const cells = [
      markdown,
      code(["dh = 1\n", "db2 = 2"]),
      code(""),
      markdown,
      code("dW2 = 3\n"),
      { cell_type: "raw" },
    ];
    expect(readSource(notebook(cells), "a.ipynb")).toEqual(["dh = 1\ndb2 = 2", "", "dW2 = 3\n"]);
  });

  it("may be in the older format, with worksheets", () => {
    const cells = [
      { cell_type: "code", input: ["dh = 1\n"], language: "python" },
      { cell_type: "code", input: "x" },
    ];
    const old = bytes(JSON.stringify({ worksheets: [{ cells }], nbformat: 3, metadata: { name: "" } }));
    expect(readSource(old, "a.ipynb")).toEqual(["dh = 1\n", "x"]);
  });

  it("of 20 MB, most of it pictures, is read within two seconds", () => {
    const png = "iVBORw0KGgo".repeat(200_000);
    const picture = { output_type: "display_data", data: { "image/png": png }, metadata: {} };
    const cells = Array.from({ length: 10 }, (_, i) => ({ ...code(`x${i} = ${i}\n`), outputs: [picture] }));
    const file = notebook(cells);
    expect(file.length).toBeGreaterThan(20e6);
    const start = performance.now();
    expect(readSource(file, "a.ipynb")).toHaveLength(10);
    expect(performance.now() - start).toBeLessThan(2000);
  });
});

describe("refused in one line", () => {
  const cases: [what: string, file: Uint8Array, name: string, message: RegExp][] = [
    [
      "another ending",
      bytes("dh = 1"),
      "a.md",
      /^a\.md: "\.md" files are not read; give a \.py, \.txt or \.ipynb file$/,
    ],
    ["no ending", bytes("dh = 1"), "dir.py/a", /^dir\.py\/a: the name has no ending/],
    ["nothing", bytes(""), "a.py", /^a\.py: there is no code in it/],
    ["blank lines", bytes(" \n\t\n"), "a.txt", /^a\.txt: there is no code in it/],
    [
      "a Git LFS pointer",
      bytes("version https://git-lfs.github.com/spec/v1\noid sha256:ab\n"),
      "a.ipynb",
      /^a\.ipynb: it is a Git LFS pointer, .*"git lfs pull"$/,
    ],
    ["a page", bytes("<!DOCTYPE html>\n<html>"), "a.py", /^a\.py: it is an HTML page, .* "raw" link$/],
    [
      "UTF-16 with its mark",
      Uint8Array.of(0xff, 0xfe, 0x64, 0),
      "a.py",
      /^a\.py: looks like UTF-16.*first two bytes/,
    ],
    ["UTF-16 the other way round", Uint8Array.of(0xfe, 0xff, 0, 0x64), "a.py", /UTF-16.*save it as UTF-8/],
    ["a NUL byte", Uint8Array.of(0x64, 0x68, 0), "a.py", /a NUL byte at offset 2/],
    [
      "Latin-1",
      Uint8Array.of(...bytes("dh = 1\n# "), 0xe9, 0x0a, 0x64),
      "a.py",
      /^a\.py: line 2 is not valid UTF-8/,
    ],
    [
      "a character cut off",
      Uint8Array.of(...bytes("dh = 1\n\n# "), 0xc3),
      "a.py",
      /line 3 is not valid UTF-8/,
    ],
    [
      "too much code",
      bytes("x = 1\n".repeat(MOST_CODE / 6 + 1)),
      "a.py",
      /its code has 100\d{3} characters, and at most 100000/,
    ],
    ["an empty notebook", bytes(""), "a.ipynb", /^a\.ipynb: is not a notebook: the file is empty/],
    [
      "a notebook that is Python",
      bytes("dh = 1"),
      "a.ipynb",
      /is not a notebook: it is not valid JSON.*as a \.py file/,
    ],
    ["JSON that breaks off", bytes('{\n"cells": [\n{"cell_type": '), "a.ipynb", /it is not valid JSON/],
    ["JSON nested without an end", bytes("[".repeat(1e6)), "a.ipynb", /it is not valid JSON/],
    ["a number", bytes("3"), "a.ipynb", /is JSON, but no notebook: it has no list of cells/],
    ["null", bytes("null"), "a.ipynb", /no list of cells/],
    ["a list", bytes("[]"), "a.ipynb", /no list of cells/],
    ["cells that are no list", bytes('{"cells": 3}'), "a.ipynb", /no list of cells/],
    [
      "no code cell",
      notebook([markdown, 3, null]),
      "a.ipynb",
      /^a\.ipynb: none of its 3 cells is a code cell/,
    ],
    [
      "a cell without a source",
      notebook([code("x"), { cell_type: "code" }]),
      "a.ipynb",
      /code cell 2 has no text/,
    ],
    [
      "lines that are no text",
      notebook([{ cell_type: "code", source: [3] }]),
      "a.ipynb",
      /code cell 1 has no text/,
    ],
    ["empty code cells", notebook([code(""), code([])]), "a.ipynb", /there is no code in it/],
    [
      "Julia",
      notebook([code("x")], { metadata: { language_info: { name: "julia" } } }),
      "a.ipynb",
      /its language is "julia"/,
    ],
    [
      "R",
      notebook([code("x")], { metadata: { kernelspec: { language: "R" } } }),
      "a.ipynb",
      /its language is "R"/,
    ],
  ];
  it.each(cases)("%s", (_, file, name, message) => {
    const refusal = () => readSource(file, name);
    expect(refusal).toThrow(SourceError);
    expect(refusal).toThrow(message);
    expect(refusal).not.toThrow(/[\n\r]/);
  });

  it("is what does not throw at all for 300 files of random bytes and of damaged notebooks", () => {
    let state = 7;
    const random = (below: number): number => {
      state = (state * 16807) % 2147483647;
      return state % below;
    };
    const whole = notebook([markdown, code(["dh = dlogits @ W2.T\n", "db2 = dlogits.sum(0)"])]);
    for (let i = 0; i < 300; i++) {
      const file = i % 2 ? whole.slice() : Uint8Array.from({ length: random(200) }, () => random(256));
      if (i % 2) for (let k = 0; k <= random(4); k++) file[random(file.length)] = random(256);
      try {
        readSource(file, i % 4 === 0 ? "a.py" : "a.ipynb");
      } catch (error) {
        expect(error).toBeInstanceOf(SourceError);
        expect((error as Error).message).not.toMatch(/[\n\r]/);
      }
    }
  });
});

it("the library refuses too long a text as a file is refused", () => {
  expect(() => gradeLines("x".repeat(MOST_CODE + 1))).toThrow(
    new SourceError(
      "the text has 100001 characters, and at most 100000 are read; give the lines that compute the gradients alone",
    ),
  );
});
