/**
 * Runs an operation's kernels by themselves, on fresh buffers that are filled with NaN where the kernels write, with guard words
 * behind every buffer.
 */
import {
  type AnyArray,
  type Binding,
  bindingNames,
  type Dims,
  elements,
  type Kernel,
  type Op,
  scratchOf,
} from "../plan/contract.ts";
import { PipelineCache } from "./pipelines.ts";
import { waitingFor } from "./waiting.ts";

/** Words behind the end of each buffer. */
export const GUARD_WORDS = 64;
const POISON = 0x7fc00000;
/**
 * Another for each buffer, to catch a kernel that copies one buffer's guard behind another; and a NaN, to catch one that reads past
 * an end, even if it multiplies what it reads by 0. 3e38 where a kernel updates, since arithmetic may leave a NaN's bits unchanged.
 */
const guard = (binding: number, b: Binding | undefined): number =>
  (b?.access === "update" ? 0x7f61b100 : 0xffc0de00) + binding;

/** The 32-bit words of a float32 or index array. */
export const bits = (a: AnyArray): Uint32Array =>
  a instanceof Uint32Array ? a : new Uint32Array(Float32Array.from(a).buffer);

/** What a buffer holds after the kernels ran. */
export interface Left {
  readonly name: string;
  /** Its words without the guard. */
  readonly words: Uint32Array;
  /** The first guard word that was overwritten, counted from the buffer's beginning; −1 if none was. */
  readonly broken: number;
}

/**
 * @param inputs of everything that is read or updated; words for what is written take the place of NaN
 * @param pipelines that were compiled before
 */
export async function runAlone(
  device: GPUDevice,
  op: Op,
  dims: Dims,
  kernels: readonly Kernel[],
  inputs: Readonly<Record<string, AnyArray>>,
  pipelines: PipelineCache = new PipelineCache(device),
): Promise<Left[]> {
  const waiting = await waitingFor(device);
  const scratch = scratchOf(kernels);
  const names = [...Object.keys(op.bindings), ...Object.keys(scratch)];
  const sizes = names.map((name) =>
    name in op.bindings ? elements(op.bindings[name], dims) : scratch[name],
  );
  const guards = names.map((name, i) => guard(i, op.bindings[name]));
  const buffers = names.map((name, i) => {
    const words = new Uint32Array(sizes[i] + GUARD_WORDS).fill(POISON);
    if (inputs[name]) words.set(bits(inputs[name]));
    words.fill(guards[i], sizes[i]);
    const buffer = device.createBuffer({
      label: name,
      size: words.byteLength,
      usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
    });
    device.queue.writeBuffer(buffer, 0, words);
    return buffer;
  });
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  for (const kernel of kernels) {
    const bound = bindingNames(op, kernel);
    const { pipeline, layout } = await pipelines.get(
      { op, dims, args: {} },
      kernel,
      bound.map(() => false),
    );
    // The whole buffer is bound, guard included, so that a write past the end lands where it is seen.
    const entries = bound.map((name, binding) => ({
      binding,
      resource: { buffer: buffers[names.indexOf(name)] },
    }));
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, device.createBindGroup({ layout, entries }));
    pass.dispatchWorkgroups(...kernel.grid);
  }
  pass.end();
  const target = device.createBuffer({
    size: buffers.reduce((sum, b) => sum + b.size, 0),
    usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
  });
  let at = 0;
  for (const b of buffers) {
    encoder.copyBufferToBuffer(b, 0, target, at, b.size);
    at += b.size;
  }
  device.queue.submit([encoder.finish()]);
  await waiting.settle(() => target.mapAsync(GPUMapMode.READ));
  const mapped = target.getMappedRange();
  at = 0;
  const left = names.map((name, i): Left => {
    const all = new Uint32Array(mapped.slice(at, at + buffers[i].size));
    at += buffers[i].size;
    const broken = all.subarray(sizes[i]).findIndex((w) => w !== guards[i]);
    return { name, words: all.subarray(0, sizes[i]), broken: broken < 0 ? -1 : sizes[i] + broken };
  });
  for (const b of [...buffers, target]) b.destroy();
  return left;
}
