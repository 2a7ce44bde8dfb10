/** The device's limits that a network can run into, each beside what exercise 4 needs. */
import { ALL_PATHS, stepPlan, whyNot } from "../../model/plans.ts";
import { bindingNames, type Kernel, kernelsOf, type Op } from "../../plan/contract.ts";
import { type Plan, size } from "../../plan/plan.ts";
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

type Need = (plan: Plan, target: Target) => number;

const most =
  (of: (k: Kernel, op: Op) => number): Need =>
  (plan, target) =>
    Math.max(
      ...plan.calls.flatMap((c) =>
        kernelsOf(c.op, c.dims, { rung: plan.rung, target }).map((k) => of(k, c.op)),
      ),
    );
const largestScratch = most((k) => Math.max(0, ...Object.values(k.scratch ?? {})));
const bytesOfLargest: Need = (plan, target) =>
  4 * Math.max(...[...plan.tensors.values()].map(size), largestScratch(plan, target));

const ROWS: readonly (Pick<Limit, "what"> & {
  name: keyof GPUSupportedLimits;
  unit?: Limit["unit"];
  need: Need;
})[] = [
  {
    name: "maxStorageBuffersPerShaderStage",
    what: "buffers in a kernel",
    need: most((k, op) => bindingNames(op, k).length),
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

export function limitsOf(limits: GPUSupportedLimits, target: Target): Limit[] {
  const sizes = sizesOf(trainConfig(PRESETS.notebook), VOCABULARY);
  const plans = ALL_PATHS.filter((p) => !whyNot(sizes, p)).map((p) => stepPlan(sizes, p));
  return ROWS.map(({ name, what, unit = "", need }) => ({
    name,
    what,
    unit,
    value: limits[name] as number,
    need: Math.max(...plans.map((plan) => need(plan, target))),
  }));
}
