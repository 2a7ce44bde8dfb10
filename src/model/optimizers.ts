/**
 * The optimisers' update rules, with which a step ends. Everything that depends on the rule (the tensors it keeps, the inputs it needs, what
 * goes into a checkpoint) follows from this list.
 */
import * as shader from "../../shaders/optimizers.ts";
import { adamw, sgd } from "../ops/index.ts";
import type { Op } from "../plan/contract.ts";
import { type Call, callByName } from "../plan/plan.ts";

export interface Rule {
  /** The name of the whole step with it: `train_step.NAME`. */
  readonly name: string;
  /** Its text in kernels, with its coefficients and its state. */
  readonly update: shader.Update;
  /** Its operation, over the arenas. */
  readonly op: Op;
}

/** `momentum` is torch.optim.SGD with a momentum: it keeps a buffer, which plain SGD does not. */
export const UPDATE_RULES = {
  sgd: { name: "single", update: shader.sgd, op: sgd.step },
  momentum: { name: "momentum", update: shader.momentum, op: sgd.momentum },
  adamw: { name: "adamw", update: shader.adamw, op: adamw.step },
} as const satisfies Record<string, Rule>;
export type UpdateRule = keyof typeof UPDATE_RULES;

/** What a rule keeps for every parameter, under torch's names: each is an arena. All start at 0. */
export const stateOf = (rule: UpdateRule): readonly string[] => UPDATE_RULES[rule].update.state;

/** How many numbers the host computes for each step. */
export const coefficientCount = (rule: UpdateRule): number => UPDATE_RULES[rule].update.coefficients.length;

/** The call that ends a step. */
export const updateCall = (rule: UpdateRule): Call =>
  callByName(UPDATE_RULES[rule].op, { p: "parameters", g: "gradients" });
