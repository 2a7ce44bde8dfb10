/** All that a kernel is put through: what the kernel tests run over the registry, and the mutation harness over mutants. */
import { gpuMachine } from "../../src/gpu/machine.ts";
import { type KernelVerdict, testKernel } from "../../src/gpu/selftest.ts";
import type { AnyArray, Dims, Op } from "../../src/ops/contract.ts";
import { elementwise, tanh } from "../../src/ops/index.ts";
import { bindPlan, type Tensor } from "../../src/ops/plan.ts";
import { compareTensors, explain } from "../oracle/compare.ts";
import { randomDims } from "./random.ts";

/** One verdict after another, in an order that never changes; a caller that wants the first failure stops there. */
export async function* judge(device: GPUDevice, op: Op): AsyncGenerator<KernelVerdict> {
  for (const [seed, dims] of shapes(op).entries()) yield await testKernel(device, op, dims, seed);
  const widest = shapes(op).reduce((a, b) => (workgroups(op, b) > workgroups(op, a) ? b : a));
  if (workgroups(op, widest) > 1) yield await testKernel(device, folded(op), widest, 0);
  if (op.name in extremes) yield await testExtremes(device, op);
}

/** Its cases, and an odd and an even random shape. */
const shapes = (op: Op): Dims[] =>
  op.relatedSizes ? [...op.cases] : [...op.cases, randomDims(op, 1, 70), randomDims(op, 2, 70)];

/** The longest grid that may be folded. */
const workgroups = (op: Op, dims: Dims): number =>
  Math.max(0, ...op.kernels(dims).map((k) => (k.linear ? k.grid[0] : 0)));

/** The op with such grids in two rows, as those of more than 65,535 workgroups are. */
const folded = (op: Op): Op => ({
  ...op,
  kernels: (d) => op.kernels(d).map((k) => (k.linear ? { ...k, grid: [Math.ceil(k.grid[0] / 2), 2, 1] } : k)),
});

/** The functions of one variable whose error must not depend on where x is, and where it might. */
export const extremes: Readonly<Record<string, { math: (x: number) => number; at: readonly number[] }>> = {
  [tanh.forward.name]: {
    math: Math.tanh,
    at: [0, 1e-30, 1e-4, 0.624, 0.626, 1, 5, 9.1, 20, 88, 1e4, 3e38].flatMap((x) => [x, -x]),
  },
  [elementwise.exp.name]: {
    math: Math.exp,
    at: [0, 1e-8, 0.34, 0.35, 1, 50, 88.7, -1, -50, -87, -200, -3e38],
  },
  [elementwise.log.name]: {
    math: Math.log,
    at: [1 - 2 ** -24, 1, 1 + 2 ** -23, 0.7, 0.71, 1.41, 1.42, 1.2e-38, 3e38],
  },
};

/** Two ulps, of which one is at most 1.2e-7 of a value; below the smallest normal number a device may flush to zero. */
const ULPS = { rtol: 2.4e-7, atol: 1.2e-38 };

async function testExtremes(device: GPUDevice, op: Op): Promise<KernelVerdict> {
  const { math, at } = extremes[op.name];
  const x = Float32Array.from(at);
  const [rows, columns] = op.bindings.x.dims;
  const dims = { [rows]: 1, [columns]: x.length };
  const { y } = await applyOp(device, op, dims, { x });
  const c = compareTensors("y", y, Float64Array.from(x, math), ULPS);
  const message = `${op.name} at x = ${x[c.worstIndex]}: ${explain(c)}`;
  return { op: op.name, dims, ok: c.ok, used: c.used, message, tensor: c.ok ? undefined : "y" };
}

/** What an op leaves in its bindings. */
export async function applyOp(
  device: GPUDevice,
  op: Op,
  dims: Dims,
  inputs: Record<string, Float32Array>,
): Promise<Record<string, AnyArray>> {
  const formals = Object.entries(op.bindings);
  const tensors = formals.map(([name, { dims: symbols, type }]): Tensor => {
    return { name, shape: symbols.map((s) => dims[s]), symbols, type, role: "state" };
  });
  const args = Object.fromEntries(formals.map(([name]) => [name, name]));
  const executable = await gpuMachine(device, "").compile(bindPlan("one op", tensors, [{ op, args }]));
  for (const [name, values] of Object.entries(inputs)) executable.upload(name, values);
  await executable.run(1, () => {});
  const results = await executable.download(Object.keys(args));
  executable.close();
  return results;
}
