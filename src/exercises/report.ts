/** The verdict on a learner's lines, as the library returns it and `--json` prints it. */

export const VERDICTS = ["right", "right-here", "right-in-itself", "wrong", "missing", "error"] as const;

/**
 * `right-here`: true in this network, but not the step that is asked for. `right-in-itself`: right, but something before it that it uses is
 * wrong. `missing`: asked for, and the text does not have it. `error`: the text goes wrong before it has a value.
 */
export type Verdict = (typeof VERDICTS)[number];

/** One gradient of the text. What has no value is null. */
export interface LinesRow {
  /** The tensor, e.g. `dprobs`. */
  readonly name: string;
  /** Which of the notebook's exercises, 0 for the warm-up. */
  readonly exercise: number;
  /** The notebook's code cell, from 1; null in a text without cells. */
  readonly cell: number | null;
  /** The last line that changes the tensor, from 1, in a notebook within its cell. */
  readonly line: number | null;
  readonly verdict: Verdict;
  /** The notebook's `cmp` on the first minibatch: equal in every bit of float32, */
  readonly exact: boolean | null;
  /** close by `torch.allclose`, */
  readonly approximate: boolean | null;
  /** and the largest difference. */
  readonly maxdiff: number | null;
  readonly shape: readonly number[] | null;
  /** The mistake that gives the same values, with a sentence about its consequence. */
  readonly mistake: { readonly id: string; readonly says: string } | null;
  /** What else is to be said, such as a number that happens to be a size. */
  readonly note: string | null;
  /** Why there is no value. */
  readonly message: string | null;
}

/** The verdict on a whole text or notebook. */
export interface LinesReport {
  readonly kind: "lines";
  /** Whether there are rows, all of them are right, and training showed no difference. */
  readonly ok: boolean;
  /** Statements on which no gradient depends: they did not run. */
  readonly skipped: number;
  readonly rows: readonly LinesRow[];
  /** Absent if nothing trained. */
  readonly training?: {
    readonly steps: number;
    /** The first step, from 0, and the first tensor in the notebook's order that differ from the right ones beyond rounding. */
    readonly firstDifference: { readonly step: number; readonly tensor: string } | null;
  };
}

/** A row with what is known; what is not is null. */
export const rowOf = (
  known: Pick<LinesRow, "name" | "exercise" | "verdict"> & Partial<LinesRow>,
): LinesRow => ({
  name: known.name,
  exercise: known.exercise,
  cell: known.cell ?? null,
  line: known.line ?? null,
  verdict: known.verdict,
  exact: known.exact ?? null,
  approximate: known.approximate ?? null,
  maxdiff: known.maxdiff ?? null,
  shape: known.shape ?? null,
  mistake: known.mistake ?? null,
  note: known.note ?? null,
  message: known.message ?? null,
});
