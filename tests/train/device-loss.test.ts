/** A device that is lost in the middle of training: it goes on with a new one, and comes to the same bits. */
import { expect, it } from "vitest";
import { cpuMachine } from "../../src/cpu/machine.ts";
import type { Machine } from "../../src/ops/executable.ts";
import { TorchGenerator } from "../../src/random/torch.ts";
import { encodeCheckpoint, modelOf } from "../../src/train/checkpoint.ts";
import { evaluate } from "../../src/train/evaluate.ts";
import { sampleNames } from "../../src/train/sampling.ts";
import { snapshot } from "../../src/train/snapshot.ts";
import { Trainer } from "../../src/train/trainer.ts";
import { describeOnGpu } from "../support/device.ts";
import { destroyAfter, fragileCpu, openFragile } from "../support/fragile.ts";
import { dataset, tinyConfig, words } from "./data.ts";

const { train, vocabulary } = dataset;

/** Trains to the end; every loss that was told, and the trainer as it then is. */
async function trainWhole(machine: Machine, steps: number, onLosses = () => {}) {
  const config = tinyConfig({ steps, lr: 0.2, path: "fused" });
  // Submits of a few steps, so that there are many.
  const trainer = await Trainer.create({ machine, config, train, vocabulary: vocabulary.size, submit: 5 });
  const losses: number[] = [];
  await trainer.run((first, some) => {
    expect(first, "a step is told once").toBe(losses.length);
    losses.push(...Array.from(some));
    onLosses();
  });
  expect(losses).toHaveLength(steps);
  return { losses, trainer };
}

it("comes to the same bits wherever it is lost, until the last name is drawn", async () => {
  async function whole(machine: Machine) {
    const { losses, trainer } = await trainWhole(machine, 500);
    const checkpoint = await snapshot(machine, trainer, dataset, words);
    const model = modelOf(checkpoint);
    return {
      losses,
      bytes: encodeCheckpoint(checkpoint, new Date(0)),
      dev: await evaluate(machine, model, dataset.dev),
      names: await sampleNames(machine, model, vocabulary, { count: 30, seed: 7 }),
    };
  }
  const undisturbed = await whole(cpuMachine());
  for (const seed of [1, 2, 3]) {
    const generator = new TorchGenerator(seed);
    const machine = fragileCpu(() => generator.rand(1)[0] < 0.3);
    expect(await whole(machine)).toEqual(undisturbed);
    expect(machine.lost).toBeGreaterThan(5);
  }
});

describeOnGpu("training", () => {
  it("with a submit under way, and between two: the same bits, and it says so", async () => {
    const fragile = await openFragile();
    const undisturbed = await trainWhole(fragile.machine, 150);
    expect(fragile.losses).toEqual([]);
    destroyAfter(fragile, [3]);
    let chunks = 0;
    const disturbed = await trainWhole(fragile.machine, 150, () => {
      if (++chunks === 6) fragile.machine.opened.device.destroy();
    });
    expect(disturbed.losses).toEqual(undisturbed.losses);
    expect(disturbed.trainer.state()).toEqual(undisturbed.trainer.state());
    expect(fragile.losses).toHaveLength(2);
  });
});
