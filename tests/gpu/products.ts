/** Products big enough for the fast kernels that `cases` of the operations do not reach: those with a short sum, and those with a thin side. */

import { linear } from "../../src/ops/index.ts";
import type { Dims } from "../../src/plan/contract.ts";

export interface BigProduct {
  readonly dims: Dims;
  /** The operations that run one of the two texts on devices whose subgroups exchange values. */
  readonly texts: Partial<Record<"forward" | "backward" | "backwardInput" | "backwardWeight", Text>>;
}
type Text = keyof typeof MARKS;

export const BIG_PRODUCTS: readonly BigProduct[] = [
  // Sums of 30 terms and slices of 36, both factors along the sum.
  { dims: { N: 1100, I: 30, O: 36 }, texts: { forward: "short", backwardInput: "thin", backward: "thin" } },
  // The last slice is not whole.
  {
    dims: { N: 36, I: 1000, O: 32 },
    texts: { forward: "thin", backwardInput: "short", backwardWeight: "thin", backward: "thin" },
  },
  // Rows that are no whole vec4s.
  { dims: { N: 1201, I: 45, O: 21 }, texts: { forward: "thin", backwardWeight: "thin", backward: "thin" } },
  // The rows are the thin side. A minibatch of 32: the weights' gradient has the short sum.
  {
    dims: { N: 32, I: 1100, O: 36 },
    texts: { backwardInput: "thin", backwardWeight: "short", backward: "short" },
  },
];

export const { forward, backward, backwardInput, backwardWeight } = linear;
/** A name that only this text has. */
export const MARKS = { short: "columns", thin: "panel" } as const;
