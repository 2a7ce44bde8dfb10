/** A compiled plan on a device: encodes many steps into one submit, creating no object per step. */
import type { AnyArray, Kernel } from "../ops/contract.ts";
import { checkLength, checkSteps, type Executable, type StepInputs } from "../ops/executable.ts";
import { type Plan, size, storage, type Tensor } from "../ops/plan.ts";

/** One pre-built dispatch. `offsets` holds a dynamic offset per ring binding, rewritten in place for each step. */
export interface Dispatch {
  readonly pipeline: GPUComputePipeline;
  readonly group: GPUBindGroup;
  readonly grid: Kernel["grid"];
  readonly offsets: Uint32Array;
  readonly strides: readonly number[];
}

export interface Ring {
  readonly tensor: Tensor;
  readonly buffer: GPUBuffer;
  /** Bytes from one step's slot to the next. */
  readonly stride: number;
}

/** What a plan was compiled into. */
export interface Parts {
  readonly device: GPUDevice;
  readonly plan: Plan;
  readonly capacity: number;
  /** One per tensor that is no view. */
  readonly buffers: ReadonlyMap<string, GPUBuffer>;
  readonly rings: readonly Ring[];
  readonly dispatches: readonly Dispatch[];
  readonly scratch: readonly GPUBuffer[];
  /** Holds every output ring, one after another. */
  readonly readback: GPUBuffer;
}

const arrayFor = (t: Tensor) => (t.type === "u32" ? Uint32Array : Float32Array);

export class GpuExecutable implements Executable {
  readonly plan: Plan;
  readonly capacity: number;
  readonly #device: GPUDevice;
  readonly #buffers: ReadonlyMap<string, GPUBuffer>;
  readonly #dispatches: readonly Dispatch[];
  readonly #scratch: readonly GPUBuffer[];
  /** Host side of the input rings: what is uploaded, and a view of it for every slot. */
  readonly #staging: { ring: Ring; host: Uint32Array<ArrayBuffer> }[];
  readonly #slots: StepInputs[];
  readonly #rings: readonly Ring[];
  readonly #outputs: readonly Ring[];
  readonly #readback: GPUBuffer;
  /** The slot of the last step run: what a ring's tensor now stands at. */
  #slot = 0;
  #running: Promise<unknown> = Promise.resolve();

  constructor(parts: Parts) {
    const { plan, capacity, rings } = parts;
    this.plan = plan;
    this.capacity = capacity;
    this.#device = parts.device;
    this.#buffers = parts.buffers;
    this.#dispatches = parts.dispatches;
    this.#scratch = parts.scratch;
    this.#readback = parts.readback;
    this.#rings = rings;
    this.#outputs = rings.filter((r) => r.tensor.role === "output");
    this.#staging = rings
      .filter((r) => r.tensor.role === "input")
      .map((ring) => ({ ring, host: new Uint32Array((capacity * ring.stride) / 4) }));
    this.#slots = Array.from({ length: capacity }, (_, step) =>
      Object.fromEntries(
        this.#staging.map(({ ring, host }) => {
          const array = arrayFor(ring.tensor);
          return [ring.tensor.name, new array(host.buffer, step * ring.stride, size(ring.tensor))];
        }),
      ),
    );
  }

  get dispatches(): number {
    return this.#dispatches.length;
  }

  upload(name: string, values: ArrayLike<number>): void {
    const { tensor, buffer, offset } = this.#find(name);
    checkLength(name, size(tensor), values);
    this.#device.queue.writeBuffer(buffer, offset, arrayFor(tensor).from(values));
  }

  async download(names: readonly string[]): Promise<Record<string, AnyArray>> {
    const device = this.#device;
    const parts = names.map((name) => ({ name, ...this.#find(name) }));
    const bytes = parts.reduce((sum, p) => sum + 4 * size(p.tensor), 0);
    if (bytes > device.limits.maxBufferSize && names.length > 1) {
      const half = names.length >> 1;
      return { ...(await this.download(names.slice(0, half))), ...(await this.download(names.slice(half))) };
    }
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
        const array = arrayFor(p.tensor);
        const values = new array(copy, at, size(p.tensor));
        at += 4 * size(p.tensor);
        return [p.name, values];
      }),
    );
  }

  /** A run that is asked for while another is under way waits for it: both read back through one buffer. */
  run(steps: number, fill: (inputs: StepInputs, step: number) => void): Promise<Record<string, AnyArray>> {
    const result = this.#running.then(() => this.#run(steps, fill));
    this.#running = result.catch(() => {});
    return result;
  }

  async #run(
    steps: number,
    fill: (inputs: StepInputs, step: number) => void,
  ): Promise<Record<string, AnyArray>> {
    checkSteps(this, steps);
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
    this.#slot = steps - 1;
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
      const array = arrayFor(tensor);
      const n = size(tensor);
      const packed = new array(steps * n);
      const slots = new array(mapped, at, (steps * stride) / 4);
      for (let i = 0; i < steps * n; i++) packed[i] = slots[(Math.floor(i / n) * stride) / 4 + (i % n)];
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
    const slot = this.#rings.find((r) => r.tensor === root)?.stride ?? 0;
    return { tensor, buffer: this.#buffers.get(root.name)!, offset: 4 * offset + this.#slot * slot };
  }
}
