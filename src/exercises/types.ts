/** What an exercise is: data that page, command line and library share. */

/** Sizes of a case by the names that learners use: `n`, `vocab_size`, `n_embd`, `block_size`, `n_hidden`. */
export type CaseSizes = Readonly<Record<"n" | "vocab_size" | "n_embd" | "block_size" | "n_hidden", number>>;

/** A wrong line, in the learner's own language, and what to say to whoever has written something that computes the same. */
export interface Mistake {
  /** Stable, `tensor.what`, e.g. `dprobs.no-upstream`. */
  readonly id: string;
  /** One or several lines that make the tensor, or that go wrong in trying: then the same error is the same mistake. */
  readonly line: string;
  /** The consequence in these numbers, in one or two plain sentences; never the repair. */
  says(sizes: CaseSizes): string;
  /** `right-here` for a line that is true in this network, but is not the step that is asked for. */
  readonly verdict: "wrong" | "right-here";
}

/** Hints that open one by one, from the least to the whole line. */
export interface Hints {
  /** Forward lines that the tensor's value takes part in: what leads from it to the loss. */
  readonly forward: readonly string[];
  /** The rule in words. */
  readonly rule: string;
  /** The shapes that go in and come out, in symbols. */
  readonly shapes: string;
  /** A 2×2 (or as small) example in numbers. */
  readonly example: string;
  /** The line with a hole, `___`. */
  readonly hole: string;
}

/** One gradient to derive. */
export interface Task {
  /** The tensor that is asked for, e.g. `dprobs`. */
  readonly name: string;
  /** Which of the notebook's exercises; 0 is the warm-up. */
  readonly exercise: 0 | 1 | 2 | 3;
  readonly group: string;
  /**
   * A step on the way to another task, by that task's name: judged where a text has it, never missing. `dhprebn_mean` is one of
   * the three terms of exercise 3's `dhprebn`.
   */
  readonly stepOf?: string;
  /**
   * Gradients (`d…`) that the step may use; forward tensors and sizes may always be used. If exercise 3 gives `dbnraw` beside
   * `dhpreact`, it is `bngain * dhpreact`: either of them will do.
   */
  readonly given: readonly string[];
  /** What is asked, in a sentence. */
  readonly asked: string;
  readonly hints: Hints;
  /** Right spellings; the notebook's comes first, and is the last hint. */
  readonly spellings: readonly string[];
  readonly mistakes: readonly Mistake[];
}
