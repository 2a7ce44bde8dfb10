/** The parameters, and what the optimiser keeps for them, on their way to and from a compiled plan. */
import { arena, partsOf, windows } from "../model/arena.ts";
import { stateOf, type UpdateRule } from "../model/optimizers.ts";
import { PARAMETERS, type ParameterName, type Parameters, type Sizes } from "../model/tensors.ts";
import type { AnyArray, FloatArray } from "../plan/contract.ts";
import type { Executable } from "../plan/executable.ts";
import { size, type Tensor } from "../plan/plan.ts";

/** What an optimiser keeps for every parameter, by torch's names: `momentum_buffer`, `exp_avg`, `exp_avg_sq`. */
export type OptimizerState = Readonly<Record<string, Parameters>>;

/** What training changes. */
export interface Weights {
  readonly parameters: Parameters;
  readonly optimizer: OptimizerState;
}

/** An optimiser's state at the start: zeros. */
export const freshState = (rule: UpdateRule, parameters: Parameters): OptimizerState =>
  Object.fromEntries(
    stateOf(rule).map((kept) => [
      kept,
      Object.fromEntries(PARAMETERS.map((p) => [p, new Float32Array(parameters[p].length)])) as Parameters,
    ]),
  );

/** The arenas of {@link Weights}, which come back with the losses, so that the host always has what it takes to go on. */
export const arenasOf = (rule: UpdateRule): string[] => ["parameters", ...stateOf(rule)];

/** Weights out of their arenas by name. */
export const weightsOf = (
  s: Sizes,
  rule: UpdateRule,
  arenas: Readonly<Record<string, AnyArray>>,
): Weights => ({
  parameters: partsOf(s, arenas.parameters as FloatArray),
  optimizer: Object.fromEntries(stateOf(rule).map((kept) => [kept, partsOf(s, arenas[kept] as FloatArray)])),
});

/** Every array of weights under the name it has in a plan and in a checkpoint: `W1`, `momentum_buffer.W1`. */
export const weightArrays = ({ parameters, optimizer }: Weights): [name: string, values: Float32Array][] => [
  ...PARAMETERS.map((p): [string, Float32Array] => [p, parameters[p]]),
  ...Object.entries(optimizer).flatMap(([kept, values]) =>
    PARAMETERS.map((p): [string, Float32Array] => [`${kept}.${p}`, values[p]]),
  ),
];

/** The parameter that an array of weights is, or belongs to: W1 for `exp_avg.W1`. */
export const parameterOf = (name: string) => name.slice(name.indexOf(".") + 1) as ParameterName;

/** Uploads the parameters that the plan has. */
export function uploadParameters(executable: Executable, parameters: Parameters): void {
  uploadWeights(executable, { parameters, optimizer: {} });
}

/** Uploads the weights that the plan has. */
export function uploadWeights(executable: Executable, weights: Weights): void {
  for (const [name, values] of weightArrays(weights))
    if (executable.plan.tensors.has(name)) executable.upload(name, values);
}

/** Uploads the weights of several networks, whose arenas lie one after another. Where there are fewer than the plan has, the rest are zero. */
export function uploadPopulation(
  executable: Executable,
  s: Sizes,
  rule: UpdateRule,
  networks: readonly Weights[],
): void {
  const { length } = arena(s);
  for (const name of arenasOf(rule)) {
    const tensor = executable.plan.tensors.get(name) as Tensor;
    const values = new Float32Array(size(tensor));
    for (const [m, { parameters, optimizer }] of networks.entries()) {
      const to = windows(s, values.subarray(m * length, (m + 1) * length));
      const from = name === "parameters" ? parameters : optimizer[name];
      for (const p of PARAMETERS) to[p].set(from[p]);
    }
    executable.upload(name, values);
  }
}
