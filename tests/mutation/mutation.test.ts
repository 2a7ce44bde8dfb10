/** Some planted bugs in every test run, and tests of the harness that plants them. `npm run mutate` plants all. */
import { describe, expect, it } from "vitest";
import { registry } from "../../src/model/registry.ts";
import { STEPS } from "../../src/model/single/step.ts";
import type { Op, Rung } from "../../src/plan/contract.ts";
import { describeOnGpu } from "../support/device.ts";
import { expectGenericSeen, isWholeStep, operations } from "./generic.ts";
import { kernelsOn, mutantsOf, placesOf, remembered } from "./mutants.ts";
import { edits } from "./operators.ts";
import { picksOf } from "./picked.ts";
import { tryAll } from "./pool.ts";
import { expectSeen, titled } from "./seen.ts";

/** The whole step takes seconds to compile. Here is one mistake at the smallest sizes; the others are in mutation.nightly.ts. */
const [smallest] = [...STEPS.sgd.cases].sort((a, b) => a.P - b.P);
const [inWholeStep] = picksOf({ ...STEPS.sgd, cases: [smallest] });

describeOnGpu("planted bugs", ({ device }) => {
  const picked = operations("plain")
    .flatMap(({ op }) => picksOf(op))
    .filter(({ rung }) => rung === "plain");
  it.each(titled([...picked, inWholeStep]))("$op ($rung): $mistake", ({ mutant }) =>
    expectSeen(device, mutant),
  );

  it.each(operations("plain"))("$name (plain), a generic one", ({ op }) =>
    expectGenericSeen(device, op, "plain", 1),
  );

  it("kills a process that does not answer, and goes on after one that crashed", async () => {
    const adapter =
      process.env.BACKPROP_NINJA_ADAPTER ?? (process.platform === "linux" ? "swiftshader" : "auto");
    const [{ id }] = mutantsOf(registry.find((op) => op.name === "sgd.step")!);
    const run = async (ids: string[], patience?: number) => {
      const outcomes: string[] = [];
      const tasks = ids.map((id) => ({ op: "sgd.step", id }));
      await tryAll(tasks, { jobs: 1, adapter, patience }, (result) => outcomes.push(result.outcome));
      return outcomes;
    };
    expect(await run(["no such mutant", id])).toEqual(["crashed", expect.stringMatching(/killed|survived/)]);
    expect(await run([id], 1)).toEqual(["hung"]);
  });
});

describe("the operators", () => {
  /** The text after each edit of this operator. */
  const planted = (code: string, operator: string): string[] =>
    edits(code)
      .filter((e) => e.operator === operator)
      .map((e) => (code.slice(0, e.start) + e.text + code.slice(e.end)).replace(/\s+/g, " ").trim());

  it.each([
    { operator: "sign flipped", code: "y = -a + b;", becomes: ["y = -a - b;"] },
    { operator: "sign flipped", code: "y = x[i + 0u] + x[0u + i];", becomes: ["y = x[i + 0u] - x[0u + i];"] },
    { operator: "minus dropped", code: "y = -a - b;", becomes: ["y = a - b;"] },
    { operator: "term dropped", code: "y = a * b + c;", becomes: ["y = a * b ;", "y = c;"] },
    { operator: "factor dropped", code: "y = a / f(b, c);", becomes: ["y = a ;"] },
    {
      operator: "= for +=",
      code: "for (; i < n; i += 2u) { s += x; }",
      becomes: ["for (; i < n; i += 2u) { s = x; }"],
    },
    { operator: "index transposed", code: "y = x[r * C + c];", becomes: ["y = x[c * C + r];"] },
    { operator: "guard dropped", code: "if (i >= n) { return; }", becomes: ["if (false) { return; }"] },
    { operator: "guard dropped", code: "if (f(i) < n) { y = x; }", becomes: ["if (true) { y = x; }"] },
    { operator: "constant − 1", code: "y = x[n - 1u];", becomes: ["y = x[n - 0u];"] },
    {
      operator: "edge off by one",
      code: "var<workgroup> a: array<f32, 2>; if (i < n) { }",
      becomes: ["var<workgroup> a: array<f32, 2>; if (i <= n) { }"],
    },
    {
      operator: "choice swapped",
      code: "y = select(f(a, b), c, d < e);",
      becomes: ["y = select(c, f(a, b), d < e);"],
    },
    {
      operator: "barrier dropped",
      code: "; storageBarrier(); workgroupBarrier(); y = x;",
      becomes: ["; y = x;"],
    },
    {
      operator: "statement dropped",
      code: "; y = x; // z = y;\n let a = b;",
      becomes: ["; // z = y; let a = b;"],
    },
    { operator: "factor dropped", code: "for (; i < 16u * one; i++) { }", becomes: [] },
    {
      operator: "wrong component",
      code: "let one = grid.z; let i = grid.x;",
      becomes: ["let one = grid.z; let i = grid.y;"],
    },
    { operator: "factor dropped", code: "y = x[s * 1u + i];", becomes: ["y = x[ 1u + i];"] },
    { operator: "edge off by one", code: "for (var h = 8u; h > 0u; h /= 2u) { }", becomes: [] },
    {
      operator: "constant − 1",
      code: "for (var h = 8u; h > 0u; h /= 2u) { }",
      becomes: ["for (var h = 7u; h > 0u; h /= 2u) { }"],
    },
    {
      operator: "× for ÷",
      code: "for (; i < 2u * n; i += 16u * 64u) { }",
      becomes: ["for (; i < 2u / n; i += 16u * 64u) { }"],
    },
    {
      operator: "constant − 1",
      code: "const BLOCK = 1u; const TERMS = 2u;",
      becomes: ["const BLOCK = 1u; const TERMS = 1u;"],
    },
    { operator: "guard dropped", code: "if (true) { y = x; }", becomes: [] },
  ])("$operator: $code", ({ operator, code, becomes }) => {
    expect(planted(code, operator)).toEqual(becomes);
  });

  it("plant the same mistake at every shape, under names that no two share", () => {
    for (const op of registry.filter((op) => !isWholeStep(op))) {
      const mutants = mutantsOf(op);
      expect(new Set(mutants.map((m) => m.id)).size, op.name).toBe(mutants.length);
      for (const { mutated, rung, id } of mutants) expect(changes(op, mutated, rung), id).toBe(true);
    }
  });
});

/** Whether the rung has another text at some shape. */
const changes = (op: Op, mutated: Op, rung: Rung): boolean =>
  placesOf(op, rung).some(({ dims, target }) => {
    const kernels = kernelsOn(mutated, rung, dims, target);
    return kernelsOn(remembered(op), rung, dims, target).some((k, i) => k.code !== kernels[i].code);
  });
