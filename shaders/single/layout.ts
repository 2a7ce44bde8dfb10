/** How the whole step is cut up, and where its matrices lie in memory. */
import type { Update } from "../optimizers.ts";

/** An array of vec4 in workgroup memory, or a part of `scratch`. */
export interface Area {
  /** Vec4s. */
  readonly size: number;
  readonly inWorkgroup: boolean;
  /** Where it begins in `scratch`. */
  readonly base: number;
}

/**
 * Everything that is a matrix lies column by column, a column of the batch being `rowBlocks` × `quads` vec4s and a column of the weights
 * `inputs` + `classes` + 1 of them; what fills up a vec4, a block or a subgroup is zero.
 */
export type AreaName =
  /** For each hidden column: W1 and b1 (the weight of a column of ones), W2ᵀ, and bngain with bnbias; written back at the end. */
  | "weights"
  | "b2"
  /** What the optimiser keeps for those two, laid out as they are. */
  | `weights_${string}`
  | `b2_${string}`
  /** embcat with its column of ones, then dlogits: what the products with weights, and their gradients, sum over. */
  | "operands"
  /** h, then dhprebn. */
  | "hidden"
  /** logits, later demb. */
  | "product"
  /** Two sums of each column in each block of rows, and its mean. */
  | "partials"
  /** dC, row by row; zero between steps. Where there are many positions, a part of its terms, and all of them. */
  | "table"
  | "sums";

/** The step's phases in the order in which they first come, and the barriers between them. */
export const PHASES = [
  "fetch",
  "barriers",
  "emb",
  "first",
  "norm",
  "second",
  "softmax",
  "weights",
  "vectors",
  "table",
  "loss",
  "store",
] as const;
export type PhaseName = (typeof PHASES)[number];

/** Sizes of a step and where things lie, all constants of the text. */
export interface StepLayout {
  /** Invocations that exchange operands: see ../fast/exchange.ts. */
  readonly lanes: number;
  /** Blocks of rows of the batch, and vec4s of a column in each. */
  readonly rowBlocks: number;
  readonly quads: number;
  /** An invocation owns `own` columns of the hidden layer in one block of rows; `owners` invocations own all columns. */
  readonly own: number;
  readonly owners: number;
  /** Vec4s of a row of embcat with its one, and of a row of logits. */
  readonly inputs: number;
  readonly classes: number;
  /** Where each parameter begins in the arena. */
  readonly offsets: Readonly<Record<"C" | "W1" | "b1" | "W2" | "b2" | "bngain" | "bnbias", number>>;
  readonly areas: Readonly<Record<string, Area>>;
  /** Vec4s of `scratch` that one network takes. */
  readonly scratch: number;
  /** How a parameter is updated by its gradient. */
  readonly update: Update;
  /** Where phases are timed: the place in `coefficients` from which on it says how often each of them runs. */
  readonly runs?: number;
}
