/** The single path's texts for GPUs, which a software device compiles for seconds. */
import { expect, it } from "vitest";
import { gpuMachine } from "../../src/gpu/machine.ts";
import { ANY_DEVICE, WORKGROUP_BYTES } from "../../src/plan/target.ts";
import { check } from "../../src/train/check.ts";
import { trainConfig } from "../../src/train/config.ts";
import { initialState } from "../../src/train/state.ts";
import { firstStep } from "../../src/train/step.ts";
import { describeOnGpu } from "../support/device.ts";
import { data, expectToFollow, trainOn, vocabulary } from "./single.ts";

describeOnGpu("the single path", ({ device, name }) => {
  const train = trainOn(gpuMachine(device, name));

  it("gives the same bits wherever it keeps its activations", async () => {
    const [least, most] = await Promise.all(
      WORKGROUP_BYTES.map((workgroupBytes) =>
        train({ path: "single" }, [], {
          machine: gpuMachine(device, name, "software", { lanes: 1, workgroupBytes }),
        }),
      ),
    );
    expect(most).toEqual(least);
    // These are the texts of GPUs, which no other test runs at the notebook's sizes.
    expectToFollow(least, await train({ path: "fused" }));
  });

  it("has the reference's gradients as a GPU computes them, where one vec4 more per block leaves none for the last", async () => {
    const given = { context: 3, embedding: 2, hidden: 100, batch: 44 };
    const step = firstStep(
      { vocabulary, ...given },
      initialState(trainConfig(given), vocabulary),
      data.train,
    );
    const gpu = gpuMachine(device, name, "software", ANY_DEVICE);
    expect((await check(gpu, step, { path: "single" })).ok).toBe(true);
  });
});
