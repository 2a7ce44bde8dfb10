/** WGSL in the exercises' editor: its tokens in every kernel, comments over lines, and lines indented as the kernels are laid out. */
import { ensureSyntaxTree, indentRange, indentUnit } from "@codemirror/language";
import { EditorState } from "@codemirror/state";
import { describe, expect, it } from "vitest";
import { tokenize } from "../../src/lab/check/highlight.ts";
import { wgsl } from "../../src/lab/exercises/editor/wgsl.ts";
import { registry } from "../../src/model/registry.ts";
import { kernelsOf, RUNGS } from "../../src/plan/contract.ts";
import { kernelSource } from "../../src/plan/source.ts";
import { ANY_DEVICE } from "../../src/plan/target.ts";

const sources = registry.flatMap((op) =>
  RUNGS.flatMap((rung) =>
    kernelsOf(op, op.cases[0], { rung, target: ANY_DEVICE }).map((kernel) => ({
      name: `${op.name} ${kernel.pass} (${rung})`,
      text: kernelSource(op, op.cases[0], kernel),
    })),
  ),
);

/** What is coloured, and how. */
function coloured(text: string): [kind: string, text: string][] {
  const parts: [string, string][] = [];
  wgsl.parser.parse(text).iterate({
    enter: ({ name, from, to }) => {
      if (name !== "Document") parts.push([name, text.slice(from, to)]);
    },
  });
  return parts;
}

describe("WGSL's tokens", () => {
  it("make up every line of every kernel", () => {
    expect(sources.length).toBeGreaterThan(60);
    for (const { name, text } of sources)
      for (const line of text.split("\n")) {
        const tokens = tokenize(line, "wgsl");
        expect(tokens.map((t) => t.text).join(""), name).toBe(line);
        // A quote or a backtick would begin a string, which WGSL does not have.
        expect(
          tokens.filter((t) => t.kind === "literal" && !/^\d/.test(t.text)),
          name,
        ).toEqual([]);
      }
  });

  it("are whole numbers of every form", () => {
    const numbers = (line: string) =>
      tokenize(line, "wgsl")
        .filter((t) => t.kind === "literal")
        .map((t) => t.text);
    expect(numbers("x2 = 1u + 0.5f - 1e-5f * 2.5E+3 - 0x1Eu-3i")).toEqual([
      "1u",
      "0.5f",
      "1e-5f",
      "2.5E+3",
      "0x1Eu",
      "3i",
    ]);
  });

  it("are keywords in an address space, and names where a kernel calls a builtin so", () => {
    const kinds = (line: string) =>
      tokenize(line, "wgsl")
        .filter((t) => /workgroup|read/.test(t.text))
        .map((t) => t.kind);
    expect(kinds("var<workgroup> tile: array<f32, 64>;")).toEqual(["keyword"]);
    expect(kinds("var<storage, read_write> y: array<f32>;")).toEqual(["keyword"]);
    expect(kinds("let row = workgroup.y < workgroup.x;")).toEqual(["name", "name"]);
  });
});

describe("the editor's WGSL", () => {
  it("has comments that nest and go over lines", () => {
    const text = "/* a /* b\n */ let c */ let d = 1u; // let e\nvar f: i32;";
    expect(coloured(text)).toEqual([
      ["comment", "/* a /* b"],
      ["comment", " */ let c */"],
      ["keyword", "let"],
      ["literal", "1u"],
      ["comment", "// let e"],
      ["keyword", "var"],
      ["keyword", "i32"],
    ]);
  });

  it("indents every kernel as it is laid out", () => {
    // A line that goes on with an expression stands where its writer put it.
    const laidOut = sources.filter(({ text }) => !/^\s*([+*/&|=]|- )(?!\/)/m.test(text));
    expect(laidOut.length).toBeGreaterThan(sources.length / 2);
    for (const { name, text } of laidOut) {
      const flat = text.replace(/^ +/gm, "");
      const unread = EditorState.create({ doc: flat, extensions: [wgsl, indentUnit.of("  ")] });
      // Without a view, nobody reads on behind the first screen.
      ensureSyntaxTree(unread, flat.length, 10_000);
      const { state } = unread.update({});
      expect(state.update({ changes: indentRange(state, 0, flat.length) }).newDoc.toString(), name).toBe(
        text,
      );
    }
  });
});
