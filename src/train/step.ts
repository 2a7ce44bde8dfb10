/** One training step: its parameters and its minibatch. */
import { show } from "../data/error.ts";
import type { Split } from "../data/examples.ts";
import type { Parameters, Sizes } from "../model/tensors.ts";
import { count } from "../plan/count.ts";
import type { Executable } from "../plan/executable.ts";
import { TorchGenerator } from "../random/torch.ts";
import { configuration, MismatchError, requireParameters, requireSplit } from "./belong.ts";
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

/**
 * The notebook's own first step: these parameters, and the minibatch their generator draws next.
 * @throws MismatchError for a state or examples of other sizes
 */
export function firstStep(
  sizes: Sizes,
  state: Pick<TrainingState, "parameters" | "generator">,
  train: Split,
): Step {
  requireParameters(state.parameters, sizes, "the state");
  requireSplit(train, configuration(sizes));
  const indices = TorchGenerator.fromState(state.generator).randint(train.length, sizes.batch);
  const Xb = new Uint32Array(sizes.batch * sizes.context);
  const Yb = new Uint32Array(sizes.batch);
  train.gather(indices, Xb, Yb);
  return { sizes, parameters: state.parameters, Xb, Yb };
}

/** @throws TypeError for what is no step; MismatchError unless the parameters and the minibatch have the step's sizes */
export function requireStep(step: Step): void {
  if (!step?.sizes || !step.parameters || !step.Xb || !step.Yb)
    throw new TypeError(`the step is ${show(step)}; give one of firstStep() or readStepFile()`);
  const { sizes, parameters, Xb, Yb } = step;
  requireParameters(parameters, sizes, "the step");
  for (const [name, values, want] of [
    ["Xb", Xb, sizes.batch * sizes.context],
    ["Yb", Yb, sizes.batch],
  ] as const) {
    if (values.length !== want)
      throw new MismatchError(
        `the step's ${name} has ${count(values.length)} elements, but its sizes imply ${count(want)}`,
      );
    const bad = values.findIndex(
      (token) => !(Number.isInteger(token) && token >= 0 && token < sizes.vocabulary),
    );
    if (bad >= 0)
      throw new MismatchError(
        `the step's ${name} holds ${values[bad]} at ${bad}, but its vocabulary has ${sizes.vocabulary} characters`,
      );
  }
}

/**
 * Runs a step's plan without its update; whatever tensors it has stay there to be downloaded. Resolves with the loss.
 * @param executable of a plan by `stepPlan(…, { update: false })`
 */
export async function runStep(executable: Executable, step: Step): Promise<ArrayLike<number>> {
  requireStep(step);
  uploadParameters(executable, step.parameters);
  const { loss } = await executable.run(1, (inputs) => {
    inputs.Xb.set(step.Xb);
    inputs.Yb.set(step.Yb);
    // If a run may hold several steps, the 0 ends it after one.
    inputs.coefficients?.set([1, 0]);
  });
  return loss.subarray(0, 1);
}
