/** The twins shown are the twins that run: whole, and with the functions they call. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { importedBy, twinSource } from "../../src/lab/check/twin_source.ts";
import { stepPlan } from "../../src/model/plans.ts";

const sizes = { vocabulary: 27, context: 3, embedding: 10, hidden: 64, batch: 32 };
const file = (op: string) =>
  readFileSync(new URL(`../../src/ops/${op.split(".")[0]}.ts`, import.meta.url), "utf8");
const importedOf = (op: string) => importedBy(file(op)).map(file);
const ops = new Map(
  (["chunked", "fused"] as const).flatMap((path) =>
    stepPlan(sizes, path).calls.map((c) => [c.op.name, c.op]),
  ),
);
const balanced = (text: string, open: string, close: string) =>
  text.split(open).length === text.split(close).length;

describe.each([...ops.keys()])("%s", (op) => {
  const text = twinSource(file(op), op, importedOf(op));

  it("is cut out of its file whole", () => {
    const lines = [file(op), ...importedOf(op)]
      .flatMap((source) => source.split("\n"))
      .map((line) => line.trim());
    for (const line of text.split("\n").filter((l) => !l.startsWith("// in ")))
      expect(
        lines.some((l) => l === line.trim() || l === `${line.trim()},`),
        line,
      ).toBe(true);
    for (const [open, close] of ["()", "{}", "[]"]) expect(balanced(text, open, close), open).toBe(true);
    expect(text).toMatch(/twin: \(/);
  });
  it("holds no kernels, and no other operation", () => {
    expect(text).not.toMatch(/\b(plain|fast)[:(]|defineOp/);
  });
});

it("includes the functions that it calls, and their comments", () => {
  expect(twinSource(file("linear"), "linear.forward")).toMatch(
    /\/\*\* out\[r,c\].*\n(export )?function product\(/,
  );
  const twinOf = (op: string) => twinSource(file(op), op, importedOf(op));
  expect(twinOf("batchnorm.forward")).toContain("function moments(");
  expect(twinOf("batchnorm.backward")).not.toContain("function moments(");
  // What another operation's twin does for it, and the functions of that.
  expect(twinOf("batchnorm_tanh.forward")).toMatch(/\n\/\/ in batchnorm\.forward:\ntwin: .*/);
  expect(twinOf("batchnorm_tanh.forward")).toContain("function moments(");
});

it("has the member's own line beside its factory's loop", () => {
  const text = twinSource(file("elementwise"), "elementwise.square");
  expect(text).toContain("cpu: ({ x }) => x * x,");
  expect(text).toContain("= c.cpu(v, d, column);");
  expect(twinSource(file("reduce"), "reduce.dot_classes")).toContain("reduce(over, 1, d, y, x, w)");
  // Without the fast kernel that it adds.
  expect(twinSource(file("reduce"), "reduce.sum_batch")).toMatch(/^\.\.\.sum\("sum_batch", .*\)\n\n/);
});

it("refuses an operation that the file does not have", () => {
  expect(() => twinSource(file("tanh"), "tanh.sideways")).toThrow("tanh.sideways");
});
