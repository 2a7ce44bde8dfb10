/**
 * Judges a step's tensors by the reference under random rounding. That takes as long as 17 steps of the reference, so the page has it in a
 * worker of its own. No DOM.
 */
import { type AnyPath, type Path, shownBy, stepPlan } from "../../model/plans.ts";
import { PARAMETERS, type Sizes } from "../../model/tensors.ts";
import { judgeOperation, type OperationReport } from "../../train/bisect.ts";
import { type CheckRow, judgeStep, type Reference, referenceOf, withNote } from "../../train/check.ts";
import type { Step } from "../../train/step.ts";
import { type DifferenceReport, differenceOf } from "./differences.ts";

/** Tensors of a step, by name. */
export type Values = Readonly<Record<string, ArrayLike<number>>>;

export interface Verdict {
  /** Of every tensor that has a row, forward ones first. */
  readonly rows: readonly CheckRow[];
  /** Whether something can be judged, and nothing is wrong. */
  readonly ok: boolean;
  /** Why some rows could not be judged. */
  readonly note?: string;
  /** The first operation with a wrong result for its inputs. Looked for only if a row is wrong. */
  readonly culprit?: OperationReport;
}

/** A judge, wherever it computes. A question that a newer one has overtaken is answered with nothing. */
export interface Judging {
  /**
   * @param values all tensors that the level makes of the step; the caller gives them away
   * @throws MemoryError
   */
  board(step: Step, level: AnyPath, values: Values): Promise<Verdict | undefined>;
  /**
   * One operation by itself, for the inputs it had.
   * @param values of the call's tensors; the caller gives them away
   */
  operation(sizes: Sizes, level: AnyPath, call: number, values: Values): Promise<OperationReport | undefined>;
  /**
   * The gradient of the loss by one element, by finite differences.
   * @throws RangeError for a tensor or element that has none; MemoryError
   */
  difference(step: Step, name: string, index: number): Promise<DifferenceReport | undefined>;
  close(): void;
}

export class Judge implements Judging {
  #last: { readonly step: Step; readonly path: AnyPath; readonly reference: Reference } | undefined;

  async board(step: Step, level: AnyPath, values: Values): Promise<Verdict> {
    const path = shownBy(level);
    const got = new Map(Object.entries(values));
    const judged = judgeStep(got, this.#referenceOf(step, path), step.sizes);
    const { rows, ok, note } = withNote(judged, step, path);
    const wrong = rows.some((r) => r.within === false);
    // The whole step is one operation, so there is none to blame.
    const culprit = wrong && path === level ? firstWrong(step.sizes, path, values) : undefined;
    return { rows, ok, note, culprit };
  }

  async operation(sizes: Sizes, level: AnyPath, call: number, values: Values): Promise<OperationReport> {
    return judgeOperation(planOf(sizes, level), call, values);
  }

  async difference(step: Step, name: string, index: number): Promise<DifferenceReport> {
    return differenceOf(step, name, index);
  }

  close(): void {
    this.#last = undefined;
  }

  /** Computed once for equal steps: running the check again at the same weights needs no new samples. */
  #referenceOf(step: Step, path: Path): Reference {
    if (!this.#last || this.#last.path !== path || !sameStep(this.#last.step, step)) {
      this.#last = undefined;
      this.#last = { step, path, reference: referenceOf(step, path) };
    }
    return this.#last.reference;
  }
}

const planOf = (sizes: Sizes, level: AnyPath) => stepPlan(sizes, level, { update: false });

function firstWrong(sizes: Sizes, path: Path, values: Values): OperationReport | undefined {
  const plan = planOf(sizes, path);
  for (let call = 0; call < plan.calls.length; call++) {
    const report = judgeOperation(plan, call, values);
    if (report.within === false) return report;
  }
  return undefined;
}

const sameStep = (a: Step, b: Step): boolean =>
  (Object.keys(a.sizes) as (keyof Sizes)[]).every((key) => a.sizes[key] === b.sizes[key]) &&
  same(a.Xb, b.Xb) &&
  same(a.Yb, b.Yb) &&
  PARAMETERS.every((name) => same(a.parameters[name], b.parameters[name]));

function same(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return a.length === b.length;
}
