/** From a run's settings to the numbers that its optimiser computes with. */
import { OPTIMIZERS, type OptimizerName } from "../model/optimizers.ts";
import type { AnyArray } from "../plan/contract.ts";
import { learningRate, type TrainConfig } from "./config.ts";

/** SGD keeps a buffer only if it has momentum, and is another optimiser then. */
export const optimizerOf = ({ optimizer, momentum }: TrainConfig): OptimizerName =>
  optimizer === "sgd" && momentum > 0 ? "momentum" : optimizer;

/** What each optimiser's coefficients are in the step after `step` others, in the order in which its kernel reads them. */
const COEFFICIENTS: Readonly<Record<OptimizerName, (c: TrainConfig, lr: number, step: number) => readonly number[]>> = {
  sgd: (_, lr) => [lr],
  momentum: ({ momentum }, lr) => [lr, momentum],
  adamw: ({ weightDecay, beta1, beta2, eps }, lr, step) => [
    lr / (1 - beta1 ** (step + 1)),
    1 - lr * weightDecay,
    1 - beta1,
    beta2,
    1 - beta2,
    Math.sqrt(1 - beta2 ** (step + 1)),
    eps,
  ],
};

/** Writes a step's coefficients at `offset`, in float64 until they are stored. */
export function writeCoefficients(c: TrainConfig, step: number, to: AnyArray, offset = 0): void {
  const values = COEFFICIENTS[optimizerOf(c)](c, learningRate(c, step), step);
  for (let i = 0; i < values.length; i++) to[offset + i] = values[i];
}

/** How many there are. */
export const coefficientsOf = (c: TrainConfig): number =>
  OPTIMIZERS[optimizerOf(c)].update.coefficients.length;
