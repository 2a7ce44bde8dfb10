/** Every mistake that can be put into a step, on a device: its kernels make what its twins make. */
import { expect, it } from "vitest";
import { cpuMachine } from "../../../src/cpu/machine.ts";
import { BREAKABLE, brokenMachine, pathOf } from "../../../src/exercises/broken.ts";
import { gpuMachine } from "../../../src/gpu/machine.ts";
import { stepPlan } from "../../../src/model/plans.ts";
import type { Machine } from "../../../src/plan/machine.ts";
import { sizesOf } from "../../../src/train/config.ts";
import { initialState } from "../../../src/train/state.ts";
import { firstStep, runStep } from "../../../src/train/step.ts";
import { describeOnGpu } from "../../support/device.ts";
import { dataset, tinyConfig } from "../../train/data.ts";

const config = tinyConfig();
const sizes = sizesOf(config, dataset.vocabulary.size);
const step = firstStep(sizes, initialState(config, sizes.vocabulary), dataset.train);

async function gradientsOf(machine: Machine, id: string) {
  const executable = await brokenMachine(machine, id).compile(stepPlan(sizes, pathOf(id), { update: false }));
  await runStep(executable, step);
  const names = [...executable.plan.tensors.values()].filter((t) => t.role === "gradient").map((t) => t.name);
  const gradients = await executable.download(names);
  executable.close();
  return gradients;
}

describeOnGpu("broken on purpose", ({ device, name, kind }) => {
  it.each(BREAKABLE)("%s", async (id) => {
    const want = await gradientsOf(cpuMachine("float64"), id);
    const got = await gradientsOf(gpuMachine(device, name, kind), id);
    for (const [tensor, values] of Object.entries(want)) {
      const largest = Math.max(1e-3, ...Array.from(values, Math.abs));
      for (let i = 0; i < values.length; i++)
        expect(Math.abs(got[tensor][i] - values[i]), `${tensor}[${i}]`).toBeLessThan(1e-4 * largest);
    }
  });
});
