/**
 * One operation's kernels against its CPU twin, and fast kernels against the plain ones too. The tests, and `doctor` on the user's own
 * device, run this over every operation's cases.
 */

import { compareValues } from "../plan/compare.ts";
import {
  type AnyArray,
  type Computation,
  type Dims,
  type Domain,
  elements,
  type How,
  type Kernel,
  kernelsOf,
  type Op,
  type Rung,
} from "../plan/contract.ts";
import { TorchGenerator } from "../random/torch.ts";
import { bits, type Left, runAlone } from "./alone.ts";
import { KernelError, PipelineCache } from "./pipelines.ts";
import { targetOf } from "./target.ts";

/** The verdict on one op at one shape; on failure `message` names op, rung, shape, tensor and worst index. */
export interface KernelVerdict {
  readonly op: string;
  readonly rung: Rung;
  readonly dims: Dims;
  readonly ok: boolean;
  /** Largest share of the tolerance that any element used; 1 is the limit. */
  readonly used: number;
  readonly message: string;
  /** The buffer that was wrong; absent if none was, or if the kernel did not run at all. */
  readonly tensor?: string;
}

/** What is wrong, in words and by the buffer's name. */
interface Fault {
  readonly used: number;
  readonly message: string;
  readonly tensor?: string;
}

type Values = Readonly<Record<string, AnyArray>>;

/**
 * @param seed draws the inputs
 * @param given inputs to take instead of drawn ones
 * @param how which kernels; by default the fast ones for this device
 * @param pipelines that were compiled before
 */
export async function testKernel(
  device: GPUDevice,
  op: Op,
  dims: Dims,
  seed: number,
  given: Values = {},
  how: Partial<How> = {},
  pipelines = new PipelineCache(device),
): Promise<KernelVerdict> {
  const asked: How = { rung: "fast", target: targetOf(device), ...how };
  const kernels = kernelsOf(op, dims, asked);
  const plain = op.plain?.(dims);
  const isPlain = plain !== undefined && sameText(kernels, plain);
  const inputs = { ...given, ...drawInputs(op, dims, seed, given) };
  const shape = Object.entries(dims)
    .map(([symbol, n]) => `${symbol}=${n}`)
    .join(" ");
  const rung: Rung = isPlain ? "plain" : "fast";
  const verdict = (ok: boolean, { used, message, tensor }: Fault): KernelVerdict => ({
    op: op.name,
    rung,
    dims,
    ok,
    used,
    message: `${op.name} (${rung}, ${shape}): ${message}`,
    tensor,
  });

  const got = await attempt(device, op, dims, kernels, inputs, pipelines);
  if (!Array.isArray(got)) return verdict(false, got);
  const damaged = damage(op, got, inputs);
  if (damaged) return verdict(false, damaged);
  const twin = compare(op, got, runTwin(op, dims, inputs), "want");
  if (twin.used > 1 || isPlain || !plain) return verdict(twin.used <= 1, twin);
  // Both may be within the tolerance, but on opposite sides of the twin: they must be as close to each other.
  const below = await attempt(device, op, dims, plain, inputs, pipelines);
  // A plain kernel that does not run fails by its own verdict, not by this one.
  if (!Array.isArray(below)) return verdict(true, twin);
  const rungs = compare(op, got, valuesOf(op, below), "the plain kernel has");
  return rungs.used > 1 ? verdict(false, rungs) : verdict(true, twin);
}

const sameText = (a: readonly Kernel[], b: readonly Kernel[]): boolean =>
  a.length === b.length && a.every((k, i) => k.code === b[i].code);

/** What the kernels leave behind, or why they do not run. */
async function attempt(
  device: GPUDevice,
  op: Op,
  dims: Dims,
  kernels: readonly Kernel[],
  inputs: Values,
  pipelines: PipelineCache,
): Promise<Left[] | Fault> {
  device.pushErrorScope("validation");
  const [run] = await Promise.allSettled([runAlone(device, op, dims, kernels, inputs, pipelines)]);
  const invalid = await device.popErrorScope();
  if (run.status === "fulfilled" && !invalid) return run.value;
  const error = run.status === "rejected" ? run.reason : undefined;
  if (error && !invalid && !(error instanceof KernelError)) throw error;
  const message = error instanceof KernelError ? error.message : invalid!.message;
  return { used: Number.POSITIVE_INFINITY, message };
}

/** A buffer that was written past its end, or an input that was changed. */
function damage(op: Op, left: readonly Left[], inputs: Values): Fault | undefined {
  for (const { name, words, broken } of left) {
    const used = Number.POSITIVE_INFINITY;
    if (broken >= 0)
      return {
        used,
        message: `${name} was written past its end (word ${broken} of ${words.length})`,
        tensor: name,
      };
    if (op.bindings[name]?.access !== "read") continue;
    const changed = bits(inputs[name]).findIndex((w, i) => w !== words[i]);
    if (changed >= 0)
      return { used, message: `${name}[${changed}] is an input, but was changed`, tensor: name };
  }
  return undefined;
}

/** What the kernels wrote, by name. */
const valuesOf = (op: Op, left: readonly Left[]): Values =>
  Object.fromEntries(
    left
      .filter(({ name }) => name in op.bindings && op.bindings[name].access !== "read")
      .map(({ name, words }) => [
        name,
        op.bindings[name].type === "u32"
          ? words
          : new Float32Array(words.buffer as ArrayBuffer, words.byteOffset, words.length),
      ]),
  );

/** The first output that is beyond the op's tolerance, or else the largest share of it that was used. */
function compare(op: Op, left: readonly Left[], want: Values, other: string): Fault {
  let used = 0;
  for (const [name, values] of Object.entries(valuesOf(op, left))) {
    // An index is right or wrong, whatever the op allows its floats.
    const tolerance = op.bindings[name].type === "u32" ? { rtol: 0, atol: 0 } : op.tolerance;
    const { worst } = compareValues(values, want[name], tolerance);
    used = Math.max(used, worst.used);
    if (worst.used > 1)
      return {
        used: worst.used,
        message: `${name}[${worst.index}] is ${worst.got}, ${other} ${worst.want} (${worst.used.toPrecision(3)} × tolerance)`,
        tensor: name,
      };
  }
  return { used, message: `${(100 * used).toFixed(1)} % of the tolerance used` };
}

/** Random values that respect every binding's domain. Written bindings are absent, and those that are given. */
export function drawInputs(
  op: Computation,
  dims: Dims,
  seed: number,
  given: object,
): Record<string, AnyArray> {
  const g = new TorchGenerator(seed);
  return Object.fromEntries(
    Object.entries(op.bindings)
      .filter(([name, b]) => b.access !== "write" && !(name in given))
      .map(([name, b]) => [name, draw(g, b.domain, elements(b, dims), dims)]),
  );
}

/** Values of a domain; positive ones spread over e^(−3…3) or so. */
export function draw(g: TorchGenerator, domain: Domain, n: number, dims: Dims): Float32Array | Uint32Array {
  if (domain === "unit") return g.rand(n);
  if (domain === "positive") return g.randn(n).map(Math.exp);
  if (domain === "any") return g.randn(n);
  const { from, below } = domain;
  return g.randint(dims[below] - from, n).map((i) => from + i);
}

/** The twin in float64 on the same float32 inputs. */
export function runTwin(op: Computation, dims: Dims, inputs: Values): Record<string, AnyArray> {
  const args = Object.fromEntries(
    Object.entries(op.bindings).map(([name, b]) => {
      const array = b.type === "u32" ? Uint32Array : Float64Array;
      return [name, inputs[name] ? new array(inputs[name]) : new array(elements(b, dims))];
    }),
  );
  op.twin(args, dims);
  return args;
}
