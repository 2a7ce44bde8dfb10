/** A command that the device refuses ends the work with a line, and is never ignored. */
import { afterEach, describe, expect, it, vi } from "vitest";
import { GpuFault } from "../../src/gpu/faults.ts";
import { LimitError } from "../../src/gpu/limits.ts";
import { gpuMachine } from "../../src/gpu/machine.ts";
import { stepPlan } from "../../src/model/plans.ts";
import { reduce } from "../../src/ops/index.ts";
import { bindPlan, call, type Tensor } from "../../src/plan/plan.ts";
import { Trainer } from "../../src/train/trainer.ts";
import { describeOnGpu } from "../support/device.ts";
import { dataset, tinyConfig } from "../train/data.ts";

const tensors: Tensor[] = [
  { name: "x", shape: [3, 2], symbols: ["N", "H"], type: "f32", role: "state" },
  { name: "y", shape: [2], symbols: ["H"], type: "f32", role: "state" },
];
const plan = bindPlan("sum", tensors, [call(reduce.sumBatch, { x: "x", y: "y" })]);

describeOnGpu("a device that refuses", ({ device, name }) => {
  const machine = gpuMachine(device, name);
  afterEach(() => vi.restoreAllMocks());

  /** Every n-th dispatch asks for more workgroups than any device has. */
  function plantInvalidDispatch(nth: number): void {
    const original = GPUComputePassEncoder.prototype.dispatchWorkgroups;
    let count = 0;
    vi.spyOn(GPUComputePassEncoder.prototype, "dispatchWorkgroups").mockImplementation(function (
      this: GPUComputePassEncoder,
      x,
      y,
      z,
    ) {
      return original.call(this, ++count === nth ? 2 ** 31 : x, y, z);
    });
  }

  it("a dispatch ends training with a line, at the last good step, from where it can go on", async () => {
    const trainer = await Trainer.create({
      machine,
      config: tinyConfig({ steps: 60, path: "fused" }),
      train: dataset.train,
      vocabulary: dataset.vocabulary.size,
    });
    const whole = await Trainer.create({
      machine,
      config: trainer.config,
      train: dataset.train,
      vocabulary: dataset.vocabulary.size,
    });
    await whole.run();
    await trainer.run(undefined, { until: 7 });
    plantInvalidDispatch(20);
    const error = await trainer.run().catch((e: unknown) => e);
    expect(error).toBeInstanceOf(GpuFault);
    expect((error as Error).message).toMatch(/^the device refused plan fused: [^\n]+$/);
    const { step } = trainer;
    expect(step).toBeGreaterThanOrEqual(7);
    expect(step).toBeLessThan(60);
    vi.restoreAllMocks();
    await trainer.run();
    expect(trainer.state()).toEqual(whole.state());
    trainer.close();
    whole.close();
  });

  it("a dispatch of a plan without outputs, or a download, is refused as well", async () => {
    const executable = await machine.compile(plan);
    plantInvalidDispatch(1);
    await expect(executable.run(1, () => {})).rejects.toThrow(GpuFault);
    vi.restoreAllMocks();
    const real = GPUCommandEncoder.prototype.copyBufferToBuffer as (...args: unknown[]) => undefined;
    vi.spyOn(GPUCommandEncoder.prototype, "copyBufferToBuffer").mockImplementation(function (
      this: GPUCommandEncoder,
      ...args: unknown[]
    ) {
      // Off by two bytes, which is not allowed for a copy.
      return real.call(this, args[0], 2, ...args.slice(2));
    });
    await expect(executable.download(["y"])).rejects.toThrow(GpuFault);
    vi.restoreAllMocks();
    executable.upload("x", [1, 10, 2, 20, 3, 30]);
    await executable.run(1, () => {});
    expect(Array.from((await executable.download(["y"])).y)).toEqual([6, 60]);
    executable.close();
  });

  it("a bad upload ends the next run", async () => {
    const executable = await machine.compile(plan);
    const write = GPUQueue.prototype.writeBuffer as (...args: unknown[]) => undefined;
    vi.spyOn(GPUQueue.prototype, "writeBuffer").mockImplementation(function (
      this: GPUQueue,
      ...args: unknown[]
    ) {
      return write.call(this, args[0], 2 ** 20, ...args.slice(2));
    });
    executable.upload("x", [1, 2, 3, 4, 5, 6]);
    vi.restoreAllMocks();
    await expect(executable.run(1, () => {})).rejects.toThrow(/^the device refused plan sum: /);
    executable.close();
  });

  it("memory names the bytes and the remedy", async () => {
    const { pushErrorScope: push, popErrorScope: pop } = GPUDevice.prototype;
    const scopes: GPUErrorFilter[] = [];
    vi.spyOn(GPUDevice.prototype, "pushErrorScope").mockImplementation(function (this: GPUDevice, filter) {
      scopes.push(filter);
      push.call(this, filter);
    });
    vi.spyOn(GPUDevice.prototype, "popErrorScope").mockImplementation(function (this: GPUDevice) {
      const verdict = pop.call(this);
      const forMemory = scopes.pop() === "out-of-memory";
      return forMemory ? Promise.resolve(new GPUOutOfMemoryError("no room")) : verdict;
    });
    const sizes = { vocabulary: 27, context: 3, embedding: 10, hidden: 64, batch: 32 };
    const error = await machine.compile(stepPlan(sizes, "fused")).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(LimitError);
    expect((error as Error).message).toMatch(
      /^the device does not have enough memory for plan fused, which needs [\d,]+ bytes: use a smaller batch, embedding or hidden size$/,
    );
  });
});

describe("a refusal", () => {
  it("is one line, without the driver's stack", () => {
    const error = { message: "too big\n - While calling x.\n    at f (/a/b.cpp:1)\n" } as GPUError;
    expect(new GpuFault("plan p", error).message).toBe(
      "the device refused plan p: too big - While calling x.",
    );
  });
});
