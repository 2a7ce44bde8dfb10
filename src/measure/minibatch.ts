/** A step that can run again and again: always the same minibatch, and updates that change nothing that matters. */
import type { Split } from "../data/examples.ts";
import { coefficientCount } from "../model/optimizers.ts";
import type { Sizes } from "../model/tensors.ts";
import type { StepInputs } from "../plan/executable.ts";
import { TorchGenerator } from "../random/torch.ts";
import type { TrainConfig } from "../train/config.ts";
import { updateRuleOf, writeCoefficients } from "../train/optimizer.ts";
import { initialState, type TrainingState } from "../train/state.ts";
import { firstStep, type Step } from "../train/step.ts";

/** A learning rate under which a million updates are like none; 0 would end a dispatch of many steps. */
const STILL = 1e-12;
/** Steps of a dispatch of many that are checked: with more, device and CPU drift apart, as training does. */
const CHECKED = 2;

export class RepeatedStep {
  readonly state: TrainingState;
  readonly #config: TrainConfig;
  readonly #step: Step;

  constructor(config: TrainConfig, sizes: Sizes, train: Split) {
    this.#config = { ...config, lr: STILL };
    this.state = initialState(config, sizes.vocabulary);
    this.#step = firstStep(sizes, this.state, train);
  }

  /** The inputs of a run; behind the coefficients of its steps come those of `tail`. */
  fill(inputs: StepInputs, tail: readonly number[] = []): void {
    const { steps, width } = this.#minibatches(inputs);
    for (let at = 0; at < steps; at++) writeCoefficients(this.#config, 0, inputs.coefficients, at * width);
    inputs.coefficients.set(tail, steps * width);
  }

  /** The same with coefficients for which the operations' tolerances are meant, so that an update is seen. */
  fillToCheck(inputs: StepInputs, tail: readonly number[] = []): void {
    const { steps, width } = this.#minibatches(inputs);
    const checked = Math.min(steps, CHECKED);
    inputs.coefficients.fill(0);
    inputs.coefficients.set(new TorchGenerator(1).rand(checked * width));
    inputs.coefficients.set(tail, steps * width);
  }

  /** @returns how many steps the inputs have room for, and how many coefficients each has */
  #minibatches({ Xb, Yb }: StepInputs): { steps: number; width: number } {
    const steps = Yb.length / this.#step.Yb.length;
    for (let at = 0; at < steps; at++) {
      Xb.set(this.#step.Xb, at * this.#step.Xb.length);
      Yb.set(this.#step.Yb, at * this.#step.Yb.length);
    }
    return { steps, width: coefficientCount(updateRuleOf(this.#config)) };
  }
}
