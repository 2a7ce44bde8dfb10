/**
 * Judges a step's tensors by the reference under random rounding. That takes as long as 17 steps of the reference, so the page has it in a
 * worker of its own. No DOM.
 */
import { stepPlan } from "../../model/plans.ts";
import { PARAMETERS, type Sizes } from "../../model/tensors.ts";
import { judgeOperation, type OperationReport } from "../../train/bisect.ts";
import { type CheckRow, judgeStep, type Reference, referenceOf, withNote } from "../../train/check.ts";
import type { Step } from "../../train/step.ts";

/** Tensors of the chunked step, by name. */
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
   * @param values all tensors of the step; the caller gives them away
   * @throws MemoryError
   */
  board(step: Step, values: Values): Promise<Verdict | undefined>;
  /**
   * One operation by itself, for the inputs it had.
   * @param values of the call's tensors; the caller gives them away
   */
  operation(sizes: Sizes, call: number, values: Values): Promise<OperationReport | undefined>;
  close(): void;
}

export class Judge implements Judging {
  #last: { readonly step: Step; readonly reference: Reference } | undefined;

  async board(step: Step, values: Values): Promise<Verdict> {
    const got = new Map(Object.entries(values));
    const { rows, ok, note } = withNote(judgeStep(got, this.#referenceOf(step), step.sizes), step, "chunked");
    const wrong = rows.some((r) => r.within === false);
    return { rows, ok, note, culprit: wrong ? firstWrong(step.sizes, values) : undefined };
  }

  async operation(sizes: Sizes, call: number, values: Values): Promise<OperationReport> {
    return judgeOperation(planOf(sizes), call, values);
  }

  close(): void {
    this.#last = undefined;
  }

  /** Computed once for equal steps: running the check again at the same weights needs no new samples. */
  #referenceOf(step: Step): Reference {
    if (!this.#last || !sameStep(this.#last.step, step)) {
      this.#last = undefined;
      this.#last = { step, reference: referenceOf(step, "chunked") };
    }
    return this.#last.reference;
  }
}

const planOf = (sizes: Sizes) => stepPlan(sizes, "chunked", { update: false });

function firstWrong(sizes: Sizes, values: Values): OperationReport | undefined {
  const plan = planOf(sizes);
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
