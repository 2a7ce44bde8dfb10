/** Every kernel against its CPU twin: over its cases, at random shapes, and where the numbers or the grid get extreme. */
import { afterAll, describe, expect, it } from "vitest";
import { LINEAR } from "../../shaders/common.ts";
import { gpuMachine } from "../../src/gpu/machine.ts";
import { testKernel } from "../../src/gpu/selftest.ts";
import { type Dims, defineOp, type Op, read, write } from "../../src/ops/contract.ts";
import { elementwise, registry, sgd, tanh } from "../../src/ops/index.ts";
import { bindPlan, type Tensor } from "../../src/ops/plan.ts";
import { compareTensors, explain } from "../oracle/compare.ts";
import { describeOnGpu } from "../support/device.ts";
import { randomDims } from "../support/random.ts";

const shapes = (op: Op): Dims[] =>
  op.relatedSizes ? [...op.cases] : [...op.cases, randomDims(op, 1, 70), randomDims(op, 2, 70)];

describeOnGpu("kernels", ({ device, name }) => {
  const table: string[] = [];
  afterAll(() => console.log(`worst share of the tolerance, of every op, on ${name}\n${table.join("\n")}`));

  it.each(registry.map((op) => ({ name: op.name, op })))("$name", async ({ op }) => {
    const verdicts = [];
    for (const [seed, dims] of shapes(op).entries()) verdicts.push(await testKernel(device, op, dims, seed));
    expect(verdicts.filter((v) => !v.ok).map((v) => v.message)).toEqual([]);
    const worst = verdicts.reduce((a, b) => (b.used > a.used ? b : a));
    table.push(worst.message);
  });

  /** What an op leaves in its bindings. */
  async function apply(op: Op, dims: Dims, inputs: Record<string, Float32Array>) {
    const formals = Object.entries(op.bindings);
    const tensors = formals.map(([name, { dims: symbols, type }]): Tensor => {
      return { name, shape: symbols.map((s) => dims[s]), symbols, type, role: "state" };
    });
    const args = Object.fromEntries(formals.map(([name]) => [name, name]));
    const executable = await gpuMachine(device, name).compile(bindPlan("one op", tensors, [{ op, args }]));
    for (const [name, values] of Object.entries(inputs)) executable.upload(name, values);
    await executable.run(1, () => {});
    const results = await executable.download(Object.keys(args));
    executable.close();
    return results;
  }

  it("folds a grid of more workgroups than one dimension may have", async () => {
    const P = 65535 * LINEAR + 1;
    const index = Float32Array.from({ length: P }, (_, i) => i);
    const { p } = await apply(sgd.step, { P }, { p: new Float32Array(P), g: index, lr: Float32Array.of(-1) });
    expect(p.findIndex((value, i) => value !== i)).toBe(-1);
  });

  // Two ulps, of which one is at most 1.2e-7 of a value; below the smallest normal number a device may flush to zero.
  const ulps = { rtol: 2.4e-7, atol: 1.2e-38 };
  it.each([
    {
      op: tanh.forward,
      math: Math.tanh,
      at: [0, 1e-30, 1e-4, 0.624, 0.626, 1, 5, 9.1, 20, 88, 1e4, 3e38].flatMap((x) => [x, -x]),
    },
    {
      op: elementwise.exp,
      math: Math.exp,
      at: [0, 1e-8, 0.34, 0.35, 1, 50, 88.7, -1, -50, -87, -200, -3e38],
    },
    {
      op: elementwise.log,
      math: Math.log,
      at: [1 - 2 ** -24, 1, 1 + 2 ** -23, 0.7, 0.71, 1.41, 1.42, 1.2e-38, 3e38],
    },
  ])("$op.name is exact to two ulps at its extremes", async ({ op, math, at }) => {
    const x = Float32Array.from(at);
    const [rows, columns] = op.bindings.x.dims;
    const { y } = await apply(op, { [rows]: 1, [columns]: x.length }, { x });
    const comparison = compareTensors("y", y, Float64Array.from(x, math), ulps);
    expect(comparison.ok, `x = ${x[comparison.worstIndex]}: ${explain(comparison)}`).toBe(true);
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
