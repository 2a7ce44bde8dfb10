/** Judges a kernel. The kernel tests run this over the registry, and the mutation harness over mutants. */
import { type KernelVerdict, testKernel } from "../../src/gpu/selftest.ts";
import { targetOf } from "../../src/gpu/target.ts";
import type { Dims, Kernel, Op } from "../../src/plan/contract.ts";
import { ANY_DEVICE, type Target, WORKGROUP_BYTES } from "../../src/plan/target.ts";
import { extremes } from "./extremes.ts";
import { randomDims } from "./random.ts";

/** One verdict after another, always in the same order; a caller that wants only the first failure stops there. */
export async function* judge(device: GPUDevice, op: Op): AsyncGenerator<KernelVerdict> {
  const target = targetOf(device);
  for (const [seed, dims] of shapes(op).entries()) yield await testKernel(device, op, dims, seed);
  // Two, for an operation of many elements has another text than one of fewer.
  const widest = [...shapes(op)].sort((a, b) => workgroups(op, b) - workgroups(op, a)).slice(0, 2);
  for (const dims of widest)
    if (workgroups(op, dims) > 1) yield await testKernel(device, folded(op), dims, 0);
  for (const { target: other, cases } of elsewhere(op))
    for (const dims of cases)
      if (differs(op, dims, other, target) && runs(op, dims, other, device))
        yield await testKernel(device, { ...op, kernels: (d) => op.kernels(d, other) }, dims, 0);
  for (const { dims, inputs, tolerance } of extremes[op.name] ?? [])
    yield await testKernel(device, { ...op, tolerance: tolerance ?? op.tolerance }, dims, 0, inputs);
  for (const dims of shapes(op))
    for (const kernel of op.kernels(dims, target)) yield declared(op, dims, kernel);
}

/** Texts for other devices: those that have the least; and GPUs, for which no more changes than where a step keeps its activations. */
const elsewhere = (op: Op): { target: Target; cases: readonly Dims[] }[] => [
  { target: ANY_DEVICE, cases: shapes(op) },
  { target: { ...ANY_DEVICE, workgroupBytes: Math.max(...WORKGROUP_BYTES) }, cases: op.cases.slice(0, 2) },
];

const differs = (op: Op, dims: Dims, a: Target, b: Target): boolean => {
  const texts = (target: Target) => op.kernels(dims, target).map((k) => k.code);
  return texts(a).join() !== texts(b).join();
};

const runs = (op: Op, dims: Dims, target: Target, { limits }: GPUDevice): boolean =>
  op.kernels(dims, target).every((k) => (k.workgroupBytes ?? 0) <= limits.maxComputeWorkgroupStorageSize);

/** Limits are checked against the invocations that a kernel declares, so its text must have that number. */
function declared(op: Op, dims: Dims, { code, invocations }: Kernel): KernelVerdict {
  const value = (term: string) => Number(new RegExp(`const ${term} = (\\d+)u;`).exec(code)?.[1] ?? term);
  const size = /@workgroup_size\((.*?)\)/.exec(code)![1];
  const has = size.split(",").reduce((product, term) => product * value(term.trim()), 1);
  const ok = has === invocations;
  const message = `${op.name}: ${invocations} invocations are declared, and its text has ${has}`;
  return {
    op: op.name,
    dims,
    ok,
    used: ok ? 0 : Number.POSITIVE_INFINITY,
    message,
    tensor: ok ? undefined : "invocations",
  };
}

/** The operation's cases, and an odd and an even random shape. */
const shapes = (op: Op): Dims[] =>
  op.relatedSizes ? [...op.cases] : [...op.cases, randomDims(op, 1, 70), randomDims(op, 2, 70)];

/** The longest grid that may be folded. */
const workgroups = (op: Op, dims: Dims): number =>
  Math.max(0, ...op.kernels(dims).map((k) => (k.linear ? k.grid[0] : 0)));

/** The op with such grids folded into rows of two workgroups, as grids of more than 65,535 are folded into shorter rows. */
const folded = (op: Op): Op => ({
  ...op,
  kernels: (d, target) =>
    op.kernels(d, target).map((k) => (k.linear ? { ...k, grid: [2, Math.ceil(k.grid[0] / 2), 1] } : k)),
});
