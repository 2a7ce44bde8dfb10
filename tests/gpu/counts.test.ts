/**
 * What a step costs the device, counted instead of timed: counts are the same on a busy machine and on every adapter. Change a number
 * here only on purpose.
 */
import { afterEach, expect, it, vi } from "vitest";
import { gpuMachine } from "../../src/gpu/machine.ts";
import { ALL_PATHS, type AnyPath } from "../../src/model/plans.ts";
import { compileStepper, type FillStep } from "../../src/train/stepper.ts";
import { describeOnGpu } from "../support/device.ts";

interface Counts {
  /** Kernels compiled for the plan; calls of the same kernel at the same sizes share one. */
  readonly pipelines: number;
  /** Of one submit of eight steps. */
  readonly dispatches: number;
  readonly submits: number;
  /** Bytes written to the device and read back for it. */
  readonly uploaded: number;
  readonly readBack: number;
}

const STEPS = 8;
/** The parameters come back with the losses of every submit: 4,137 floats, the last six of seven tensors on multiples of 64. */
const ARENA = 4 * 4224;
/** Networks side by side. */
const MANY = 8;
const seed = { vocabulary: 27, context: 3, embedding: 10, hidden: 64, batch: 32 };

const EXPECTED: Record<AnyPath | "population", Counts> = {
  // A ring's slots are 256 bytes apart, the coarsest alignment a device may require: tokens 512, targets 256, rate 256, loss 256.
  chunked: {
    pipelines: 42,
    dispatches: 45 * STEPS,
    submits: 1,
    uploaded: 1024 * STEPS,
    readBack: 256 * STEPS + ARENA,
  },
  fused: {
    pipelines: 12,
    dispatches: 12 * STEPS,
    submits: 1,
    uploaded: 1024 * STEPS,
    readBack: 256 * STEPS + ARENA,
  },
  // Always the minibatches of all 64 steps that a dispatch may run: (96 + 32 + 1) words each.
  single: { pipelines: 1, dispatches: 1, submits: 1, uploaded: 64 * 4 * 129, readBack: 64 * 4 + ARENA },
  // The same for each network, whose parameters come back some times a second and not with every submit.
  population: {
    pipelines: 1,
    dispatches: 1,
    submits: 1,
    uploaded: 64 * MANY * 4 * 129,
    readBack: 64 * MANY * 4,
  },
};

/** What a device creates; a step needs nothing new. */
const created = (device: GPUDevice) =>
  (["createBuffer", "createBindGroup", "createComputePipeline"] as const).map((method) =>
    vi.spyOn(device, method),
  );

describeOnGpu("a submit of steps", ({ device, name }) => {
  afterEach(() => vi.restoreAllMocks());

  it.each([...ALL_PATHS, "population"] as const)(
    "%s: costs the device no more than it should",
    async (what) => {
      const pipelines = vi.spyOn(device, "createComputePipelineAsync");
      const [path, networks] = what === "population" ? (["single", MANY] as const) : [what, 1];
      const stepper = await compileStepper(gpuMachine(device, name), seed, path, "sgd", networks);

      const fill: FillStep = (_, { Xb, Yb, coefficients }, slot) => {
        Xb.fill(0, slot * 96, (slot + 1) * 96);
        Yb.fill(0, slot * 32, (slot + 1) * 32);
        coefficients[slot] = 0.1;
      };
      const submit = () =>
        networks === 1
          ? stepper.run(STEPS, fill)
          : stepper.advance(new Array<number>(networks).fill(STEPS), fill);
      await submit();
      const anew = created(device);
      const dispatches = vi.spyOn(GPUComputePassEncoder.prototype, "dispatchWorkgroups");
      const submits = vi.spyOn(GPUQueue.prototype, "submit");
      const writes = vi.spyOn(GPUQueue.prototype, "writeBuffer");
      const copies = vi.spyOn(GPUCommandEncoder.prototype, "copyBufferToBuffer");
      await submit();
      expect({
        pipelines: pipelines.mock.calls.length,
        dispatches: dispatches.mock.calls.length,
        submits: submits.mock.calls.length,
        // Written in words, from typed arrays; copied in bytes.
        uploaded: writes.mock.calls.reduce((sum, call) => sum + 4 * (call[4] ?? 0), 0),
        readBack: copies.mock.calls.reduce((sum, call) => sum + Number(call[4]), 0),
      }).toEqual(EXPECTED[what]);
      expect(anew.flatMap((method) => method.mock.calls)).toEqual([]);
      stepper.executable.close();
    },
  );
});
