/** Sizes that do not fit are refused in one line with the tensor, its bytes, the limit and the remedy. */
import { describe, expect, it, vi } from "vitest";
import { checkLimits, LimitError } from "../../src/gpu/limits.ts";
import { gpuMachine } from "../../src/gpu/machine.ts";
import { ALL_PATHS, PATHS, type Path, stepPlan } from "../../src/model/plans.ts";
import { registry } from "../../src/model/registry.ts";
import type { Sizes } from "../../src/model/tensors.ts";
import { bindingNames, type Kernel, kernelsOf, RUNGS } from "../../src/plan/contract.ts";
import type { BoundCall, Plan } from "../../src/plan/plan.ts";
import { ANY_DEVICE } from "../../src/plan/target.ts";
import { describeOnGpu } from "../support/device.ts";
import { EDGES } from "../support/edges.ts";

const notebook: Sizes = { vocabulary: 27, context: 3, embedding: 10, hidden: 64, batch: 32 };
const MIB = 2 ** 20;
/** WebGPU's defaults, which every device has. */
const defaults = {
  maxStorageBufferBindingSize: 128 * MIB,
  maxBufferSize: 256 * MIB,
  maxStorageBuffersPerShaderStage: 8,
  maxComputeWorkgroupsPerDimension: 65535,
  maxComputeInvocationsPerWorkgroup: 256,
  maxComputeWorkgroupStorageSize: 16384,
};

function check(sizes: Partial<Sizes>, limits: Partial<typeof defaults> = {}, path: Path = "fused"): void {
  checkPlan(stepPlan({ ...notebook, ...sizes }, path), limits);
}

/** The kernels of a plan's calls on a device that has no more than the defaults. */
const kernels = ({ calls, rung }: Plan): Map<BoundCall, readonly Kernel[]> =>
  new Map(calls.map((c) => [c, kernelsOf(c.op, c.dims, { rung, target: ANY_DEVICE })]));

function checkPlan(plan: Plan, limits: Partial<typeof defaults>): void {
  checkLimits(plan, kernels(plan), { ...defaults, ...limits } as GPUSupportedLimits);
}

const plans = ALL_PATHS.map((path) => stepPlan(notebook, path));

describe("the limits that every device has", () => {
  it.each(PATHS)("are enough for a %s plan of batch 8192, hidden 4096, to the last byte", (path) => {
    expect(() => check({ batch: 8192, hidden: 4096 }, {}, path)).not.toThrow();
    expect(() => check({ batch: 8193, hidden: 4096 }, {}, path)).toThrow(
      new LimitError(
        "hprebn (8193,4096) needs 134,234,112 bytes, but this device binds at most 134,217,728: lower batch to 8,192 or less, or hidden to 4,095 or less",
      ),
    );
  });

  it("are enough for any plan of the notebook's sizes", () => {
    for (const path of PATHS) expect(() => check({ hidden: 200 }, {}, path)).not.toThrow();
  });
});

/**
 * At a limit and just beyond it, with everything else as small as possible, so that no other limit is hit first. `limits.nightly.ts`
 * runs the sizes that fit.
 */
describe.each(EDGES)("%s", (_, fits, exceeds, refusal, paths) => {
  it.each(paths)("to the last of it, and no further, on the %s path", (path) => {
    expect(() => check(fits, {}, path)).not.toThrow();
    expect(() => check({ ...fits, ...exceeds }, {}, path)).toThrow(LimitError);
    expect(() => check({ ...fits, ...exceeds }, {}, path)).toThrow(refusal);
  });
});

it("accepts exactly as many buffers as a kernel may bind, and refuses one more", () => {
  for (const op of registry)
    for (const rung of RUNGS)
      for (const dims of op.cases)
        for (const kernel of kernelsOf(op, dims, { rung, target: ANY_DEVICE }))
          expect(bindingNames(op, kernel).length, op.name).toBeLessThanOrEqual(8);
  for (const plan of plans) {
    const bound = [...kernels(plan)].flatMap(([{ op }, ks]) => ks.map((k) => bindingNames(op, k).length));
    const needs = Math.max(...bound);
    expect(() => checkPlan(plan, { maxStorageBuffersPerShaderStage: needs })).not.toThrow();
    expect(() => checkPlan(plan, { maxStorageBuffersPerShaderStage: needs - 1 })).toThrow(
      new RegExp(
        `binds ${needs} buffers, but this device allows ${needs - 1} in a kernel: use --backend cpu`,
      ),
    );
  }
});

it.each([
  ["maxComputeWorkgroupStorageSize", (k: Kernel) => k.workgroupBytes ?? 0, "bytes of workgroup memory"],
  ["maxComputeInvocationsPerWorkgroup", (k: Kernel) => k.invocations, "invocations in a workgroup"],
  ["maxComputeWorkgroupsPerDimension", (k: Kernel) => Math.max(...k.grid), "workgroups in one dimension"],
] as const)("takes all of %s, and is refused one less", (limit, of, what) => {
  for (const plan of plans) {
    const needs = Math.max(...[...kernels(plan).values()].flat().map(of));
    expect(needs).toBeLessThanOrEqual(defaults[limit]);
    if (needs === 0) continue;
    expect(() => checkPlan(plan, { [limit]: needs })).not.toThrow();
    expect(() => checkPlan(plan, { [limit]: needs - 1 })).toThrow(
      new RegExp(`needs ${needs.toLocaleString("en-US")} ${what}, but this device allows [\\d,]+: use `),
    );
  }
});

it("names the buffer that is too large for the device", () => {
  expect(() => check({ hidden: 700_000, batch: 2 })).toThrow(
    /^parameters \(\d+\) needs 1[\d,]+ bytes, but this device binds at most 134,217,728: use a smaller hidden size/,
  );
});

it.each([
  [
    { maxStorageBuffersPerShaderStage: 6 },
    "batchnorm_tanh.backward binds 8 buffers, but this device allows 6 in a kernel: use --backend cpu",
  ],
  [
    { maxComputeInvocationsPerWorkgroup: 32 },
    "embedding.gather needs 64 invocations in a workgroup, but this device allows 32: use --backend cpu",
  ],
  [
    { maxComputeWorkgroupStorageSize: 1024 },
    "linear.forward needs 6,144 bytes of workgroup memory, but this device allows 1,024: use --backend cpu",
  ],
  [
    { maxComputeWorkgroupsPerDimension: 10 },
    "embedding.gather needs 15 workgroups in one dimension, but this device allows 10: use a smaller batch, vocabulary, embedding, context or hidden size",
  ],
])("says what to do about %o", (limits, message) => {
  expect(() => check({}, limits)).toThrow(new LimitError(message));
});

describeOnGpu("a device", ({ device, name }) => {
  it.each(["batch", "hidden"] as const)("is left alone when the %s does not fit", async (size) => {
    const created = (["createBuffer", "createShaderModule", "createComputePipelineAsync"] as const).map((m) =>
      vi.spyOn(device, m),
    );
    const most = Math.min(device.limits.maxStorageBufferBindingSize, device.limits.maxBufferSize);
    const other = size === "batch" ? notebook.hidden : notebook.batch;
    const plan = stepPlan({ ...notebook, [size]: Math.floor(most / 4 / other) + 1 }, "fused");
    const refusal =
      /^\w+ \([\d,]+\) needs [\d,]+ bytes, but this device binds at most [\d,]+: (lower|use a smaller) /;
    await expect(gpuMachine(device, name).compile(plan)).rejects.toThrow(refusal);
    for (const spy of created) {
      expect(spy).not.toHaveBeenCalled();
      spy.mockRestore();
    }
  });

  it("has at least the default limits", () => {
    for (const [limit, value] of Object.entries(defaults))
      expect(device.limits[limit as keyof typeof defaults], limit).toBeGreaterThanOrEqual(value);
  });
});
