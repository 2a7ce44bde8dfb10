/** Every kernel against its CPU twin: over its cases, at random shapes, and where the numbers or the grid get extreme. */
import { afterAll, describe, expect, it } from "vitest";
import { LINEAR, MOST } from "../../shaders/elements.ts";
import { type KernelVerdict, testKernel } from "../../src/gpu/selftest.ts";
import { registry, sgd } from "../../src/ops/index.ts";
import { defineOp, read, write } from "../../src/plan/contract.ts";
import { describeOnGpu } from "../support/device.ts";
import { judge } from "../support/kernels.ts";

describeOnGpu("kernels", ({ device, name }) => {
  const table: string[] = [];
  afterAll(() => console.log(`worst share of the tolerance, of every op, on ${name}\n${table.join("\n")}`));

  it.each(registry.map((op) => ({ name: op.name, op })))("$name", async ({ op }) => {
    const verdicts: KernelVerdict[] = [];
    for await (const verdict of judge(device, op)) verdicts.push(verdict);
    expect(verdicts.filter((v) => !v.ok).map((v) => v.message)).toEqual([]);
    const worst = verdicts.reduce((a, b) => (b.used > a.used ? b : a));
    table.push(worst.message);
  });

  it("folds a grid of more workgroups than one dimension may have", async () => {
    const P = 65535 * LINEAR * MOST + 1;
    const g = Float32Array.from({ length: P }, (_, i) => i);
    const inputs = { p: new Float32Array(P), g, lr: Float32Array.of(-1) };
    expect(await testKernel(device, sgd.step, { P }, 0, inputs)).toMatchObject({ ok: true });
  });

  describe("the harness", () => {
    const doubling = (body: string) =>
      defineOp({
        name: "test.double",
        math: "y = 2 · x",
        bindings: { x: read("N"), y: write("N") },
        kernels: () => [
          {
            pass: "",
            code: `@compute @workgroup_size(32)
              fn main(@builtin(global_invocation_id) id: vec3u) { let i = id.x; ${body} }`,
            grid: [2, 1, 1],
            invocations: 32,
          },
        ],
        twin: ({ x, y }, { N }) => {
          for (let i = 0; i < N; i++) y[i] = 2 * x[i];
        },
        cases: [],
        tolerance: { rtol: 1e-6, atol: 0 },
        flops: ({ N }) => N,
      });

    it.each([
      {
        what: "right",
        body: "if (i < N) { y[i] = 2.0 * x[i]; }",
        ok: true,
        says: " 0.0 % of the tolerance",
      },
      {
        what: "with a wrong sign",
        body: "if (i < N) { y[i] = -2.0 * x[i]; }",
        says: /y\[\d+\] is .*, want /,
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
    ])("judges a kernel $what", async ({ body, says, ok = false }) => {
      const verdict = await testKernel(device, doubling(body), { N: 50 }, 1);
      expect(verdict.ok).toBe(ok);
      expect(verdict.message).toMatch(says);
    });
  });
});
