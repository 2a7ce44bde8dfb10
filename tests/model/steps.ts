/** Runs the training step on any machine, from PyTorch's fixtures. */

import { type AnyPath, type Path, stepPlan } from "../../src/model/plans.ts";
import { PARAMETERS, type Sizes } from "../../src/model/tensors.ts";
import type { AnyArray } from "../../src/plan/contract.ts";
import type { Executable } from "../../src/plan/executable.ts";
import type { Machine } from "../../src/plan/machine.ts";
import { type TrainConfig, trainConfig } from "../../src/train/config.ts";
import { coefficientsOf, updateRuleOf, writeCoefficients } from "../../src/train/optimizer.ts";
import { freshState, uploadWeights, weightArrays } from "../../src/train/parameters.ts";
import { compileStepper } from "../../src/train/stepper.ts";
import type { Parameters, Sizes as Symbols } from "../oracle/exercise1.ts";
import { readTrajectory, type StepFixture, type trajectories } from "../oracle/fixtures.ts";

export const namedSizes = ({ V, E, T, H, N }: Symbols): Sizes => ({
  vocabulary: V,
  embedding: E,
  context: T,
  hidden: H,
  batch: N,
});

/** Those of the seven that the plan has. */
export function uploadParameters(executable: Executable, parameters: Parameters): void {
  for (const name of PARAMETERS)
    if (executable.plan.tensors.has(name)) executable.upload(name, parameters[name]);
}

/** Every tensor of one step without its update, so that the gradients belong to the parameters. */
export async function runStep(
  machine: Machine,
  { sizes, parameters, Xb, Yb }: StepFixture,
  path: Path,
): Promise<Record<string, AnyArray>> {
  const plan = stepPlan(namedSizes(sizes), path, { update: false });
  const executable = await machine.compile(plan);
  try {
    uploadParameters(executable, parameters);
    await executable.run(1, (inputs) => {
      inputs.Xb.set(Xb);
      inputs.Yb.set(Yb);
    });
    const made = [...plan.tensors.values()].filter((t) => t.role !== "input");
    return await executable.download(made.map((t) => t.name));
  } finally {
    executable.close();
  }
}

/** The ten steps of a trajectory with PyTorch's own optimiser, on any path, and their results: parameters and the optimiser's state. */
export async function runTrajectory(
  machine: Machine,
  path: AnyPath,
  name: (typeof trajectories)[number] = "trajectory",
) {
  const { sizes, settings, parameters, batches, losses, after } = readTrajectory(name);
  const config = configOf(settings);
  const optimizer = updateRuleOf(config);
  const stepper = await compileStepper(machine, namedSizes(sizes), path, optimizer);
  try {
    const start = mapValues(parameters, (values) => Float32Array.from(values));
    uploadWeights(stepper.executable, { parameters: start, optimizer: freshState(optimizer, start) });
    const { losses: loss, ...weights } = await stepper.run(losses.length, (i, inputs, slot) => {
      inputs.Xb.set(batches[i].Xb, slot * sizes.N * sizes.T);
      inputs.Yb.set(batches[i].Yb, slot * sizes.N);
      writeCoefficients(config, i, inputs.coefficients, slot * coefficientsOf(config));
    });
    const wantAfter = mapValues(after, (t) => t.data);
    return { loss, after: Object.fromEntries(weightArrays(weights)), wantLoss: losses, wantAfter };
  } finally {
    stepper.executable.close();
  }
}

/** A trajectory's settings, whose rate never decays. */
const configOf = ({ lr, optimizer = "sgd", ...numbers }: Readonly<Record<string, string>>): TrainConfig =>
  trainConfig({
    decayAt: 1,
    lr: Number(lr),
    optimizer: optimizer as TrainConfig["optimizer"],
    ...mapValues(numbers, Number),
  });

const mapValues = <K extends string, A, B>(of: Readonly<Record<K, A>>, f: (value: A) => B): Record<K, B> =>
  Object.fromEntries(Object.entries<A>(of).map(([key, value]) => [key, f(value)])) as Record<K, B>;
