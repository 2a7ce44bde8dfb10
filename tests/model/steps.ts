/** Runs the training step on any machine, from PyTorch's fixtures. */

import { type Path, stepPlan } from "../../src/model/plans.ts";
import { PARAMETERS, type Sizes } from "../../src/model/tensors.ts";
import type { AnyArray } from "../../src/plan/contract.ts";
import type { Executable } from "../../src/plan/executable.ts";
import type { Machine } from "../../src/plan/machine.ts";
import type { Parameters, Sizes as Symbols } from "../oracle/exercise1.ts";
import { parametersOf, readFixture, type StepFixture, sizesOf } from "../oracle/fixtures.ts";

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

/** The ten steps of trajectory.safetensors, in one run. */
export async function runTrajectory(machine: Machine, path: Path) {
  const fixture = readFixture("trajectory");
  const sizes = sizesOf(fixture);
  const executable = await machine.compile(stepPlan(namedSizes(sizes), path));
  try {
    uploadParameters(executable, parametersOf(fixture));
    const { loss } = await executable.run(fixture.losses.data.length, (inputs, step) => {
      inputs.Xb.set(fixture.Xb.data.subarray(step * sizes.N * sizes.T, (step + 1) * sizes.N * sizes.T));
      inputs.Yb.set(fixture.Yb.data.subarray(step * sizes.N, (step + 1) * sizes.N));
      inputs.lr[0] = 0.1;
    });
    const after = await executable.download(PARAMETERS);
    return { loss, after, wantLoss: fixture.losses.data, wantAfter: parametersOf(fixture, "after.") };
  } finally {
    executable.close();
  }
}
