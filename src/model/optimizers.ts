/**
 * The optimisers: what ends a step. Everything that depends on which one it is (the tensors it keeps, the inputs it asks for, what goes into a
 * checkpoint) follows from this list.
 */
import * as shader from "../../shaders/optimizers.ts";
import { adamw, sgd } from "../ops/index.ts";
import type { Op } from "../plan/contract.ts";
import type { Call } from "../plan/plan.ts";

export interface Optimizer {
  /** The same in the whole step's text, its coefficients and its state. */
  readonly update: shader.Update;
  /** Its operation, over the arenas. */
  readonly op: Op;
}

/** `momentum` is torch.optim.SGD with a momentum, which keeps a buffer that plain SGD has not. */
export const OPTIMIZERS = {
  sgd: { update: shader.sgd, op: sgd.step },
  momentum: { update: shader.momentum, op: sgd.momentum },
  adamw: { update: shader.adamw, op: adamw.step },
} as const satisfies Record<string, Optimizer>;
export type OptimizerName = keyof typeof OPTIMIZERS;

/** What an optimiser keeps for every parameter, under torch's names: each is an arena. All start at 0. */
export const stateOf = (name: OptimizerName): readonly string[] => OPTIMIZERS[name].update.state;

/** How many numbers the host computes for each of its steps. */
export const coefficientCount = (name: OptimizerName): number => OPTIMIZERS[name].update.coefficients.length;

/** The call that ends a step. Its formals are named as the tensors are, but for the parameters and their gradients. */
export function updateCall(name: OptimizerName): Call {
  const { op } = OPTIMIZERS[name];
  const tensors: Readonly<Record<string, string>> = { p: "parameters", g: "gradients" };
  return { op, args: Object.fromEntries(Object.keys(op.bindings).map((f) => [f, tensors[f] ?? f])) };
}
