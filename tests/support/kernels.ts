/** Judges an operation's kernels, plain and fast. The kernel tests run this over the registry, and the mutation harness over mutants. */
import { PipelineCache } from "../../src/gpu/pipelines.ts";
import { type KernelVerdict, testKernel } from "../../src/gpu/selftest.ts";
import { targetOf } from "../../src/gpu/target.ts";
import { arena } from "../../src/model/arena.ts";
import { STEPS } from "../../src/model/single/step.ts";
import { PARAMETERS } from "../../src/model/tensors.ts";
import { type Dims, type How, type Kernel, kernelsOf, type Op, RUNGS } from "../../src/plan/contract.ts";
import { kernelSource } from "../../src/plan/source.ts";
import { ANY_DEVICE, WORKGROUP_BYTES } from "../../src/plan/target.ts";
import { extremes } from "./extremes.ts";
import { randomDims } from "./random.ts";

/**
 * How much is judged. `case`: both rungs at one of the operation's cases. `least`: the same, but whole steps at their least sizes. `shapes`:
 * every shape, grid and extreme. `usual`: texts for other devices too. `all`: also those texts for other devices that differ from judged ones
 * in numbers alone.
 */
export type Extent = "least" | "case" | "shapes" | "usual" | "all";

/**
 * One verdict after another, always in the same order; a caller that wants only the first failure stops there.
 * @param right an operation whose kernels are known to be right: where `op` has the same text, it is not judged
 */
export async function* judge(
  device: GPUDevice,
  op: Op,
  extent: Extent = "all",
  right?: Op,
): AsyncGenerator<KernelVerdict> {
  const target = targetOf(device);
  const [plain, fast] = RUNGS.map((rung): How => ({ rung, target }));
  const done = new Set<string>();
  const mayBeWrong = (dims: Dims, how: How): boolean =>
    !right || textOf(op, dims, how) !== textOf(right, dims, how);
  /** Whether these kernels are judged at these sizes for the first time. */
  const isNew = (op: Op, dims: Dims, how: How): boolean => {
    if (!mayBeWrong(dims, how)) return false;
    const kernels = JSON.stringify(kernelsOf(op, dims, how).map((k) => [kernelSource(op, dims, k), k.grid]));
    const known = done.has(kernels);
    done.add(kernels);
    return !known;
  };

  // A fast kernel is judged against the plain one too, which was compiled for its own verdict; extremes have texts that came before.
  const pipelines = new PipelineCache(device);
  const test = async (of: Op, dims: Dims, seed: number, inputs: Parameters<typeof testKernel>[4], how: How) =>
    withParameter(op, await testKernel(device, of, dims, seed, inputs, how, pipelines));

  for (const [seed, dims] of ownShapes(op, extent).entries())
    for (const how of [plain, fast]) if (isNew(op, dims, how)) yield await test(op, dims, seed, {}, how);
  if (extent === "least" || extent === "case") return;
  for (const how of [plain, fast])
    for (const dims of widest(op, how))
      if (isNew(folded(op), dims, how)) yield await test(folded(op), dims, 0, {}, how);
  for (const { how, cases } of elsewhere(op, extent))
    for (const dims of cases)
      if (runs(op, dims, how, device) && isNew(op, dims, how)) yield await test(op, dims, 0, {}, how);
  for (const { dims, inputs, tolerance } of extremes[op.name] ?? [])
    for (const how of op.plain && op.fast ? [plain, fast] : [fast])
      if (mayBeWrong(dims, how))
        yield await test({ ...op, tolerance: tolerance ?? op.tolerance }, dims, 0, inputs, how);
  for (const dims of shapes(op))
    for (const how of [plain, fast])
      for (const kernel of kernelsOf(op, dims, how)) yield declared(op, dims, how, kernel);
}

const textOf = (op: Op, dims: Dims, how: How): string =>
  kernelsOf(op, dims, how)
    .map((k) => k.code)
    .join("\n");

/** The operation's cases, and an odd and an even random shape. */
export const shapes = (op: Op): Dims[] =>
  op.relatedSizes ? [...op.cases] : [...op.cases, randomDims(op, 1, 70), randomDims(op, 2, 70)];

/**
 * The whole step is seconds in a software device's compiler. Its operations share all of their text but the update, so that only the first
 * is judged at every case; the others, and all of them where one case is enough, at the one of odd sizes.
 */
function ownShapes(op: Op, extent: Extent): readonly Dims[] {
  if (extent === "least" && isWholeStep(op)) return leastCase(op);
  if (extent === "least" || extent === "case") return isWholeStep(op) ? oddCase(op) : op.cases.slice(0, 1);
  return isFollower(op) && extent !== "all" ? oddCase(op) : shapes(op);
}

export const isWholeStep = ({ name }: Pick<Op, "name">): boolean => name.startsWith("train_step.");

/** Whether another whole step has the same text but for the update. By name, since mutants are copies. */
const isFollower = (op: Op): boolean => isWholeStep(op) && op.name !== STEPS.sgd.name;

/** The least of the whole step's sizes, with the operation's own number of coefficients: all loops are so short that compilers drop them. */
const leastCase = (op: Op): Dims[] =>
  STEPS.sgd.cases.filter(({ H }) => H === 1).map((dims) => ({ ...op.cases[0], ...dims }));

/** The whole step's sizes that no vector divides. */
const oddCase = (op: Op): Dims[] => op.cases.filter(({ N, H }) => N % 2 && H === 53);

/**
 * Texts for other devices: those that have the least; and GPUs, for which no more changes than where a step keeps its activations. `usual`
 * keeps one of each structure, that is of texts that are equal but for their numbers. Every whole step has its own; of these it keeps those
 * of the first operation's next two cases, which have several blocks of rows and odd sizes. The notebook's sizes train in
 * tests/gpu/single.test.ts.
 */
function elsewhere(op: Op, extent: Extent): { how: How; cases: readonly Dims[] }[] {
  if (extent === "shapes" || (extent === "usual" && isFollower(op))) return [];
  const least: How = { rung: "fast", target: ANY_DEVICE };
  const most: How = { rung: "fast", target: { ...ANY_DEVICE, workgroupBytes: Math.max(...WORKGROUP_BYTES) } };
  if (extent === "usual" && !isWholeStep(op)) return [{ how: least, cases: structures(op, least) }];
  const all = extent === "all";
  return [
    { how: least, cases: all ? shapes(op) : op.cases.slice(1, 3) },
    { how: most, cases: op.cases.slice(all ? 0 : 1, 2) },
  ];
}

/** The first shape of each structure. */
function structures(op: Op, how: How): Dims[] {
  const first = new Map<string, Dims>();
  for (const dims of shapes(op)) {
    const text = kernelsOf(op, dims, how).map((k) => kernelSource(op, dims, k));
    const structure = text.join("\n").replace(/\d+/g, "#");
    if (!first.has(structure)) first.set(structure, dims);
  }
  return [...first.values()];
}

const runs = (op: Op, dims: Dims, how: How, { limits }: GPUDevice): boolean =>
  kernelsOf(op, dims, how).every((k) => (k.workgroupBytes ?? 0) <= limits.maxComputeWorkgroupStorageSize);

/** A whole step's verdict names an element of an arena, and its reader wants to know which parameter's it is. */
function withParameter(op: Op, verdict: KernelVerdict): KernelVerdict {
  const { V, T, E, H, N } = verdict.dims;
  const element = /\b(\w+)\[(\d+)\]/.exec(verdict.message);
  if (!isWholeStep(op) || !element || op.bindings[element[1]]?.dims.join() !== "P") return verdict;
  const { offsets } = arena({ vocabulary: V, context: T, embedding: E, hidden: H, batch: N });
  const parameter = PARAMETERS.findLast((name) => offsets[name] <= Number(element[2]))!;
  const place = `${element[0]}, which is ${parameter}[${Number(element[2]) - offsets[parameter]}],`;
  return { ...verdict, message: verdict.message.replace(element[0], place) };
}

/** Limits are checked against the invocations that a kernel declares, so its text must have that number. */
function declared(op: Op, dims: Dims, { rung }: How, { code, invocations }: Kernel): KernelVerdict {
  const value = (term: string) => Number(new RegExp(`const ${term} = (\\d+)u;`).exec(code)?.[1] ?? term);
  const size = /@workgroup_size\((.*?)\)/.exec(code)![1];
  const has = size.split(",").reduce((product, term) => product * value(term.trim()), 1);
  const ok = has === invocations;
  const message = `${op.name} (${rung}): ${invocations} invocations are declared, and its text has ${has}`;
  return {
    op: op.name,
    rung,
    dims,
    ok,
    used: ok ? 0 : Number.POSITIVE_INFINITY,
    message,
    tensor: ok ? undefined : "invocations",
  };
}

/** The longest grid that may be folded. */
const workgroups = (op: Op, dims: Dims, how: How): number =>
  Math.max(0, ...kernelsOf(op, dims, how).map((k) => (k.linear ? k.grid[0] : 0)));

/** The shapes whose grids can be folded; two at most, for an operation of many elements has another text than one of fewer. */
const widest = (op: Op, how: How): Dims[] =>
  shapes(op)
    .sort((a, b) => workgroups(op, b, how) - workgroups(op, a, how))
    .slice(0, 2)
    .filter((dims) => workgroups(op, dims, how) > 1);

/** The op with such grids folded into rows of two workgroups, as grids of more than 65,535 are folded into shorter rows. */
function folded(op: Op): Op {
  const fold = (kernels?: readonly Kernel[]) =>
    kernels?.map((k): Kernel => (k.linear ? { ...k, grid: [2, Math.ceil(k.grid[0] / 2), 1] } : k));
  return {
    ...op,
    plain: op.plain && ((d) => fold(op.plain!(d))!),
    fast: op.fast && ((d, target) => fold(op.fast!(d, target))),
  };
}
