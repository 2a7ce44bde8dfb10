/** The scheduler's first half: compiles a plan once into buffers, pipelines and bind groups. */
import { bindingNames, scratchOf } from "../ops/contract.ts";
import {
  type Executable,
  type Machine,
  MemoryError,
  requireMemoryOf,
  ringCapacity,
} from "../ops/executable.ts";
import { type BoundCall, type Plan, size, storage, type Tensor } from "../ops/plan.ts";
import { type Dispatch, GpuExecutable, type Ring } from "./executable.ts";
import { checkLimits } from "./limits.ts";
import { PipelineCache } from "./pipelines.ts";

/** The coarsest `minStorageBufferOffsetAlignment` that WebGPU allows, in bytes. */
const ALIGN = 256;
const ringStride = (elements: number): number => Math.ceil((4 * elements) / ALIGN) * ALIGN;

/** Plans on one device; `name` is the adapter's. The caller keeps the device and closes it. */
export function gpuMachine(
  device: GPUDevice,
  name: string,
  kind: "hardware" | "software" = "hardware",
): Machine {
  const pipelines = new PipelineCache(device);
  return {
    backend: "gpu",
    kind,
    name,
    compile: async (plan) => {
      // A device in software has no memory of its own.
      if (kind === "software") requireMemoryOf(plan, 4);
      return compile(device, pipelines, plan);
    },
    close: () => {},
  };
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
      scratchOf(c.op, c.dims).map(({ name, floats }) => [name, allocate(`${c.op.name} ${name}`, 4 * floats)]),
    );
    scratch.push(...own.values());
    const resources = bindingNames(c.op, c.dims).map((formal): GPUBufferBinding => {
      const buffer = own.get(formal);
      if (buffer) return { buffer };
      const tensor = plan.tensors.get(c.args[formal])!;
      const { root, offset } = storage(plan.tensors, tensor.name);
      return { buffer: buffers.get(root.name)!, offset: 4 * offset, size: 4 * size(tensor) };
    });
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
        entries: resources.map((resource, binding) => ({ binding, resource })),
      });
      dispatches.push({ pipeline, group, grid: k.grid, offsets: new Uint32Array(strides.length), strides });
    }
  }
  const outputs = rings.filter((r) => r.tensor.role === "output");
  const readback = device.createBuffer({
    label: "outputs",
    size: Math.max(4, capacity * outputs.reduce((sum, r) => sum + r.stride, 0)),
    usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
  });
  const outOfMemory = await device.popErrorScope();
  if (outOfMemory) {
    for (const b of [...buffers.values(), ...scratch, readback]) b.destroy();
    throw new MemoryError(
      `the device has not enough memory for plan ${plan.name}: use a smaller batch or hidden size`,
    );
  }
  return new GpuExecutable({ device, plan, capacity, buffers, rings, dispatches, scratch, readback });
}
