/** The single path: the whole step in one workgroup, against the paths that are judged tensor by tensor. */
import { expect, it } from "vitest";
import { loadBundledWords } from "../../src/data/bundled.ts";
import { buildDataset } from "../../src/data/examples.ts";
import { gpuMachine } from "../../src/gpu/machine.ts";
import { whyNotSingle } from "../../src/model/single/layout.ts";
import { PARAMETERS } from "../../src/model/tensors.ts";
import type { Machine } from "../../src/plan/machine.ts";
import { WORKGROUP_BYTES } from "../../src/plan/target.ts";
import { check } from "../../src/train/check.ts";
import { type TrainConfig, trainConfig } from "../../src/train/config.ts";
import { initialState } from "../../src/train/state.ts";
import { firstStep } from "../../src/train/step.ts";
import { Trainer } from "../../src/train/trainer.ts";
import { compareTensors, explain } from "../oracle/compare.ts";
import { describeOnGpu } from "../support/device.ts";

const data = buildDataset(await loadBundledWords(), { context: 3 });
const vocabulary = data.vocabulary.size;

describeOnGpu("the single path", ({ device, name }) => {
  const machine = gpuMachine(device, name);

  async function train(
    given: Partial<TrainConfig>,
    cuts: readonly number[] = [],
    o: { machine?: Machine; submit?: number } = {},
  ) {
    const config = trainConfig({ steps: 100, ...given });
    const trainer = await Trainer.create({ machine, config, train: data.train, vocabulary, ...o });
    const losses: number[] = [];
    for (const until of [...cuts, config.steps])
      await trainer.run((_, some) => losses.push(...Array.from(some)), { until });
    const { parameters } = await trainer.state();
    trainer.close();
    return { losses, parameters, path: trainer.path };
  }

  type Trained = Awaited<ReturnType<typeof train>>;

  /** The difference comes from other orders of summation, amplified by 100 steps of training. */
  function expectToFollow(single: Trained, fused: Trained): void {
    expect([single.path, fused.path]).toEqual(["single", "fused"]);
    const losses = compareTensors("losses", single.losses, fused.losses, { rtol: 1e-4, atol: 0 });
    expect(losses.ok, explain(losses)).toBe(true);
    for (const name of PARAMETERS) {
      const c = compareTensors(name, single.parameters[name], fused.parameters[name], {
        rtol: 1e-4,
        atol: 1e-4,
      });
      expect(c.ok, explain(c)).toBe(true);
    }
  }

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

  it.each([{}, { hidden: 53, batch: 19, embedding: 7 }, { hidden: 16, batch: 200 }])(
    "has the gradients of the reference at %o",
    async (given) => {
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
    },
  );

  it("says why a step does not fit", () => {
    const sizes = { vocabulary, context: 3, embedding: 10, hidden: 64, batch: 32 };
    expect(whyNotSingle(sizes)).toBeUndefined();
    expect(whyNotSingle({ ...sizes, vocabulary: 200 })).toBeUndefined();
    expect(whyNotSingle({ ...sizes, hidden: 1000 })).toBe(
      "batch 32 × hidden 1000 makes 512 tiles of 32×2, and a workgroup holds 256",
    );
  });
});
