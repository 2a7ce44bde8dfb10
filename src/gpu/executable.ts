/** A compiled plan on a device: encodes many steps into one submit, creating no object per step. */
import type { AnyArray, Kernel } from "../plan/contract.ts";
import { checkLength, checkSteps, type Executable, Inputs, type StepInputs } from "../plan/executable.ts";
import { Life } from "../plan/life.ts";
import { type BoundCall, type Plan, size, storage, type Tensor } from "../plan/plan.ts";
import { StaleError, Watch } from "./faults.ts";
import { lossOf } from "./loss.ts";
import { Runs, type Waiting } from "./waiting.ts";

/** One pre-built dispatch. `offsets` holds a dynamic offset per ring binding, rewritten in place for each step. */
export interface Dispatch {
  readonly call: BoundCall;
  readonly kernel: Kernel;
  readonly pipeline: GPUComputePipeline;
  readonly group: GPUBindGroup;
  readonly offsets: Uint32Array;
  readonly strides: readonly number[];
}

export interface Ring {
  readonly tensor: Tensor;
  readonly buffer: GPUBuffer;
  /** Bytes from one step's slot to the next. */
  readonly stride: number;
}

/** What a plan is compiled into. */
export interface Parts {
  readonly device: GPUDevice;
  /** The device is the host's processor. */
  readonly software: boolean;
  readonly waiting: Waiting;
  /** The machine's. */
  readonly machine: Life;
  readonly plan: Plan;
  readonly capacity: number;
  /** One per tensor that is not a view. */
  readonly buffers: ReadonlyMap<string, GPUBuffer>;
  readonly rings: readonly Ring[];
  readonly dispatches: readonly Dispatch[];
  readonly scratch: readonly GPUBuffer[];
  /** Holds every output ring, one after another, and then the tensors that a run is asked to keep. */
  readonly readback: GPUBuffer;
}

/** All of a plan's memory on the device. */
export const buffersOf = ({ buffers, scratch, readback }: Parts): GPUBuffer[] => [
  ...buffers.values(),
  ...scratch,
  readback,
];

/** Neighbouring dispatches of a step. */
export interface Section {
  /**
   * Runs them so many times in one compute pass, on the inputs of the last run's first step, and resolves when they are done. What they
   * update is updated every time.
   * @param stamps takes the times of the pass's beginning and end
   */
  run(repeats: number, stamps?: GPUComputePassTimestampWrites): Promise<void>;
}

/** Part of a tensor's buffer, in bytes. */
interface Part {
  readonly tensor: Tensor;
  readonly buffer: GPUBuffer;
  readonly offset: number;
}

const arrayFor = (t: Tensor) => (t.type === "u32" ? Uint32Array : Float32Array);

export class GpuExecutable implements Executable {
  readonly plan: Plan;
  readonly capacity: number;
  readonly #parts: Parts;
  /** Host side of the input rings: the data to upload, and the part of it for every slot. */
  readonly #staging: { ring: Ring; host: Uint32Array<ArrayBuffer> }[];
  readonly #inputs: Inputs;
  readonly #outputs: readonly Ring[];
  readonly #watch: Watch;
  readonly #runs: Runs;
  /** The slot of the last step run, which holds the current value of a ring's tensor. */
  #slot = 0;
  readonly #life: Life;

  constructor(parts: Parts) {
    const { plan, capacity, rings } = parts;
    this.plan = plan;
    this.capacity = capacity;
    this.#parts = parts;
    this.#life = new Life(`plan ${plan.name}`, parts.machine);
    this.#watch = new Watch(parts.device, `plan ${plan.name}`);
    this.#runs = new Runs(parts.waiting, parts.software ? parts.dispatches.length : 0);
    // From now on a loss is known before whatever fails by it.
    lossOf(parts.device);
    this.#outputs = rings.filter((r) => r.tensor.role === "output");
    this.#staging = rings
      .filter((r) => r.tensor.role === "input")
      .map((ring) => ({ ring, host: new Uint32Array((capacity * ring.stride) / 4) }));
    const slots = Array.from({ length: capacity }, (_, step) =>
      Object.fromEntries(
        this.#staging.map(({ ring, host }) => {
          const array = arrayFor(ring.tensor);
          return [ring.tensor.name, new array(host.buffer, step * ring.stride, size(ring.tensor))];
        }),
      ),
    );
    this.#inputs = new Inputs(plan.name, slots);
  }

  get dispatches(): number {
    return this.#parts.dispatches.length;
  }

  /** What each dispatch of a step belongs to, in order. */
  get passes(): readonly Pick<Dispatch, "call" | "kernel">[] {
    return this.#parts.dispatches;
  }

  get latency(): number {
    return this.#parts.waiting.latency;
  }

  /** The dispatches from one to before another, to be timed. */
  section(from: number, to: number): Section {
    const { device, dispatches, software, waiting } = this.#parts;
    const some = dispatches.slice(from, to);
    const runs = new Runs(waiting, software ? some.length : 0);
    const run: Section["run"] = async (repeats, timestampWrites) => {
      this.#watch.over(() => {
        const label = `${this.plan.name}, dispatches ${from} to ${to - 1}`;
        const encoder = device.createCommandEncoder({ label });
        const pass = encoder.beginComputePass({ label, timestampWrites });
        for (let i = 0; i < repeats; i++) encode(pass, some, 0);
        pass.end();
        device.queue.submit([encoder.finish()]);
      });
      await runs.settle(repeats, () => device.queue.onSubmittedWorkDone());
      await this.#watch.passed();
    };
    return {
      run: (repeats, stamps) =>
        this.#life.inTurn("ran", () => this.#onLivingDevice(() => run(repeats, stamps))),
    };
  }

  upload(name: string, values: ArrayLike<number>): void {
    this.#life.requireIdle("upload()");
    const { tensor, buffer, offset } = this.#find(name);
    checkLength(name, size(tensor), values);
    const data = arrayFor(tensor).from(values);
    this.#watch.over(() => this.#parts.device.queue.writeBuffer(buffer, offset, data));
  }

  download(names: readonly string[]): Promise<Record<string, AnyArray>> {
    return this.#life.inTurn("was read", () => this.#onLivingDevice(() => this.#download(names)));
  }

  async #download(names: readonly string[]): Promise<Record<string, AnyArray>> {
    const device = this.#parts.device;
    const parts = names.map((name) => this.#find(name));
    const bytes = parts.reduce((sum, p) => sum + 4 * size(p.tensor), 0);
    if (bytes > device.limits.maxBufferSize && names.length > 1) {
      const half = names.length >> 1;
      return {
        ...(await this.#download(names.slice(0, half))),
        ...(await this.#download(names.slice(half))),
      };
    }
    const target = this.#watch.over(() => {
      const target = device.createBuffer({
        label: "download",
        size: Math.max(4, bytes),
        usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
      });
      const encoder = device.createCommandEncoder({ label: "download" });
      copyParts(encoder, parts, target, 0);
      device.queue.submit([encoder.finish()]);
      return target;
    });
    await this.#parts.waiting.settle(() => this.#map(target));
    const copy = target.getMappedRange().slice(0);
    target.destroy();
    return sliceParts(copy, parts);
  }

  /** Runs and downloads wait for one another: runs read back through one buffer, and a download is of the runs before it. */
  run(
    steps: number,
    fill: (inputs: StepInputs, step: number) => void,
    keep: readonly string[] = [],
  ): Promise<Record<string, AnyArray>> {
    return this.#life.inTurn("ran", () => this.#onLivingDevice(() => this.#run(steps, fill, keep)));
  }

  /** Turns an error of a lost device into a StaleError: browsers and Dawn each have their own words for it. */
  async #onLivingDevice<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw lossOf(this.#parts.device) ? new StaleError(this.plan.name, error) : error;
    }
  }

  async #run(
    steps: number,
    fill: (inputs: StepInputs, step: number) => void,
    keep: readonly string[],
  ): Promise<Record<string, AnyArray>> {
    checkSteps(this, steps);
    for (let step = 0; step < steps; step++) this.#inputs.fill(step, step, fill);
    const kept = keep.map((name) => this.#find(name));
    const bytes = this.#watch.over(() => this.#submit(steps, kept));
    this.#slot = steps - 1;
    if (bytes === 0) {
      await this.#runs.settle(steps, () => this.#parts.device.queue.onSubmittedWorkDone());
      await this.#watch.passed();
      return {};
    }
    await this.#runs.settle(steps, () => this.#map(this.#parts.readback, bytes));
    const mapped = this.#parts.readback.getMappedRange(0, bytes);
    const results = this.#unpack(mapped, steps);
    const at = this.#outputs.reduce((sum, { stride }) => sum + steps * stride, 0);
    if (kept.length > 0) Object.assign(results, sliceParts(mapped.slice(at), kept));
    this.#parts.readback.unmap();
    return results;
  }

  /** Uploads, encodes and submits one run. @returns bytes to read back */
  #submit(steps: number, kept: readonly Part[]): number {
    for (const { ring, host } of this.#staging)
      this.#parts.device.queue.writeBuffer(ring.buffer, 0, host, 0, (steps * ring.stride) / 4);
    const encoder = this.#parts.device.createCommandEncoder({ label: this.plan.name });
    const pass = encoder.beginComputePass({ label: this.plan.name });
    for (let step = 0; step < steps; step++) encode(pass, this.#parts.dispatches, step);
    pass.end();
    let at = 0;
    for (const { buffer, stride } of this.#outputs) {
      encoder.copyBufferToBuffer(buffer, 0, this.#parts.readback, at, steps * stride);
      at += steps * stride;
    }
    at = copyParts(encoder, kept, this.#parts.readback, at);
    this.#parts.device.queue.submit([encoder.finish()]);
    return at;
  }

  /** Waits until the device has accepted and finished everything, and maps what it wrote for reading. */
  async #map(buffer: GPUBuffer, bytes?: number): Promise<void> {
    const [taken, mapped] = await Promise.allSettled([
      this.#watch.passed(),
      buffer.mapAsync(GPUMapMode.READ, 0, bytes),
    ]);
    // After a refused submit the buffer still holds old values.
    if (taken.status === "rejected" && mapped.status === "fulfilled") buffer.unmap();
    for (const outcome of [taken, mapped]) if (outcome.status === "rejected") throw outcome.reason;
  }

  /** The outputs without the padding between their slots. */
  #unpack(mapped: ArrayBuffer, steps: number): Record<string, AnyArray> {
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
    return results;
  }

  close(): void {
    this.#life.close();
    for (const buffer of buffersOf(this.#parts)) buffer.destroy();
  }

  #find(name: string): Part {
    const tensor = this.plan.tensors.get(name);
    if (!tensor) throw new RangeError(`plan ${this.plan.name} has no tensor ${name}`);
    const { root, offset } = storage(this.plan.tensors, name);
    const slot = this.#parts.rings.find((r) => r.tensor === root)?.stride ?? 0;
    return { tensor, buffer: this.#parts.buffers.get(root.name)!, offset: 4 * offset + this.#slot * slot };
  }
}

/** Encodes dispatches of a step, whose inputs are in the slot of that number. */
function encode(pass: GPUComputePassEncoder, dispatches: readonly Dispatch[], step: number): void {
  for (const d of dispatches) {
    for (let i = 0; i < d.strides.length; i++) d.offsets[i] = step * d.strides[i];
    pass.setPipeline(d.pipeline);
    // Deno aborts on an empty array of offsets.
    if (d.offsets.length === 0) pass.setBindGroup(0, d.group);
    else pass.setBindGroup(0, d.group, d.offsets, 0, d.offsets.length);
    pass.dispatchWorkgroups(d.kernel.grid[0], d.kernel.grid[1], d.kernel.grid[2]);
  }
}

/** Copies tensors one after another. @returns where the last one ends */
function copyParts(
  encoder: GPUCommandEncoder,
  parts: readonly Part[],
  target: GPUBuffer,
  start: number,
): number {
  let at = start;
  for (const { tensor, buffer, offset } of parts) {
    encoder.copyBufferToBuffer(buffer, offset, target, at, 4 * size(tensor));
    at += 4 * size(tensor);
  }
  return at;
}

/** Tensors stored one after another, by name, as parts of `bytes`. */
function sliceParts(bytes: ArrayBuffer, parts: readonly Part[]): Record<string, AnyArray> {
  let at = 0;
  return Object.fromEntries(
    parts.map(({ tensor }) => {
      const array = arrayFor(tensor);
      const values = new array(bytes, at, size(tensor));
      at += 4 * size(tensor);
      return [tensor.name, values];
    }),
  );
}
