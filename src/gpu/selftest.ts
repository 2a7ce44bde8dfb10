/**
 * One kernel against its CPU twin: outputs poisoned with NaN, guard words behind every buffer, an error scope around
 * it all. The tests, and `doctor` on the user's own device, run this over every operation's cases.
 */

import { compareValues } from "../plan/compare.ts";
import {
  type AnyArray,
  type Binding,
  bindingNames,
  type Dims,
  type Domain,
  elements,
  type Op,
  scratchOf,
} from "../plan/contract.ts";
import { TorchGenerator } from "../random/torch.ts";
import { KernelError, PipelineCache } from "./pipelines.ts";
import { targetOf } from "./target.ts";

/** The verdict on one op at one shape; on failure `message` names op, shape, tensor and worst index. */
export interface KernelVerdict {
  readonly op: string;
  readonly dims: Dims;
  readonly ok: boolean;
  /** Largest share of the tolerance that any element used; 1 is the limit. */
  readonly used: number;
  readonly message: string;
  /** The buffer that was wrong; absent if none was, or if the kernel did not run at all. */
  readonly tensor?: string;
}

const GUARD_WORDS = 64;
const POISON = 0x7fc00000;
/**
 * Each buffer's own, so that a kernel which copies one buffer's guard behind another is seen; and a NaN, so that one which
 * reads past an end is, even if it multiplies by 0 what it reads. Where a kernel updates, 3e38: subtracting from a NaN may leave its bits.
 */
const guard = (binding: number, b: Binding | undefined): number =>
  (b?.access === "update" ? 0x7f61b100 : 0xffc0de00) + binding;

/**
 * @param seed draws the inputs
 * @param given inputs to take instead of drawn ones
 */
export async function testKernel(
  device: GPUDevice,
  op: Op,
  dims: Dims,
  seed: number,
  given: Readonly<Record<string, AnyArray>> = {},
): Promise<KernelVerdict> {
  const inputs = { ...given, ...drawInputs(op, dims, seed, given) };
  const shape = Object.entries(dims)
    .map(([symbol, n]) => `${symbol}=${n}`)
    .join(" ");
  const verdict = (ok: boolean, used: number, message: string, tensor?: string): KernelVerdict => ({
    op: op.name,
    dims,
    ok,
    used,
    message: `${op.name} (${shape}): ${message}`,
    tensor,
  });

  device.pushErrorScope("validation");
  const [dispatched] = await Promise.allSettled([dispatch(device, op, dims, inputs)]);
  const invalid = await device.popErrorScope();
  if (dispatched.status === "rejected") {
    const { reason } = dispatched;
    if (!invalid && !(reason instanceof KernelError)) throw reason;
    return verdict(
      false,
      Number.POSITIVE_INFINITY,
      reason instanceof KernelError ? reason.message : invalid!.message,
    );
  }
  if (invalid) return verdict(false, Number.POSITIVE_INFINITY, invalid.message);
  const got = dispatched.value;

  const want = runTwin(op, dims, inputs);
  let used = 0;
  for (const [binding, [name, words]] of Object.entries(got).entries()) {
    const b: Binding | undefined = op.bindings[name];
    const n = words.length - GUARD_WORDS;
    const broken = words.subarray(n).findIndex((w) => w !== guard(binding, b));
    if (broken >= 0)
      return verdict(false, used, `${name} was written past its end (word ${n + broken} of ${n})`, name);
    if (!b) continue;
    if (b.access === "read") {
      const given = bits(inputs[name]);
      const changed = given.findIndex((w, i) => w !== words[i]);
      if (changed >= 0) return verdict(false, used, `${name}[${changed}] is an input, but was changed`, name);
      continue;
    }
    const values = b.type === "u32" ? words.subarray(0, n) : new Float32Array(words.buffer, 0, n);
    // An index is right or wrong, whatever the op allows its floats.
    const tolerance = b.type === "u32" ? { rtol: 0, atol: 0 } : op.tolerance;
    const { approximate, worst } = compareValues(values, want[name], tolerance);
    used = Math.max(used, worst.used);
    if (!approximate)
      return verdict(
        false,
        worst.used,
        `${name}[${worst.index}] is ${worst.got}, want ${worst.want} (${worst.used.toPrecision(3)} × tolerance)`,
        name,
      );
  }
  return verdict(true, used, `${(100 * used).toFixed(1)} % of the tolerance used`);
}

/** Random values that respect every binding's domain. Written bindings are absent, and those that are given. */
function drawInputs(op: Op, dims: Dims, seed: number, given: object): Record<string, AnyArray> {
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
function runTwin(op: Op, dims: Dims, inputs: Record<string, AnyArray>): Record<string, AnyArray> {
  const args = Object.fromEntries(
    Object.entries(op.bindings).map(([name, b]) => {
      const array = b.type === "u32" ? Uint32Array : Float64Array;
      return [name, inputs[name] ? new array(inputs[name]) : new array(elements(b, dims))];
    }),
  );
  op.twin(args, dims);
  return args;
}

/** Runs the op's kernels on fresh buffers; returns every buffer's words, guard included, by binding name. */
async function dispatch(
  device: GPUDevice,
  op: Op,
  dims: Dims,
  inputs: Record<string, AnyArray>,
): Promise<Record<string, Uint32Array<ArrayBuffer>>> {
  const names = bindingNames(op, dims);
  const scratch = new Map(scratchOf(op, dims).map((s) => [s.name, s.floats]));
  const buffers = names.map((name, binding) => {
    const n = name in op.bindings ? elements(op.bindings[name], dims) : scratch.get(name)!;
    const words = new Uint32Array(n + GUARD_WORDS).fill(POISON);
    if (inputs[name]) words.set(bits(inputs[name]));
    words.fill(guard(binding, op.bindings[name]), n);
    const buffer = device.createBuffer({
      label: name,
      size: words.byteLength,
      usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
    });
    device.queue.writeBuffer(buffer, 0, words);
    return buffer;
  });
  const pipelines = new PipelineCache(device);
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  for (const kernel of op.kernels(dims, targetOf(device))) {
    const { pipeline, layout } = await pipelines.get(
      { op, dims, args: {} },
      kernel,
      names.map(() => false),
    );
    pass.setPipeline(pipeline);
    // The whole buffer is bound, guard included, so that a write past the end lands where it is seen.
    pass.setBindGroup(
      0,
      device.createBindGroup({
        layout,
        entries: buffers.map((buffer, binding) => ({ binding, resource: { buffer } })),
      }),
    );
    pass.dispatchWorkgroups(...kernel.grid);
  }
  pass.end();
  const total = buffers.reduce((sum, b) => sum + b.size, 0);
  const target = device.createBuffer({
    size: total,
    usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
  });
  let at = 0;
  for (const b of buffers) {
    encoder.copyBufferToBuffer(b, 0, target, at, b.size);
    at += b.size;
  }
  device.queue.submit([encoder.finish()]);
  await target.mapAsync(GPUMapMode.READ);
  const mapped = target.getMappedRange();
  at = 0;
  const result: Record<string, Uint32Array<ArrayBuffer>> = {};
  for (const [i, name] of names.entries()) {
    result[name] = new Uint32Array(mapped.slice(at, at + buffers[i].size));
    at += buffers[i].size;
  }
  for (const b of [...buffers, target]) b.destroy();
  return result;
}

/** The 32-bit words of a float32 or index array. */
const bits = (a: AnyArray): Uint32Array =>
  a instanceof Uint32Array ? a : new Uint32Array(Float32Array.from(a).buffer);
