/** A whole run on the tests' data, and everything to compare. */
import { expect } from "vitest";
import type { Machine } from "../../src/plan/machine.ts";
import { encodeCheckpoint, modelOf } from "../../src/train/checkpoint.ts";
import type { TrainConfig } from "../../src/train/config.ts";
import { evaluate } from "../../src/train/evaluate.ts";
import { sampleNames } from "../../src/train/sampling.ts";
import { snapshot } from "../../src/train/snapshot.ts";
import type { TrainingState } from "../../src/train/state.ts";
import { Trainer } from "../../src/train/trainer.ts";
import { dataset, words } from "./data.ts";

/** Trains to the end: every loss that was reported, and the trainer after it. */
export async function trainWhole(
  machine: Machine,
  config: TrainConfig,
  { submit, onLosses = () => {} }: { submit?: number; onLosses?: () => void } = {},
) {
  const { train, vocabulary } = dataset;
  const trainer = await Trainer.create({ machine, config, train, vocabulary: vocabulary.size, submit });
  const losses: number[] = [];
  await trainer.run((first, some) => {
    expect(first, "a step is told once").toBe(losses.length);
    losses.push(...Array.from(some));
    onLosses();
  });
  expect(losses).toHaveLength(config.steps);
  return { losses, trainer };
}

/** Trains up to each of these steps in turn; the checkpoint's bytes and all losses. */
export async function trainInLegs(
  machine: Machine,
  config: TrainConfig,
  stops: readonly number[],
  state?: TrainingState,
) {
  const { train, vocabulary } = dataset;
  const trainer = await Trainer.create({ machine, config, train, vocabulary: vocabulary.size, state });
  const losses: number[] = [];
  for (const until of stops)
    await trainer.run(
      (first, some) => {
        expect(first).toBe((state?.step ?? 0) + losses.length);
        losses.push(...Array.from(some));
      },
      { until },
    );
  expect(trainer.step).toBe(stops[stops.length - 1]);
  const bytes = encodeCheckpoint(await snapshot(machine, trainer, dataset, words), new Date(0));
  trainer.close();
  return { losses, bytes };
}

/** Trains, calibrates, evaluates and samples: every loss, the checkpoint's bytes, the dev loss and names. */
export async function wholeRun(machine: Machine, config: TrainConfig, submit?: number) {
  const { losses, trainer } = await trainWhole(machine, config, { submit });
  const checkpoint = await snapshot(machine, trainer, dataset, words);
  const model = modelOf(checkpoint);
  return {
    losses,
    bytes: encodeCheckpoint(checkpoint, new Date(0)),
    dev: await evaluate(machine, model, dataset.dev),
    names: await sampleNames(machine, model, dataset.vocabulary, { count: 30, seed: 7 }),
  };
}
