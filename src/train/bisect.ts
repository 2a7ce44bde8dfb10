/** Finds the operation that went wrong: each one's outputs against its CPU twin on the very inputs it had. */
import { type Path, stepPlan } from "../model/plans.ts";
import { compareValues, largest } from "../plan/compare.ts";
import type { AnyArray, Op, Tolerance } from "../plan/contract.ts";
import { type Machine, withPlan } from "../plan/machine.ts";
import { type Plan, size } from "../plan/plan.ts";
import { runStep, type Step } from "./step.ts";

export interface OperationReport {
  /** As in the plan, from 1. */
  readonly position: number;
  readonly op: string;
  /** The output that used most of the op's tolerance, and the share. */
  readonly tensor: string;
  readonly used: number;
  readonly index: number;
  readonly got: number;
  readonly want: number;
}

/**
 * Runs the step on `machine` once and judges every operation on its own, so that a wrong one is not blamed on those
 * after it. No tensor is written twice in a step without its update, so all inputs are still there at the end.
 */
export function eachOperation(machine: Machine, step: Step, path: Path): Promise<OperationReport[]> {
  return withPlan(machine, stepPlan(step.sizes, path, { update: false }), async (executable) => {
    const { plan } = executable;
    const loss = await runStep(executable, step);
    const stored = [...plan.tensors.values()].filter((t) => t.role !== "input" && t.role !== "output");
    const values: Record<string, ArrayLike<number>> = {
      ...(await executable.download(stored.map((t) => t.name))),
      loss,
      Xb: step.Xb,
      Yb: step.Yb,
    };
    return plan.calls.map((_, i) => judgeOperation(plan, i, values));
  });
}

/** One call's outputs among a step's values, against its twin on its inputs among them. */
export function judgeOperation(
  plan: Plan,
  call: number,
  values: Readonly<Record<string, ArrayLike<number>>>,
): OperationReport {
  const c = plan.calls[call];
  const args = Object.fromEntries(
    Object.entries(c.op.bindings).map(([formal, b]) => {
      const tensor = plan.tensors.get(c.args[formal])!;
      const array = b.type === "u32" ? Uint32Array : Float64Array;
      return [formal, b.access === "read" ? array.from(values[tensor.name]) : new array(size(tensor))];
    }),
  );
  c.op.twin(args, c.dims);
  const written = Object.keys(c.op.bindings).filter((formal) => c.op.bindings[formal].access !== "read");
  const reports = written.map((formal) => {
    const { worst } = compareValues(values[c.args[formal]], args[formal], scaled(c.op, args, formal));
    return { position: call + 1, op: c.op.name, tensor: c.args[formal], ...worst };
  });
  return reports.reduce((a, b) => (b.used > a.used ? b : a));
}

/** Up to this many terms per output an op's atol is enough as it stands: about as many as its cases have. */
const TERMS = 600;

/**
 * An op's atol is meant for inputs near 1, but gradients are about 1e-3: it is scaled by the output's largest value, or by
 * that of the smallest input where the output cancels to nothing (db1, dlogit_maxes). Rounding errors of very many terms add up like
 * a random walk, by the root of their number, and where they cancel nothing else is left of the output.
 */
function scaled(op: Op, args: Readonly<Record<string, AnyArray>>, output: string): Tolerance {
  const inputs = Object.entries(op.bindings).filter(([, b]) => b.access === "read" && b.type === "f32");
  const smallest = Math.min(...inputs.map(([formal]) => largest(args[formal])));
  const most = Math.max(0, ...inputs.map(([formal]) => args[formal].length));
  const walk = Math.max(1, Math.sqrt(most / args[output].length / TERMS));
  const scale = walk * Math.min(1, Math.max(largest(args[output]), Number.isFinite(smallest) ? smallest : 0));
  return { rtol: op.tolerance.rtol, atol: op.tolerance.atol * scale };
}
