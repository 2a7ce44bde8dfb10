/** Training that diverged: where the first value that is not finite appeared. */

import { type AnyPath, shownBy, stepPlan } from "../model/plans.ts";
import { type Sizes, shapeOf } from "../model/tensors.ts";
import { unravel } from "../plan/compare.ts";
import { count } from "../plan/count.ts";
import { type Machine, withPlan } from "../plan/machine.ts";
import type { Plan } from "../plan/plan.ts";
import type { TrainConfig } from "./config.ts";
import { updateRuleOf, writeCoefficients } from "./optimizer.ts";
import { parameterOf, uploadWeights, weightArrays } from "./parameters.ts";
import type { TrainingState } from "./state.ts";
import type { Step } from "./step.ts";
import type { Submitted } from "./stepper.ts";

/** An element that is NaN or infinite. */
export interface Culprit {
  readonly tensor: string;
  readonly value: number;
  readonly index: readonly number[];
}

/** A step made a value that is not finite. The trainer stands before that step, where all was well. */
export class DivergenceError extends Error {
  override name = "DivergenceError";
  readonly step: number;
  readonly tensor: string;

  constructor(step: number, lr: number, { tensor, value, index }: Culprit) {
    const at = index.length > 0 ? ` at [${index.join(",")}]` : "";
    super(
      `training diverged at step ${count(step)}: ${tensor} is the first tensor that is not finite (${value}${at}); lower --lr (it is ${lr})`,
    );
    this.step = step;
    this.tensor = tensor;
  }
}

/** The first value that is not finite: losses first, then parameters in the notebook's order, then what the optimiser keeps for them. */
export function findCulprit(submitted: Submitted, s: Sizes): Culprit | undefined {
  const bad = firstNotFinite(submitted.losses);
  if (bad >= 0) return { tensor: "loss", value: submitted.losses[bad], index: [] };
  for (const [tensor, values] of weightArrays(submitted)) {
    const i = firstNotFinite(values);
    if (i >= 0) return { tensor, value: values[i], index: unravel(i, shapeOf(parameterOf(tensor), s)) };
  }
  return undefined;
}

/**
 * Index of the first NaN or infinity, or −1. Checked on the host, since a shader's compiler may assume that there are none.
 */
export function firstNotFinite(values: ArrayLike<number>): number {
  // x − x is 0 for every finite x, and NaN for the others: one sum tells whether there is any.
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] - values[i];
  if (sum === 0) return -1;
  return Array.prototype.findIndex.call(values, (x) => !Number.isFinite(x));
}

/**
 * Runs one step from sound weights, and looks through what its operations wrote, in the plan's order.
 * @param path whose intermediates are searched; or, if it keeps none, those of a path that computes the same
 */
export const traceDivergence = (
  machine: Machine,
  step: Step,
  state: TrainingState,
  config: TrainConfig,
  path: AnyPath,
): Promise<Culprit | undefined> => {
  const plan = stepPlan(step.sizes, shownBy(path), { update: updateRuleOf(config) });
  return withPlan(machine, plan, async (executable) => {
    uploadWeights(executable, state);
    await executable.run(1, (inputs) => {
      inputs.Xb.set(step.Xb);
      inputs.Yb.set(step.Yb);
      writeCoefficients(config, state.step, inputs.coefficients);
    });
    for (const tensor of written(plan)) {
      const values = (await executable.download([tensor]))[tensor];
      const i = firstNotFinite(values);
      if (i >= 0) return { tensor, value: values[i], index: unravel(i, plan.tensors.get(tensor)!.shape) };
    }
    return undefined;
  });
};

/** What the calls write, in their order; an arena by its windows. */
function written({ calls, tensors }: Plan): string[] {
  const isArena = (name: string) => tensors.get(name)!.symbols[0] === "P";
  const windows = (arena: string) => [...tensors.values()].filter((t) => t.view?.of === arena);
  const parts = (name: string) => (isArena(name) ? windows(name).map((t) => t.name) : [name]);
  return calls.flatMap(({ op, args }) =>
    Object.entries(op.bindings)
      .filter(([, b]) => b.access !== "read")
      .flatMap(([formal]) => parts(args[formal])),
  );
}
