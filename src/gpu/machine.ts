/** The scheduler's first half: compiles a plan once into buffers, pipelines and bind groups. */

import { bindingNames, type Kernel, kernelsOf, scratchOf } from "../plan/contract.ts";
import { count } from "../plan/count.ts";
import { type Executable, ringCapacity } from "../plan/executable.ts";
import { ClosedError, Life } from "../plan/life.ts";
import type { Machine } from "../plan/machine.ts";
import { requireMemoryOf } from "../plan/memory.ts";
import { type BoundCall, type Plan, size, storage, type Tensor } from "../plan/plan.ts";
import type { Target } from "../plan/target.ts";
import { buffersOf, type Dispatch, GpuExecutable, type Parts, type Ring } from "./executable.ts";
import { GpuFault, StaleError, Watch } from "./faults.ts";
import { checkLimits, LimitError } from "./limits.ts";
import { lossBehind, lossOf } from "./loss.ts";
import { type CompiledKernel, PipelineCache } from "./pipelines.ts";
import { targetOf } from "./target.ts";
import { waitingFor } from "./waiting.ts";

/** The coarsest `minStorageBufferOffsetAlignment` that WebGPU allows, in bytes. */
const ALIGN = 256;
const ringStride = (elements: number): number => Math.ceil((4 * elements) / ALIGN) * ALIGN;

const isRing = (t: Tensor): boolean => t.role === "input" || t.role === "output";

/** Plans on one device; `name` is the adapter's. The caller keeps the device and closes it, whether or not the machine was closed. */
export function gpuMachine(
  device: GPUDevice,
  name: string,
  kind: "hardware" | "software" = "hardware",
  target: Target = targetOf(device),
): Machine {
  const pipelines = new PipelineCache(device);
  const life = new Life(`the machine ${name}`);
  return {
    backend: "gpu",
    kind,
    target,
    name,
    compile: (plan) =>
      life.during(`compiled plan ${plan.name}`, async () => {
        // A software device uses the host's memory.
        if (kind === "software") requireMemoryOf(plan, 4);
        const executable = await compile(device, pipelines, plan, target, kind === "software", life);
        // Some devices compile for ever after.
        if (lossOf(device)) throw new StaleError(plan.name);
        return executable;
      }),
    survive: async (work) => {
      const before = lossOf(device);
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof StaleError) || (await lossBehind(device))?.reason !== "destroyed") throw error;
        // Nothing was lost: the caller has closed it.
        throw new ClosedError(`the device ${name}`, before ? undefined : `plan ${error.plan} ran`, {
          cause: error,
        });
      }
    },
    close: () => life.close(),
  };
}

async function compile(
  device: GPUDevice,
  pipelines: PipelineCache,
  plan: Plan,
  target: Target,
  software: boolean,
  machine: Life,
): Promise<Executable> {
  const how = { rung: plan.rung, target };
  const kernels = new Map(plan.calls.map((c) => [c, kernelsOf(c.op, c.dims, how)]));
  checkLimits(plan, kernels, device.limits);

  const waiting = await waitingFor(device);
  const dynamic = (c: BoundCall, k: Kernel) =>
    bindingNames(c.op, k).map(
      (formal) => formal in c.args && isRing(storage(plan.tensors, c.args[formal]).root),
    );
  const compiled = new Map(
    await Promise.all(
      [...kernels].map(
        async ([c, ks]) => [c, await Promise.all(ks.map((k) => pipelines.get(c, k, dynamic(c, k))))] as const,
      ),
    ),
  );

  const watch = new Watch(device, `plan ${plan.name}`);
  const made = watch.over(() => allocate(device, plan, kernels, compiled));
  const parts: Parts = { ...made, software, waiting, machine };
  try {
    await watch.passed();
  } catch (error) {
    for (const buffer of buffersOf(parts)) buffer.destroy();
    if (!(error instanceof GpuFault && error.error instanceof GPUOutOfMemoryError)) throw error;
    const bytes = buffersOf(parts).reduce((sum, b) => sum + b.size, 0);
    throw new LimitError(
      `the device does not have enough memory for plan ${plan.name}, which needs ${count(bytes)} bytes: use a smaller batch, embedding or hidden size`,
    );
  }
  return new GpuExecutable(parts);
}

/** Buffers and bind groups of a plan. */
function allocate(
  device: GPUDevice,
  plan: Plan,
  kernels: ReadonlyMap<BoundCall, readonly Kernel[]>,
  compiled: ReadonlyMap<BoundCall, readonly CompiledKernel[]>,
): Omit<Parts, "software" | "waiting" | "machine"> {
  const capacity = ringCapacity(plan, ringStride);
  const buffers = new Map<string, GPUBuffer>();
  const rings: Ring[] = [];
  const create = (label: string, bytes: number) =>
    device.createBuffer({
      label,
      size: Math.max(4, bytes),
      usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
    });
  for (const t of plan.tensors.values()) {
    if (t.view) continue;
    const stride = ringStride(size(t));
    const buffer = create(t.name, isRing(t) ? capacity * stride : 4 * size(t));
    buffers.set(t.name, buffer);
    if (isRing(t)) rings.push({ tensor: t, buffer, stride });
  }

  const scratch: GPUBuffer[] = [];
  const dispatches: Dispatch[] = [];
  for (const [c, ks] of kernels) {
    const stores = new Map(
      Object.entries(scratchOf(ks)).map(([name, floats]) => [
        name,
        create(`${c.op.name} ${name}`, 4 * floats),
      ]),
    );
    scratch.push(...stores.values());
    const resource = (formal: string): GPUBufferBinding => {
      const buffer = stores.get(formal);
      if (buffer) return { buffer };
      const tensor = plan.tensors.get(c.args[formal])!;
      const { root, offset } = storage(plan.tensors, tensor.name);
      return { buffer: buffers.get(root.name)!, offset: 4 * offset, size: 4 * size(tensor) };
    };
    // In binding order, as dynamic offsets are given.
    const strides = Object.keys(c.op.bindings).flatMap((formal) => {
      const { root } = storage(plan.tensors, c.args[formal]);
      return rings.filter((r) => r.tensor === root).map((r) => r.stride);
    });
    for (const [i, k] of ks.entries()) {
      const { pipeline, layout } = compiled.get(c)![i];
      const group = device.createBindGroup({
        label: c.op.name,
        layout,
        entries: bindingNames(c.op, k).map((formal, binding) => ({ binding, resource: resource(formal) })),
      });
      const offsets = new Uint32Array(strides.length);
      dispatches.push({ call: c, kernel: k, pipeline, group, offsets, strides });
    }
  }
  const readback = device.createBuffer({
    label: "outputs",
    size: readbackBytes(plan, device.limits.maxBufferSize),
    usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
  });
  return { device, plan, capacity, buffers, rings, dispatches, scratch, readback };
}

/** Room for the outputs of as many steps as a run may hold, and for whatever lives across steps. */
function readbackBytes(plan: Plan, limit: number): number {
  const capacity = ringCapacity(plan, ringStride);
  let bytes = 4;
  for (const t of plan.tensors.values()) {
    if (t.role === "output") bytes += capacity * ringStride(size(t));
    if (!t.view && (t.role === "parameter" || t.role === "state")) bytes += 4 * size(t);
  }
  if (bytes > limit)
    throw new LimitError(
      `plan ${plan.name} reads back ${count(bytes)} bytes at once, but this device makes buffers of at most ${count(limit)}: use a smaller batch, embedding or hidden size`,
    );
  return bytes;
}
