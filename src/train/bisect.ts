/** Finds the operation that went wrong: each one's outputs against its CPU twin on the very inputs it had. */
import { type Path, stepPlan } from "../model/plans.ts";
import { compareValues } from "../plan/compare.ts";
import type { Tolerance } from "../plan/contract.ts";
import { type Machine, withPlan } from "../plan/machine.ts";
import type { Plan } from "../plan/plan.ts";
import { expectations, judgeRounding, MOST_ROUNDINGS } from "../plan/rounding.ts";
import { torchTolerance } from "./check.ts";
import type { OnFraction } from "./evaluate.ts";
import { runStep, type Step } from "./step.ts";

export interface OperationReport {
  /** As in the plan, from 1. */
  readonly position: number;
  readonly op: string;
  /** The output that is furthest off. */
  readonly tensor: string;
  /** How many roundings its worst element is off by; null if float32 overflows on the inputs. */
  readonly roundings: number | null;
  /** Whether that is at most 64; of integers, whether they are equal. */
  readonly within: boolean | null;
  /** The share of what is allowed that was used: more than 1 is wrong. By the roundings, or by the tolerance if one was given. */
  readonly used: number;
  /** The element that decides, what it is and should be, and the size of a rounding there. */
  readonly index: number;
  readonly got: number;
  readonly want: number;
  readonly s: number;
}

type Values = Readonly<Record<string, ArrayLike<number>>>;

/**
 * Runs the step on `machine` once and judges every operation on its own, so that a wrong one is not blamed on those
 * after it. No tensor is written twice in a step without its update, so all inputs are still there at the end.
 * @param tolerance judges by torch.allclose's rule instead
 */
export function eachOperation(
  machine: Machine,
  step: Step,
  path: Path,
  tolerance?: Partial<Tolerance>,
  onFraction: OnFraction = () => {},
): Promise<OperationReport[]> {
  return withPlan(machine, stepPlan(step.sizes, path, { update: false }), async (executable) => {
    const { plan } = executable;
    const loss = await runStep(executable, step);
    const stored = [...plan.tensors.values()].filter((t) => t.role !== "input" && t.role !== "output");
    const values = {
      ...(await executable.download(stored.map((t) => t.name))),
      loss,
      Xb: step.Xb,
      Yb: step.Yb,
    };
    return plan.calls.map((_, i) => {
      const report = judgeOperation(plan, i, values, tolerance);
      onFraction((i + 1) / plan.calls.length);
      return report;
    });
  });
}

/** One call's outputs among a step's values, against its twin on its inputs among them. @throws MemoryError */
export function judgeOperation(
  plan: Plan,
  call: number,
  values: Values,
  tolerance?: Partial<Tolerance>,
): OperationReport {
  const c = plan.calls[call];
  const names = (written: boolean) =>
    Object.entries(c.op.bindings)
      .filter(([, b]) => (b.access !== "read") === written)
      .map(([formal]) => c.args[formal]);
  // The call by itself, so its tensors are no windows into others.
  const tensors = new Map(
    Object.values(c.args).map((name) => [name, { ...plan.tensors.get(name)!, view: undefined }]),
  );
  const given = Object.fromEntries(names(false).map((name) => [name, values[name]]));
  const expected = expectations({ tensors, calls: [c] }, given, names(true));
  const reports = [...expected].map(([tensor, e]) => {
    const { roundings, within, worst } = judgeRounding(values[tensor], e);
    const torch =
      tolerance && compareValues(values[tensor], e.want, torchTolerance(tensor, e.want, tolerance)).worst;
    return {
      position: call + 1,
      op: c.op.name,
      tensor,
      roundings,
      within,
      used: (roundings ?? 0) / MOST_ROUNDINGS,
      ...worst,
      ...(torch && { ...torch, s: e.s[torch.index] ?? 0 }),
    };
  });
  return reports.reduce((a, b) => (b.used > a.used ? b : a));
}
