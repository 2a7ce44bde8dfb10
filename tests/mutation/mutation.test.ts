/** Some planted bugs in every test run, and tests of the harness that plants them. `npm run mutate` plants all. */
import { describe, expect, it } from "vitest";
import { registry } from "../../src/ops/index.ts";
import { describeOnGpu } from "../support/device.ts";
import { MUTATED_TARGETS, mutantsOf, sample } from "./mutants.ts";
import { edits } from "./operators.ts";
import { picksOf } from "./picked.ts";
import { tryAll } from "./pool.ts";
import { tryMutant } from "./run.ts";
import { explanations, keyOf } from "./survivors.ts";

/** These take seconds to compile. */
const isWholeStep = (name: string): boolean => name.startsWith("train_step.");
const explained = (key: string): boolean =>
  explanations.some((e) => e.of.some((pattern) => pattern.test(key)));

describeOnGpu("planted bugs", ({ device }) => {
  const picked = registry.flatMap((op) => picksOf(op).slice(0, isWholeStep(op.name) ? 1 : undefined));
  it.each(picked.map((mutant) => ({ mistake: mutant.operator, op: mutant.op.name, mutant })))(
    "$op: $mistake",
    async ({ mutant, op }) => {
      const { outcome, tensor, message } = await tryMutant(device, mutant);
      expect({ outcome, tensor }).toEqual({ outcome: "killed", tensor: expect.any(String) });
      expect(Object.keys(registry.find(({ name }) => name === op)!.bindings)).toContain(tensor);
      expect(message).toContain(`${op} (`);
      expect(message).toContain(tensor);
    },
  );

  // Only mistakes that cannot make a loop endless, because these run in the tests' own process.
  const harmless = /^(sign flipped|term dropped|= for \+=|index transposed)$/;
  const others = registry.filter((op) => !isWholeStep(op.name));
  it.each(others.map((op) => ({ name: op.name, op })))("$name, some generic ones", async ({ op }) => {
    const mutants = mutantsOf(op).filter(
      (m) => harmless.test(m.operator) && !/\bfor\b/.test(m.line) && !explained(keyOf(m)),
    );
    for (const mutant of sample(mutants, 2))
      expect(await tryMutant(device, mutant), mutant.id).toMatchObject({ outcome: "killed" });
  });

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
    { operator: "factor dropped", code: "for (; i < 16u * grid.z; i++) { }", becomes: [] },
  ])("$operator: $code", ({ operator, code, becomes }) => {
    expect(planted(code, operator)).toEqual(becomes);
  });

  it("plant the same mistake at every shape, under names that no two share", () => {
    for (const op of registry.filter(({ name }) => !isWholeStep(name))) {
      const mutants = mutantsOf(op);
      expect(new Set(mutants.map((m) => m.id)).size, op.name).toBe(mutants.length);
      for (const { mutated, id } of mutants) {
        const changes = op.cases.some((d) =>
          MUTATED_TARGETS.some((target) =>
            op.kernels(d, target).some((k, i) => k.code !== mutated.kernels(d, target)[i].code),
          ),
        );
        expect(changes, id).toBe(true);
      }
    }
  });
});
