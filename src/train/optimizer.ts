/** From a run's settings to the numbers that its optimiser computes with. */
import { coefficientCount, UPDATE_RULES, type UpdateRule } from "../model/optimizers.ts";
import { PARAMETERS, type ParameterName, type Parameters } from "../model/tensors.ts";
import type { AnyArray } from "../plan/contract.ts";
import { learningRate, type TrainConfig } from "./config.ts";
import type { Weights } from "./parameters.ts";

/** SGD with momentum keeps a buffer, so it has another rule. */
export const updateRuleOf = ({ optimizer, momentum }: TrainConfig): UpdateRule =>
  optimizer === "sgd" && momentum > 0 ? "momentum" : optimizer;

/** Each rule's coefficients in step `step`, counted from 0, in the order in which its kernel reads them. */
const COEFFICIENTS: Readonly<
  Record<UpdateRule, (c: TrainConfig, lr: number, step: number) => readonly number[]>
> = {
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
  const values = COEFFICIENTS[updateRuleOf(c)](c, learningRate(c, step), step);
  for (let i = 0; i < values.length; i++) to[offset + i] = values[i];
}

/** How many coefficients a step has. */
export const coefficientsOf = (c: TrainConfig): number => coefficientCount(updateRuleOf(c));

/** How much the next step would change each parameter with these gradients (`dC`, `dW1`, …), computed on the CPU. */
export function changesOf(
  c: TrainConfig,
  { step, parameters, optimizer }: Weights & { readonly step: number },
  gradients: Readonly<Record<string, AnyArray>>,
): Parameters {
  const { op } = UPDATE_RULES[updateRuleOf(c)];
  const coefficients = new Float64Array(coefficientsOf(c));
  writeCoefficients(c, step, coefficients);
  const change = (name: ParameterName) => {
    const p = parameters[name].slice();
    const kept = Object.entries(optimizer).map(([state, of]) => [state, of[name].slice()]);
    op.twin({ p, g: gradients[`d${name}`], coefficients, ...Object.fromEntries(kept) }, { P: p.length });
    return p.map((x, i) => x - parameters[name][i]);
  };
  return Object.fromEntries(PARAMETERS.map((name) => [name, change(name)])) as Parameters;
}
