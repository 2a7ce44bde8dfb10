/** Every operation of the registry, checked and then timed, against the device's roof. */
import { gpuMachine } from "../src/gpu/machine.ts";
import { draw, testKernel } from "../src/gpu/selftest.ts";
import { refusal } from "../src/measure/refusal.ts";
import type { Roof } from "../src/measure/roof.ts";
import { type Effort, LEAST_SAMPLES, measure, type Timing } from "../src/measure/sampling.ts";
import { ALL_PATHS, calibrationPlan, evaluationPlan, samplingPlan, stepPlan } from "../src/model/plans.ts";
import { registry } from "../src/model/registry.ts";
import type { Sizes } from "../src/model/tensors.ts";
import {
  type Dims,
  elements,
  minimumBytes,
  type Op,
  type Rung,
  type Tolerance,
} from "../src/plan/contract.ts";
import type { Executable } from "../src/plan/executable.ts";
import { bindPlan, type Plan, type Tensor } from "../src/plan/plan.ts";
import { TorchGenerator } from "../src/random/torch.ts";

/** An operation at the sizes of some plan. */
export interface KernelCase {
  readonly op: Op;
  readonly dims: Dims;
  /** Names of the plans that use it. */
  readonly plans: readonly string[];
}

export interface KernelRow {
  readonly op: string;
  readonly dims: Dims;
  readonly plans: readonly string[];
  /** `wrong`: it disagreed with its CPU twin, and was not timed. */
  readonly status: "timed" | "skipped" | "wrong";
  /** Why it was not timed. */
  readonly reason?: string;
  /** The operation's number of dispatches. */
  readonly dispatches?: number;
  /** The largest share of the tolerance that any element takes. */
  readonly toleranceUsed?: number;
  readonly flops?: number;
  readonly minimumBytes?: number;
  readonly timing?: Timing;
  readonly gflopPerSecond?: number;
  readonly gbPerSecond?: number;
  /** The least time that the roof allows, over the median time; 1 is the roof. */
  readonly roofShare?: number;
  /** The plain kernel's, where the operation has a fast one too: measured right after it. */
  readonly plain?: Timing;
}

/** Every operation of the registry at the sizes its plans call it with; one that no plan calls, at its first case. */
export function kernelCases(s: Sizes): KernelCase[] {
  const plans = [
    ...ALL_PATHS.map((path) => () => stepPlan(s, path)),
    ...[calibrationPlan, evaluationPlan, samplingPlan].map((make) => () => make(s)),
  ];
  const cases = new Map<string, { op: Op; dims: Dims; plans: string[] }>();
  for (const plan of plans.flatMap(tryPlan))
    for (const { op, dims: planned } of plan.calls) {
      // Only a few steps per dispatch: with more, kernel and twin drift apart, as training does.
      const dims = "S" in planned ? { ...planned, S: op.cases[0].S } : planned;
      const key = `${op.name} ${JSON.stringify(dims)}`;
      const found = cases.get(key) ?? { op, dims, plans: [] };
      if (!found.plans.includes(plan.name)) found.plans.push(plan.name);
      cases.set(key, found);
    }
  const called = [...cases.values()];
  return registry.flatMap((op): KernelCase[] => {
    const found = called.filter((c) => c.op === op);
    return found.length > 0 ? found : [{ op, dims: op.cases[0], plans: [] }];
  });
}

/** No plan if it does not exist at these sizes. */
function tryPlan(make: () => Plan): Plan[] {
  try {
    return [make()];
  } catch (error) {
    if (refusal(error)) return [];
    throw error;
  }
}

/** Checks an operation against its CPU twin and, if it is right, times it; with `plain` its plain kernel too. */
export async function benchKernel(
  device: GPUDevice,
  { op, dims, plans }: KernelCase,
  roof: Roof,
  effort: Effort,
  { plain: withPlain = false } = {},
): Promise<KernelRow> {
  const row = { op: op.name, dims, plans };
  let executable: Executable | undefined;
  try {
    // Compiled first, because that refuses sizes beyond the device's limits.
    executable = await gpuMachine(device, "").compile(alone(op, dims));
    const verdict = await testKernel(device, { ...op, tolerance: toleranceAt(op, dims) }, dims, 1);
    if (!verdict.ok) return { ...row, status: "wrong", reason: verdict.message };
    fill(executable, op, dims);
    const timing = await measure(runner(executable), effort);
    const plain = withPlain && op.plain && op.fast ? await timePlain(device, op, dims, effort) : undefined;
    const flops = op.flops(dims);
    const bytes = minimumBytes(op, dims);
    const us = timing.medianUs;
    const gflopPerSecond = flops / us / 1000;
    const gbPerSecond = bytes / us / 1000;
    return {
      ...row,
      status: "timed",
      dispatches: executable.dispatches,
      toleranceUsed: verdict.used,
      flops,
      minimumBytes: bytes,
      timing,
      plain,
      gflopPerSecond,
      gbPerSecond,
      roofShare: Math.max(gflopPerSecond / roof.peakGflopPerSecond, gbPerSecond / roof.bandwidthGbPerSecond),
    };
  } catch (error) {
    const reason = refusal(error);
    if (!reason) return { ...row, status: "wrong", reason: `${op.name}: ${(error as Error).message}` };
    return { ...row, status: "skipped", reason };
  } finally {
    executable?.close();
  }
}

/** The plain kernel beside which the fast one was checked. Fewer samples: it may be a hundred times as slow. */
async function timePlain(device: GPUDevice, op: Op, dims: Dims, effort: Effort): Promise<Timing> {
  const executable = await gpuMachine(device, "").compile(alone(op, dims, "plain"));
  try {
    fill(executable, op, dims);
    return await measure(runner(executable), { ...effort, samples: LEAST_SAMPLES });
  } finally {
    executable.close();
  }
}

/**
 * An operation's tolerance holds for its own cases. Here sums are longer, and the rounding error of a sum grows at
 * worst in proportion to the number of its terms.
 */
function toleranceAt(op: Op, dims: Dims): Tolerance {
  const longest = (d: Dims) => Math.max(1, ...Object.values(d));
  const growth = Math.max(1, longest(dims) / Math.max(...op.cases.map(longest), 1));
  return { rtol: growth * op.tolerance.rtol, atol: growth * op.tolerance.atol };
}

/** A plan of this one operation, on its own tensors, which stay on the device. */
export function alone(op: Op, dims: Dims, rung: Rung = "fast"): Plan {
  const formals = Object.entries(op.bindings);
  const tensors = formals.map(
    ([name, b]): Tensor => ({
      name,
      shape: b.dims.map((symbol) => dims[symbol]),
      symbols: b.dims,
      type: b.type,
      role: "state",
    }),
  );
  const args = Object.fromEntries(formals.map(([name]) => [name, name]));
  return bindPlan(op.name, tensors, [{ op, args, sizes: dims }], { rung });
}

/**
 * Fills each binding from its domain. Values in [0, 1) are scaled down in operations that update something, because
 * one of them is a learning rate, and thousands of steps in a row must stay finite.
 */
function fill(executable: Executable, op: Op, dims: Dims): void {
  const g = new TorchGenerator(1);
  const learns = Object.values(op.bindings).some((b) => b.access === "update" && b.type === "f32");
  for (const [name, b] of Object.entries(op.bindings)) {
    if (b.access === "write") continue;
    const values = draw(g, b.domain, elements(b, dims), dims);
    executable.upload(name, learns && b.domain === "unit" ? values.map((x) => 0.001 * x) : values);
  }
}

/** Splits the repeats into runs of at most `capacity` steps. */
function runner(executable: Executable): (repeats: number) => Promise<void> {
  return async (repeats) => {
    for (let left = repeats; left > 0; left -= executable.capacity)
      await executable.run(Math.min(left, executable.capacity), () => {});
  };
}
