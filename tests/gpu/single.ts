/** Short runs of the single path, and how close they are to the fused path's. */
import { expect } from "vitest";
import { loadBundledWords } from "../../src/data/bundled.ts";
import { buildDataset } from "../../src/data/examples.ts";
import { PARAMETERS } from "../../src/model/tensors.ts";
import type { Machine } from "../../src/plan/machine.ts";
import { type TrainConfig, trainConfig } from "../../src/train/config.ts";
import { Trainer } from "../../src/train/trainer.ts";
import { compareTensors, explain } from "../oracle/compare.ts";

export const data = buildDataset(await loadBundledWords(), { context: 3 });
export const vocabulary = data.vocabulary.size;

/** 100 steps, or those that `given` has, in a run for each of the cuts. */
export const trainOn =
  (machine: Machine) =>
  async (
    given: Partial<TrainConfig>,
    cuts: readonly number[] = [],
    o: { readonly machine?: Machine; readonly submit?: number } = {},
  ) => {
    const config = trainConfig({ steps: 100, ...given });
    const trainer = await Trainer.create({ machine, config, train: data.train, vocabulary, ...o });
    const losses: number[] = [];
    for (const until of [...cuts, config.steps])
      await trainer.run((_, some) => losses.push(...Array.from(some)), { until });
    const { parameters } = await trainer.state();
    trainer.close();
    return { losses, parameters, path: trainer.path };
  };

type Trained = Awaited<ReturnType<ReturnType<typeof trainOn>>>;

/** The difference comes from other orders of summation, amplified by 100 steps of training. */
export function expectToFollow(single: Trained, fused: Trained): void {
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
