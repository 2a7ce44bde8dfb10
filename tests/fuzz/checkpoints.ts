/** Checkpoints and step files: what is accepted can be used, and everything else is refused in a line. */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect } from "vitest";
import { cpuMachine } from "../../src/cpu/machine.ts";
import { DataError } from "../../src/data/error.ts";
import { buildDataset } from "../../src/data/examples.ts";
import { parseWords } from "../../src/data/words.ts";
import { readSafetensors, writeSafetensors } from "../../src/formats/safetensors.ts";
import { elementCount, PARAMETERS } from "../../src/model/tensors.ts";
import { check } from "../../src/train/check.ts";
import {
  CheckpointError,
  decodeCheckpoint,
  encodeCheckpoint,
  modelOf,
  wordSource,
} from "../../src/train/checkpoint.ts";
import { sizesOf, trainConfig } from "../../src/train/config.ts";
import { DivergenceError } from "../../src/train/divergence.ts";
import { evaluate, OverflowError } from "../../src/train/evaluate.ts";
import { decodeWeights } from "../../src/train/lent.ts";
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
// It has last weights beside the best ones: those of the beginning, at this rate.
const config = trainConfig({
  ...{ hidden: 3, embedding: 2, context: 2, batch: 4, steps: 3 },
  ...{ lr: 100, keep: "best" as const },
});
const trainer = await Trainer.create({ machine, config, data: dataset });
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
  const data = valueOrRefusal(() => buildDataset(list, { ...config, vocabulary }), DataError);
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
      data,
      state: loaded,
    });
    await trainer.run(undefined, { until: loaded.step + 1 });
    expect(Number.isFinite((await trainer.state()).step)).toBe(true);
    trainer.close();
  }, DivergenceError);
}

/** The weights alone, as PyTorch saves them again. */
const weights = writeSafetensors(readSafetensors(checkpoint).tensors);
const lender = decodeCheckpoint(checkpoint, "the run");

/** Accepted weights are a network on the run's characters, of the sizes that its shapes have. */
async function lendRightly(bytes: Uint8Array): Promise<void> {
  const lent = withinMemory(20 * bytes.length + 2 ** 20, () =>
    valueOrRefusal(() => decodeWeights(bytes, "some.file", lender), CheckpointError),
  );
  if (!lent) return;
  const { config, parameters, bnmean, bnvar } = lent;
  const sizes = sizesOf(config, lender.vocabulary.size);
  for (const name of PARAMETERS) expect(parameters[name]).toHaveLength(elementCount(name, sizes));
  const still = { bnmean: new Float32Array(config.hidden), bnvar: new Float32Array(config.hidden) };
  const statistics = bnmean && bnvar ? { bnmean, bnvar } : still;
  const names = await sampleNames(machine, modelOf({ ...lent, ...statistics }), { count: 1, seed: 1 });
  expect(names).toHaveLength(1);
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
  // Torch's rule may refuse what rounding explains, and the other way round.
  expect(ok).toBe(rows.some((r) => r.within) && rows.every((r) => r.within !== false));
  // A value that is not finite is never approximate.
  for (const row of rows)
    if (!Number.isFinite(row.worst.want) && row.worst.got !== row.worst.want)
      expect(row.approximate).toBe(false);
}

export const checkpoints = [
  target("checkpoint of wrong contents", altered(checkpoint), useRightly),
  target("checkpoint, damaged", damaged(fc.constant(checkpoint)), useRightly),
  target("weights of wrong contents", altered(weights), lendRightly),
  target("step file of wrong contents", altered(stepFile), checkRightly),
  target("step file, damaged", damaged(fc.constant(stepFile)), checkRightly),
];
