/** The single path's texts for devices with more workgroup memory, which a software device compiles for seconds. */
import { expect, it } from "vitest";
import { gpuMachine } from "../../src/gpu/machine.ts";
import { WORKGROUP_BYTES } from "../../src/plan/target.ts";
import { describeOnGpu } from "../support/device.ts";
import { expectToFollow, trainOn } from "./single.ts";

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
});
