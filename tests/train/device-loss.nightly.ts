/** A device that is lost at any moment, on every path, until the last name is drawn: the same bits. */
import { expect, it, vi } from "vitest";
import { ALL_PATHS, type AnyPath } from "../../src/model/plans.ts";
import { encodeCheckpoint, modelOf } from "../../src/train/checkpoint.ts";
import { evaluate } from "../../src/train/evaluate.ts";
import { sampleNames } from "../../src/train/sampling.ts";
import { snapshot } from "../../src/train/snapshot.ts";
import { Trainer } from "../../src/train/trainer.ts";
import { describeOnGpu } from "../support/device.ts";
import { destroyAfter, type Fragile, openFragile } from "../support/fragile.ts";
import { dataset, tinyConfig, words } from "./data.ts";

/** Trains, evaluates and samples; the checkpoint's bytes, and every loss that was told. */
async function whole({ machine }: Fragile, path: AnyPath) {
  const config = tinyConfig({ steps: 150, lr: 0.2, path });
  const trainer = await Trainer.create({
    machine,
    config,
    train: dataset.train,
    vocabulary: dataset.vocabulary.size,
  });
  const losses: number[] = [];
  await trainer.run((first, some) => {
    expect(first, "a step is told once").toBe(losses.length);
    losses.push(...Array.from(some));
  });
  const checkpoint = await snapshot(machine, trainer, dataset, words);
  const model = modelOf(checkpoint);
  return {
    losses,
    bytes: encodeCheckpoint(checkpoint, new Date(0)),
    dev: await evaluate(machine, model, dataset.dev),
    names: await sampleNames(machine, model, dataset.vocabulary, { count: 30, seed: 7 }),
  };
}

describeOnGpu("a device that is lost", () => {
  it.each(ALL_PATHS)("at five moments of a run on the %s path", async (path) => {
    const first = await openFragile();
    const spy = vi.spyOn(GPUQueue.prototype, "submit");
    const undisturbed = await whole(first, path);
    const submits = spy.mock.calls.length;
    spy.mockRestore();
    const fragile = await openFragile();
    // The last submits are those of sampling and evaluation, those before them of the calibration.
    destroyAfter(fragile, [2, 3, submits - 5, submits - 2, submits + 3]);
    expect(await whole(fragile, path)).toEqual(undisturbed);
    expect(fragile.losses.length).toBeGreaterThanOrEqual(4);
  });
});
