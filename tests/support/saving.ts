/**
 * A program that a test kills: trains on the CPU and saves a checkpoint every few steps, resuming from the file if it exists.
 * Arguments: file, steps in all, seed, and "anew" to ignore an existing file. Prints "saving" once it starts to.
 */
import { existsSync } from "node:fs";
import { cpuMachine } from "../../src/cpu/machine.ts";
import { ensureWritable } from "../../src/node/files.ts";
import { loadCheckpoint, saveCheckpoint } from "../../src/node/index.ts";
import { snapshot } from "../../src/train/snapshot.ts";
import { Trainer } from "../../src/train/trainer.ts";
import { dataset, tinyConfig, words } from "../train/data.ts";

const [file, total, seed, anew] = process.argv.slice(2);
const machine = cpuMachine();
ensureWritable(file);
const state = !anew && existsSync(file) ? loadCheckpoint(file) : undefined;
const config = state?.config ?? tinyConfig({ steps: Number(total), seed: Number(seed), lr: 0.2 });
const trainer = await Trainer.create({
  machine,
  config,
  train: dataset.train,
  vocabulary: dataset.vocabulary.size,
  state,
});
process.stdout.write("saving\n");
while (trainer.step < config.steps) {
  await trainer.run(undefined, { until: Math.min(config.steps, trainer.step + 5) });
  saveCheckpoint(file, await snapshot(machine, trainer, dataset, words));
}
