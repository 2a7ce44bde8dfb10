/** An input that nobody fills is an error on every machine: it would silently keep an earlier step's values, or 0. */
import { describe, expect, it } from "vitest";
import { cpuMachine } from "../../src/cpu/machine.ts";
import { gpuMachine } from "../../src/gpu/machine.ts";
import { stepPlan } from "../../src/model/plans.ts";
import type { StepInputs } from "../../src/plan/executable.ts";
import { type Machine, withPlan } from "../../src/plan/machine.ts";
import { namedSizes, uploadParameters } from "../model/steps.ts";
import { readStepFixture } from "../oracle/fixtures.ts";
import { describeOnGpu } from "../support/device.ts";

const { sizes, parameters, Xb, Yb, expected } = readStepFixture("tiny");
const plan = stepPlan(namedSizes(sizes), "fused");

function refusesUnfilledInputs(machine: Machine): void {
  const fill = (inputs: StepInputs) => {
    inputs.Xb.set(Xb);
    inputs.Yb.set(Yb);
    inputs.coefficients[0] = 0.1;
  };
  /** Asks for `steps` steps; only the last is filled by `last`. */
  const run = (steps: number, last: (inputs: StepInputs) => void) =>
    withPlan(machine, plan, (executable) =>
      executable.run(steps, (inputs, step) => (step < steps - 1 ? fill : last)(inputs)),
    );

  it.each([1, 3])("refuses the last of %d steps if one was forgotten there", async (steps) => {
    const forgetful = run(steps, ({ Xb: tokens, coefficients }) => {
      tokens.set(Xb);
      coefficients[0] = 0.1;
    });
    await expect(forgetful).rejects.toThrow(
      "plan fused needs Yb in every step, but nothing was written there",
    );
  });

  it("names all that were forgotten", async () => {
    await expect(run(1, () => {})).rejects.toThrow("needs Xb and Yb and coefficients in every step");
  });

  it("runs once they are filled, as if nothing had happened", async () => {
    const loss = await withPlan(machine, plan, async (executable) => {
      uploadParameters(executable, parameters);
      await expect(executable.run(1, () => {})).rejects.toThrow("nothing was written there");
      return (await executable.run(1, fill)).loss[0];
    });
    expect(loss).toBeCloseTo(expected.loss.data[0], 5);
  });
}

describe("the CPU reference", () => refusesUnfilledInputs(cpuMachine()));
describeOnGpu("a device", ({ device, name }) => refusesUnfilledInputs(gpuMachine(device, name)));
