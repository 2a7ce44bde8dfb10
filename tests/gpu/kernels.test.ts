/**
 * Every operation's plain and fast kernels against its CPU twin and against each other: over its cases, at random shapes, and where the
 * numbers or the grid get extreme. The whole step has a file of its own, `whole_step.test.ts`.
 */
import { describe, expect, it } from "vitest";
import { foldedGrid, ITEMS } from "../../shaders/grid.ts";
import { testKernel } from "../../src/gpu/selftest.ts";
import { operations, sgd } from "../../src/ops/index.ts";
import { defineOp, type Kernel, read, write } from "../../src/plan/contract.ts";
import { describeOnGpu } from "../support/device.ts";
import { describeKernels } from "../support/kernel_suite.ts";

describeKernels("kernels", operations, "shapes");

describeOnGpu("the kernels' harness", ({ device }) => {
  it("folds a grid of more workgroups than one dimension may have", async () => {
    const P = 65535 * ITEMS + 1;
    expect(foldedGrid(P / ITEMS)).toEqual([32768, 2, 1]);
    const g = Float32Array.from({ length: P }, (_, i) => i);
    const inputs = { p: new Float32Array(P), g, coefficients: Float32Array.of(-1) };
    const verdict = await testKernel(device, sgd.step, { P }, 0, inputs, { rung: "plain" });
    expect(verdict).toMatchObject({ ok: true, rung: "plain" });
  });

  const kernel = (body: string): Kernel => ({
    pass: "",
    code: `@compute @workgroup_size(32)
fn main(@builtin(global_invocation_id) id: vec3u) { let i = id.x; ${body} }`,
    grid: [2, 1, 1],
    invocations: 32,
  });
  const RIGHT = "if (i < N) { y[i] = 2.0 * x[i]; }";
  const doubling = (plain: string, fast?: string) =>
    defineOp({
      name: "test.double",
      math: "y = 2 · x",
      bindings: { x: read("N"), y: write("N") },
      plain: () => [kernel(plain)],
      fast: () => (fast === undefined ? undefined : [kernel(fast)]),
      twin: ({ x, y }, { N }) => {
        for (let i = 0; i < N; i++) y[i] = 2 * x[i];
      },
      cases: [],
      tolerance: { rtol: 1e-6, atol: 0 },
      flops: ({ N }) => N,
    });
  const dims = { N: 50 };

  describe.each(["plain", "fast"] as const)("judges a %s kernel", (rung) => {
    it.each([
      {
        what: "that is right",
        body: RIGHT.replace("2.0 * x[i]", "x[i] + x[i]"),
        says: " 0.0 % of the tolerance",
      },
      {
        what: "with a wrong sign",
        body: RIGHT.replace("2.0", "-2.0"),
        says: /^test\.double \((plain|fast), N=50\): y\[\d+\] is .*, want /,
      },
      {
        what: "that writes past its end",
        body: "y[i] = 2.0 * x[i];",
        says: "y was written past its end (word 50 of 50)",
      },
      {
        what: "that leaves an element",
        body: "if (i < N - 1u) { y[i] = 2.0 * x[i]; }",
        says: "y[49] is NaN, want ",
      },
      {
        what: "that writes an input",
        body: "if (i < N) { x[i] = 0.0; y[i] = 2.0 * x[i]; }",
        says: "cannot store into a read-only",
      },
      { what: "that does not compile", body: "y[i] = z[i];", says: "unresolved value 'z'" },
    ])("$what", async ({ what, body, says }) => {
      const op = rung === "plain" ? doubling(body) : doubling(RIGHT, body);
      const verdict = await testKernel(device, op, dims, 1, {}, { rung });
      expect(verdict).toMatchObject({ rung, ok: what === "that is right" });
      expect(verdict.message).toMatch(says);
      expect(verdict.message).toContain(`test.double (${rung}, N=50): `);
    });
  });

  it("judges a fast kernel against the plain one, too", async () => {
    const tolerance = { rtol: 1e-6, atol: 0 };
    // Each of them within the tolerance, in opposite directions.
    const op = {
      ...doubling(RIGHT.replace("2.0", "2.0000013"), RIGHT.replace("2.0", "1.9999988")),
      tolerance,
    };
    expect(await testKernel(device, op, dims, 1, {}, { rung: "plain" })).toMatchObject({ ok: true });
    const verdict = await testKernel(device, op, dims, 1);
    expect(verdict).toMatchObject({ rung: "fast", ok: false, tensor: "y" });
    expect(verdict.message).toMatch(/^test\.double \(fast, N=50\): y\[\d+\] is \S+, the plain kernel has /);
  });
});
