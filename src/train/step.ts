/** One training step: its parameters and its minibatch. */
import type { Split } from "../data/examples.ts";
import type { Parameters, Sizes } from "../model/tensors.ts";
import type { Executable } from "../plan/executable.ts";
import { TorchGenerator } from "../random/torch.ts";
import { uploadParameters } from "./parameters.ts";
import type { TrainingState } from "./state.ts";

/** One step's parameters and minibatch. */
export interface Step {
  readonly sizes: Sizes;
  readonly parameters: Parameters;
  /** (N,T) and (N), indices into the vocabulary. */
  readonly Xb: Uint32Array;
  readonly Yb: Uint32Array;
}

/** The notebook's own first step: these parameters, and the minibatch their generator draws next. */
export function firstStep(sizes: Sizes, state: TrainingState, train: Split): Step {
  const indices = TorchGenerator.fromState(state.generator).randint(train.length, sizes.batch);
  const Xb = new Uint32Array(sizes.batch * sizes.context);
  const Yb = new Uint32Array(sizes.batch);
  train.gather(indices, Xb, Yb);
  return { sizes, parameters: state.parameters, Xb, Yb };
}

/**
 * Runs a step's plan without its update; whatever tensors it has stay there to be downloaded. Resolves with the loss.
 * @param executable of a plan by `stepPlan(…, { update: false })`
 */
export async function runStep(executable: Executable, step: Step): Promise<ArrayLike<number>> {
  uploadParameters(executable, step.parameters);
  const { loss } = await executable.run(1, (inputs) => {
    inputs.Xb.set(step.Xb);
    inputs.Yb.set(step.Yb);
    // If a run may hold several steps, the 0 ends it after one.
    inputs.coefficients?.set([1, 0]);
  });
  return loss.subarray(0, 1);
}
