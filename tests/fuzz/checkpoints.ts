/** Checkpoints and step files: what is accepted can be used, and everything else is refused in a line. */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect } from "vitest";
import { cpuMachine } from "../../src/cpu/machine.ts";
import { DataError } from "../../src/data/error.ts";
import { buildDataset } from "../../src/data/examples.ts";
import { parseWords } from "../../src/data/words.ts";
import { check } from "../../src/train/check.ts";
import {
  CheckpointError,
  decodeCheckpoint,
  encodeCheckpoint,
  modelOf,
  wordSource,
} from "../../src/train/checkpoint.ts";
import { trainConfig } from "../../src/train/config.ts";
import { DivergenceError } from "../../src/train/divergence.ts";
import { evaluate, OverflowError } from "../../src/train/evaluate.ts";
import { sampleNames } from "../../src/train/sampling.ts";
import { snapshot } from "../../src/train/snapshot.ts";
import { readStepFile, StepFileError } from "../../src/train/step_file.ts";
import { Trainer } from "../../src/train/trainer.ts";
import { damaged } from "./bytes.ts";
import { altered } from "./contents.ts";
import { settledOrRefusal, target, valueOrRefusal, withinMemory } from "./target.ts";

const machine = cpuMachine();
const list = parseWords(new TextEncoder().encode("aab\nbc\ncab\nabc\nba\nca\nacc\nb\nbab\ncc"), "ten words");
const dataset = buildDataset(list, { context: 2 });
const config = trainConfig({ hidden: 3, embedding: 2, context: 2, batch: 4, steps: 3 });
const trainer = await Trainer.create({
  machine,
  config,
  train: dataset.train,
  vocabulary: dataset.vocabulary.size,
});
await trainer.run(undefined, { until: 1 });
export const checkpoint = encodeCheckpoint(await snapshot(machine, trainer, dataset, await wordSource(list)));
trainer.close();

/** Reads it within nine times its size and 6 MiB; a vocabulary's index of code points takes up to four of them. */
const load = (bytes: Uint8Array) =>
  withinMemory(9 * bytes.length + 6 * 2 ** 20, () =>
    valueOrRefusal(() => decodeCheckpoint(bytes, "some.file"), CheckpointError),
  );

/** An accepted checkpoint can be written again, and can be evaluated, sampled and resumed, or refuses with a reason. */
async function useRightly(bytes: Uint8Array): Promise<void> {
  const loaded = load(bytes);
  if (!loaded) return;
  const again = decodeCheckpoint(encodeCheckpoint(loaded), "again");
  expect({ ...again, vocabulary: again.vocabulary.characters }).toEqual({
    ...loaded,
    vocabulary: loaded.vocabulary.characters,
  });
  const { vocabulary, config } = loaded;
  const data = valueOrRefusal(() => buildDataset(list, { context: config.context, vocabulary }), DataError);
  const model = modelOf(loaded);
  const names = await sampleNames(machine, model, vocabulary, { count: 1, seed: 1 });
  expect(names).toHaveLength(1);
  if (!data) return;
  const loss = await settledOrRefusal(() => evaluate(machine, model, data.dev), OverflowError);
  expect(loss ?? 0).toBeGreaterThanOrEqual(0);
  // A batch of a million is valid but slow.
  if (config.batch > 1000 || loaded.step >= config.steps) return;
  await settledOrRefusal(async () => {
    const trainer = await Trainer.create({
      machine,
      config,
      train: data.train,
      vocabulary: vocabulary.size,
      state: loaded,
    });
    await trainer.run(undefined, { until: loaded.step + 1 });
    expect(Number.isFinite((await trainer.state()).step)).toBe(true);
    trainer.close();
  }, DivergenceError);
}

/** A copy instead of a Buffer, because slices of a Buffer share its bytes. */
export const stepFile = new Uint8Array(
  readFileSync(new URL("../fixtures/tiny.safetensors", import.meta.url)),
);

async function checkRightly(bytes: Uint8Array): Promise<void> {
  const file = withinMemory(12 * bytes.length + 2 ** 20, () =>
    valueOrRefusal(() => readStepFile(bytes, "some.file"), StepFileError),
  );
  if (!file) return;
  const { rows, ok } = await check(machine, file.step, { path: "fused", expected: file.expected });
  expect(ok).toBe(rows.length > 0 && rows.every((r) => r.approximate));
  // A value that is not finite is never approximate.
  for (const row of rows)
    if (!Number.isFinite(row.worst.want) && row.worst.got !== row.worst.want)
      expect(row.approximate).toBe(false);
}

export const checkpoints = [
  target("checkpoint of wrong contents", altered(checkpoint), useRightly),
  target("checkpoint, damaged", damaged(fc.constant(checkpoint)), useRightly),
  target("step file of wrong contents", altered(stepFile), checkRightly),
  target("step file, damaged", damaged(fc.constant(stepFile)), checkRightly),
];
