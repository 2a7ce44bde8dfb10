/** Runs training steps on a plan, whichever level of fusion it has: several in one submit. */
import { coefficientCount, type UpdateRule } from "../model/optimizers.ts";
import { type AnyPath, stepPlan, stepsOf } from "../model/plans.ts";
import type { Sizes } from "../model/tensors.ts";
import type { FloatArray } from "../plan/contract.ts";
import type { Executable, StepInputs } from "../plan/executable.ts";
import type { Machine } from "../plan/machine.ts";
import { arenasOf, type Weights, weightsOf } from "./parameters.ts";

/**
 * Writes the inputs of step `i` of a submit into the arrays `Xb`, `Yb` and `coefficients`, each of which holds several steps, at step
 * `slot` of them.
 */
export type FillStep = (i: number, inputs: StepInputs, slot: number) => void;

/** The result of a submit: a loss per step, and the weights after the last one. */
export interface Submitted extends Weights {
  readonly losses: FloatArray;
}

export interface Stepper {
  readonly executable: Executable;
  /** Most steps of one submit. */
  readonly capacity: number;
  /** Dispatches per step: less than one where a dispatch holds many. */
  readonly dispatchesPerStep: number;
  run(steps: number, fill: FillStep): Promise<Submitted>;
}

export async function compileStepper(
  machine: Machine,
  sizes: Sizes,
  path: AnyPath,
  update: UpdateRule = "sgd",
): Promise<Stepper> {
  const executable = await machine.compile(stepPlan(sizes, path, { update }));
  const each = stepsOf(executable.plan);
  const width = coefficientCount(update);
  const arenas = arenasOf(update);
  return {
    executable,
    capacity: each * executable.capacity,
    dispatchesPerStep: executable.dispatches / each,
    run: async (steps, fill) => {
      const fillRun = (inputs: StepInputs, run: number) => {
        const first = run * each;
        const count = Math.min(each, steps - first);
        for (let slot = 0; slot < count; slot++) fill(first + slot, inputs, slot);
        // A step whose first coefficient is 0 ends a run that holds fewer steps than it could.
        if (count < each) inputs.coefficients[count * width] = 0;
      };
      const { loss, ...kept } = await executable.run(Math.ceil(steps / each), fillRun, arenas);
      return { losses: loss.subarray(0, steps) as FloatArray, ...weightsOf(sizes, update, kept) };
    },
  };
}
