/** What the network's plans are written in: operations on its tensors, and the notebook's lines that they compute. */
import type { Bindings, Op } from "../plan/contract.ts";
import { type Call, call } from "../plan/plan.ts";
import type { TensorName } from "./describe.ts";

/** `op(linear.forward, { x: "embcat", … })`; a missing binding or a misspelt tensor is a compile error. */
export const op = <B extends Bindings>(spec: Op<B>, args: { readonly [K in keyof B]: TensorName }): Call =>
  call<B, TensorName>(spec, args);

/** A line of the notebook: it makes one tensor. */
export interface Line {
  /** The line in PyTorch. */
  readonly torch: string;
  /** The same as an operation. Absent for the minibatch, for a view, and for a second output of the call above. */
  readonly call?: Call;
  /**
   * The same as a formula: TeX, in which a bare word is a tensor's name (`dhprebn_{ij}`). Indices: i example, t place in the
   * context, e float of an embedding, k = tE + e, j hidden neuron, v character. n examples, E floats per character.
   */
  readonly formula: string;
  /** What the line is for, in words. */
  readonly why: string;
}

/** Lines by the tensor that they make, in the order in which they run. */
export type Lines = Readonly<Partial<Record<TensorName, Line>>>;
