/** The scheduler: compiles a plan once, then encodes many steps of it into one submit. */
import { type AnyArray, bindingNames, type Kernel } from "../ops/contract.ts";
import { type Executable, type Machine, ringCapacity, type StepInputs } from "../ops/executable.ts";
import { type BoundCall, type Plan, size, storage, type Tensor } from "../ops/plan.ts";
import { checkLimits } from "./limits.ts";
import { PipelineCache } from "./pipelines.ts";

/** The coarsest `minStorageBufferOffsetAlignment` that WebGPU allows, in bytes. */
const ALIGN = 256;
const ringStride = (elements: number): number => Math.ceil((4 * elements) / ALIGN) * ALIGN;

/** Plans on one device; `name` is the adapter's. The caller keeps the device and closes it. */
export function gpuMachine(device: GPUDevice, name: string): Machine {
  const pipelines = new PipelineCache(device);
  return {
    backend: "gpu",
    name,
    compile: (plan) => compile(device, pipelines, plan),
    close: () => {},
  };
}

/** One pre-built dispatch. `offsets` holds a dynamic offset per ring binding, rewritten in place for each step. */
interface Dispatch {
  readonly pipeline: GPUComputePipeline;
  readonly group: GPUBindGroup;
  readonly grid: Kernel["grid"];
  readonly offsets: Uint32Array;
  readonly strides: readonly number[];
}

interface Ring {
  readonly tensor: Tensor;
  readonly buffer: GPUBuffer;
  /** Bytes from one step's slot to the next. */
  readonly stride: number;
}

async function compile(device: GPUDevice, pipelines: PipelineCache, plan: Plan): Promise<Executable> {
  const kernels = new Map(plan.calls.map((c) => [c, c.op.kernels(c.dims)]));
  checkLimits(plan, kernels, device.limits);

  const isRing = (t: Tensor) => t.role === "input" || t.role === "output";
  const dynamic = (c: BoundCall) =>
    bindingNames(c.op, c.dims).map(
      (formal) => formal in c.args && isRing(storage(plan.tensors, c.args[formal]).root),
    );
  const compiled = new Map(
    await Promise.all(
      [...kernels].map(
        async ([c, ks]) => [c, await Promise.all(ks.map((k) => pipelines.get(c, k, dynamic(c))))] as const,
      ),
    ),
  );

  device.pushErrorScope("out-of-memory");
  const capacity = ringCapacity(plan, ringStride);
  const buffers = new Map<string, GPUBuffer>();
  const rings: Ring[] = [];
  const allocate = (label: string, bytes: number) =>
    device.createBuffer({
      label,
      size: Math.max(4, bytes),
      usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
    });
  for (const t of plan.tensors.values()) {
    if (t.view) continue;
    const stride = ringStride(size(t));
    const buffer = allocate(t.name, isRing(t) ? capacity * stride : 4 * size(t));
    buffers.set(t.name, buffer);
    if (isRing(t)) rings.push({ tensor: t, buffer, stride });
  }

  const scratch: GPUBuffer[] = [];
  const dispatches: Dispatch[] = [];
  for (const [c, ks] of kernels) {
    const own = new Map(
      Object.entries(c.op.scratch?.(c.dims) ?? {}).map(([formal, floats]) => [
        formal,
        allocate(`${c.op.name} ${formal}`, 4 * floats),
      ]),
    );
    scratch.push(...own.values());
    const resources = bindingNames(c.op, c.dims).map((formal): GPUBufferBinding => {
      const buffer = own.get(formal);
      if (buffer) return { buffer };
      const tensor = plan.tensors.get(c.args[formal])!;
      const { root, offset } = storage(plan.tensors, tensor.name);
      return { buffer: buffers.get(root.name)!, offset: 4 * offset, size: 4 * size(tensor) };
    });
    const strides = Object.values(c.args).flatMap((t) =>
      rings.filter((r) => r.tensor.name === t).map((r) => r.stride),
    );
    for (const [i, k] of ks.entries()) {
      const { pipeline, layout } = compiled.get(c)![i];
      const group = device.createBindGroup({
        label: c.op.name,
        layout,
        entries: resources.map((resource, binding) => ({ binding, resource })),
      });
      dispatches.push({ pipeline, group, grid: k.grid, offsets: new Uint32Array(strides.length), strides });
    }
  }
  const outOfMemory = await device.popErrorScope();
  if (outOfMemory) {
    for (const b of [...buffers.values(), ...scratch]) b.destroy();
    throw new RangeError(
      `the device has not enough memory for plan ${plan.name}: use a smaller batch or hidden size`,
    );
  }
  return new GpuExecutable(device, plan, capacity, buffers, rings, dispatches, scratch);
}

class GpuExecutable implements Executable {
  readonly plan: Plan;
  readonly capacity: number;
  readonly #device: GPUDevice;
  readonly #buffers: ReadonlyMap<string, GPUBuffer>;
  readonly #dispatches: readonly Dispatch[];
  readonly #scratch: readonly GPUBuffer[];
  /** Host side of the input rings: what is uploaded, and a view of it for every slot. */
  readonly #staging: { ring: Ring; host: Uint32Array<ArrayBuffer> }[];
  readonly #slots: StepInputs[];
  readonly #outputs: readonly Ring[];
  readonly #readback: GPUBuffer;

  constructor(
    device: GPUDevice,
    plan: Plan,
    capacity: number,
    buffers: ReadonlyMap<string, GPUBuffer>,
    rings: readonly Ring[],
    dispatches: readonly Dispatch[],
    scratch: readonly GPUBuffer[],
  ) {
    this.plan = plan;
    this.capacity = capacity;
    this.#device = device;
    this.#buffers = buffers;
    this.#dispatches = dispatches;
    this.#scratch = scratch;
    this.#staging = rings
      .filter((r) => r.tensor.role === "input")
      .map((ring) => ({ ring, host: new Uint32Array((capacity * ring.stride) / 4) }));
    this.#slots = Array.from({ length: capacity }, (_, step) =>
      Object.fromEntries(
        this.#staging.map(({ ring, host }) => {
          const array = ring.tensor.type === "u32" ? Uint32Array : Float32Array;
          return [ring.tensor.name, new array(host.buffer, step * ring.stride, size(ring.tensor))];
        }),
      ),
    );
    this.#outputs = rings.filter((r) => r.tensor.role === "output");
    this.#readback = device.createBuffer({
      label: "outputs",
      size: Math.max(4, capacity * this.#outputs.reduce((sum, r) => sum + r.stride, 0)),
      usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
    });
  }

  get dispatches(): number {
    return this.#dispatches.length;
  }

  upload(name: string, values: ArrayLike<number>): void {
    const { tensor, buffer, offset } = this.#find(name);
    const data = tensor.type === "u32" ? Uint32Array.from(values) : Float32Array.from(values);
    this.#device.queue.writeBuffer(buffer, offset, data);
  }

  async download(names: readonly string[]): Promise<Record<string, AnyArray>> {
    const device = this.#device;
    const parts = names.map((name) => ({ name, ...this.#find(name) }));
    const bytes = parts.reduce((sum, p) => sum + 4 * size(p.tensor), 0);
    const target = device.createBuffer({
      label: "download",
      size: Math.max(4, bytes),
      usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
    });
    const encoder = device.createCommandEncoder({ label: "download" });
    let at = 0;
    for (const p of parts) {
      encoder.copyBufferToBuffer(p.buffer, p.offset, target, at, 4 * size(p.tensor));
      at += 4 * size(p.tensor);
    }
    device.queue.submit([encoder.finish()]);
    await target.mapAsync(GPUMapMode.READ);
    const copy = target.getMappedRange().slice(0);
    target.destroy();
    at = 0;
    return Object.fromEntries(
      parts.map((p) => {
        const array = p.tensor.type === "u32" ? Uint32Array : Float32Array;
        const values = new array(copy, at, size(p.tensor));
        at += 4 * size(p.tensor);
        return [p.name, values];
      }),
    );
  }

  async run(
    steps: number,
    fill: (inputs: StepInputs, step: number) => void,
  ): Promise<Record<string, AnyArray>> {
    if (!Number.isInteger(steps) || steps < 1 || steps > this.capacity)
      throw new RangeError(
        `one run holds 1 to ${this.capacity} steps of plan ${this.plan.name}, not ${steps}`,
      );
    for (let step = 0; step < steps; step++) fill(this.#slots[step], step);
    for (const { ring, host } of this.#staging)
      this.#device.queue.writeBuffer(ring.buffer, 0, host, 0, (steps * ring.stride) / 4);

    const encoder = this.#device.createCommandEncoder({ label: this.plan.name });
    const pass = encoder.beginComputePass({ label: this.plan.name });
    for (let step = 0; step < steps; step++) this.#encode(pass, step);
    pass.end();
    let at = 0;
    for (const { buffer, stride } of this.#outputs) {
      encoder.copyBufferToBuffer(buffer, 0, this.#readback, at, steps * stride);
      at += steps * stride;
    }
    this.#device.queue.submit([encoder.finish()]);
    return this.#readOutputs(steps, at);
  }

  #encode(pass: GPUComputePassEncoder, step: number): void {
    for (const d of this.#dispatches) {
      for (let i = 0; i < d.strides.length; i++) d.offsets[i] = step * d.strides[i];
      pass.setPipeline(d.pipeline);
      pass.setBindGroup(0, d.group, d.offsets, 0, d.offsets.length);
      pass.dispatchWorkgroups(d.grid[0], d.grid[1], d.grid[2]);
    }
  }

  /** Waits for the device and packs the outputs' slots together. */
  async #readOutputs(steps: number, bytes: number): Promise<Record<string, AnyArray>> {
    if (this.#outputs.length === 0) {
      await this.#device.queue.onSubmittedWorkDone();
      return {};
    }
    await this.#readback.mapAsync(GPUMapMode.READ, 0, bytes);
    const mapped = this.#readback.getMappedRange(0, bytes);
    let at = 0;
    const results: Record<string, AnyArray> = {};
    for (const { tensor, stride } of this.#outputs) {
      const array = tensor.type === "u32" ? Uint32Array : Float32Array;
      const n = size(tensor);
      const packed = new array(steps * n);
      for (let step = 0; step < steps; step++) packed.set(new array(mapped, at + step * stride, n), step * n);
      at += steps * stride;
      results[tensor.name] = packed;
    }
    this.#readback.unmap();
    return results;
  }

  close(): void {
    for (const b of [...this.#buffers.values(), ...this.#scratch, this.#readback]) b.destroy();
  }

  #find(name: string): { tensor: Tensor; buffer: GPUBuffer; offset: number } {
    const tensor = this.plan.tensors.get(name);
    if (!tensor) throw new RangeError(`plan ${this.plan.name} has no tensor ${name}`);
    const { root, offset } = storage(this.plan.tensors, name);
    return { tensor, buffer: this.#buffers.get(root.name)!, offset: 4 * offset };
  }
}
