/** What a derivation is: data that Check, the walk and the exercises show. */

/** A step: why, with `$…$` and `code` in it, and the formula that it leads to. */
export interface Step {
  readonly say: string;
  readonly formula?: string;
  /**
   * The formula holds for the gradients of this network's loss, and not for any that might arrive. The tests compute all others with random
   * gradients.
   */
  readonly here?: true;
}

/** From the forward line to the backward line, which follows below the last step as formula and as PyTorch. */
export interface Derivation {
  readonly steps: readonly Step[];
  /** How the steps become the formula and the line: shapes, and what they say about the code. */
  readonly last: string;
  /** What goes wrong often, and how to tell. */
  readonly traps: readonly string[];
}
