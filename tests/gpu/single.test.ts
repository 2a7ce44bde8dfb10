/** The single path: the whole step in one workgroup, against the paths that are judged tensor by tensor. */
import { expect, it } from "vitest";
import { gpuMachine } from "../../src/gpu/machine.ts";
import { whyNotSingle } from "../../src/model/single/layout.ts";
import { check } from "../../src/train/check.ts";
import { trainConfig } from "../../src/train/config.ts";
import { initialState } from "../../src/train/state.ts";
import { firstStep } from "../../src/train/step.ts";
import { describeOnGpu } from "../support/device.ts";
import { data, expectToFollow, trainOn, vocabulary } from "./single.ts";

describeOnGpu("the single path", ({ device, name }) => {
  const machine = gpuMachine(device, name);

  const train = trainOn(machine);

  it("follows the fused path for 100 steps", async () => {
    expectToFollow(await train({ path: "single" }), await train({ path: "fused" }));
  });

  it("gives the same bits again, however many steps a dispatch holds", async () => {
    const whole = await train({ path: "single" });
    expect(await train({ path: "single" })).toEqual(whole);
    expect(await train({ path: "single" }, [1, 2, 7, 71])).toEqual(whole);
  });

  it("gives the same bits with several dispatches in a submit", async () => {
    const given = { path: "single", steps: 350 } as const;
    // Submits of 1, 4, 16, 64 and 265 steps; of 50 at most.
    const long = await train(given, [], { submit: 1e6 });
    expect(await train(given, [50, 100, 150, 200, 250, 300])).toEqual(long);
    expect(long.losses).toHaveLength(350);
  });

  it.each([
    { hidden: 53, batch: 19, embedding: 7 },
    { hidden: 16, batch: 200 },
  ])("has the gradients of the reference at %o", async (given) => {
    const config = trainConfig(given);
    const sizes = {
      vocabulary,
      context: 3,
      embedding: config.embedding,
      hidden: config.hidden,
      batch: config.batch,
    };
    const step = firstStep(sizes, initialState(config, vocabulary), data.train);
    // Five times torch's atol: float32's edge, as for the other paths.
    const { rows, loss } = await check(machine, step, { path: "single", tolerance: { atol: 5e-8 } });
    expect(rows.map((r) => r.name)).toEqual(["dW2", "db2", "dbngain", "dbnbias", "dW1", "db1", "dC"]);
    expect(rows.filter((r) => !r.approximate)).toEqual([]);
    expect(loss).toBeGreaterThan(3);
  });

  it("says why a step does not fit", () => {
    const sizes = { vocabulary, context: 3, embedding: 10, hidden: 64, batch: 32 };
    expect(whyNotSingle(sizes)).toBeUndefined();
    expect(whyNotSingle({ ...sizes, vocabulary: 200 })).toBeUndefined();
    expect(whyNotSingle({ ...sizes, hidden: 1000 })).toBe(
      "batch 32 × hidden 1,000 makes 512 tiles of 32×2, and a workgroup holds 256",
    );
  });
});
