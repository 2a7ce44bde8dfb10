/** The device's limits that a network can run into, each beside what exercise 4 needs. */
import { ALL_PATHS, type AnyPath, singlePlan, stepPlan, whyNotSingle } from "../../model/plans.ts";
import type { Sizes } from "../../model/tensors.ts";
import { bindingNames, type Kernel, scratchOf } from "../../plan/contract.ts";
import { type BoundCall, type Plan, size } from "../../plan/plan.ts";
import type { Target } from "../../plan/target.ts";
import { PRESETS, sizesOf, trainConfig } from "../../train/config.ts";

export interface Limit {
  readonly name: string;
  /** What it limits, in words. */
  readonly what: string;
  readonly unit: "bytes" | "";
  readonly value: number;
  /** The most that any path of exercise 4 uses, among the paths that fit. */
  readonly need: number;
}

const bytesOfLargest = (plan: Plan): number => {
  const tensors = [...plan.tensors.values()].map((t) => 4 * size(t));
  const scratch = plan.calls.flatMap((c) => scratchOf(c.op, c.dims).map((s) => 4 * s.floats));
  return Math.max(...tensors, ...scratch);
};
const most =
  (of: (k: Kernel, c: BoundCall) => number) =>
  (plan: Plan, target: Target): number =>
    Math.max(...plan.calls.flatMap((c) => c.op.kernels(c.dims, target).map((k) => of(k, c))));

const ROWS: readonly (Pick<Limit, "what"> & {
  name: keyof GPUSupportedLimits;
  unit?: Limit["unit"];
  need: (plan: Plan, target: Target) => number;
})[] = [
  {
    name: "maxStorageBuffersPerShaderStage",
    what: "buffers in a kernel",
    need: most((_, c) => bindingNames(c.op, c.dims).length),
  },
  {
    name: "maxStorageBufferBindingSize",
    what: "largest buffer binding",
    unit: "bytes",
    need: bytesOfLargest,
  },
  { name: "maxBufferSize", what: "largest buffer", unit: "bytes", need: bytesOfLargest },
  {
    name: "maxComputeWorkgroupStorageSize",
    what: "workgroup memory",
    unit: "bytes",
    need: most((k) => k.workgroupBytes ?? 0),
  },
  {
    name: "maxComputeInvocationsPerWorkgroup",
    what: "invocations in a workgroup",
    need: most((k) => k.invocations),
  },
  {
    name: "maxComputeWorkgroupsPerDimension",
    what: "workgroups in one dimension",
    need: most((k) => Math.max(...k.grid)),
  },
];

/** Characters of the notebook's word list, and of most lists of English names: 26 letters and the boundary. */
const VOCABULARY = 27;

const planOf = (s: Sizes, path: AnyPath): Plan => (path === "single" ? singlePlan(s) : stepPlan(s, path));

export function limitsOf(limits: GPUSupportedLimits, target: Target): Limit[] {
  const sizes = sizesOf(trainConfig(PRESETS.notebook), VOCABULARY);
  const plans = ALL_PATHS.filter((p) => p !== "single" || !whyNotSingle(sizes)).map((p) => planOf(sizes, p));
  return ROWS.map(({ name, what, unit = "", need }) => ({
    name,
    what,
    unit,
    value: limits[name] as number,
    need: Math.max(...plans.map((plan) => need(plan, target))),
  }));
}
