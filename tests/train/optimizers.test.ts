/** Momentum SGD and AdamW: PyTorch's losses and state on every path, and a run that goes on from its checkpoint bit for bit. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { cpuMachine } from "../../src/cpu/machine.ts";
import { buildDataset } from "../../src/data/examples.ts";
import { parseWords } from "../../src/data/words.ts";
import { gpuMachine } from "../../src/gpu/machine.ts";
import { ALL_PATHS } from "../../src/model/plans.ts";
import { decodeCheckpoint, encodeCheckpoint } from "../../src/train/checkpoint.ts";
import type { TrainConfig } from "../../src/train/config.ts";
import { trainConfig } from "../../src/train/config.ts";
import { snapshot } from "../../src/train/snapshot.ts";
import { Trainer } from "../../src/train/trainer.ts";
import { describeOnGpu } from "../support/device.ts";
import { dataset, tinyConfig, words } from "./data.ts";
import { describePyTorch, describeResume } from "./optimizer_runs.ts";

describe("on the CPU", () => {
  describePyTorch(cpuMachine(), ALL_PATHS);
  describeResume(cpuMachine(), 200, ALL_PATHS);
});

describeOnGpu("on a device", ({ device, name }) => {
  const machine = gpuMachine(device, name);
  describePyTorch(machine, ["fused", "single"]);
  // Those that people train on: the chunked step has its 26 gradients more to run, and keeps what fused keeps.
  describeResume(machine, 60, ["fused", "single"]);
});

describe("a checkpoint is refused", () => {
  const config = tinyConfig({ optimizer: "adamw", steps: 2 });
  const encoded = async () => {
    const machine = cpuMachine();
    const { train, vocabulary } = dataset;
    const trainer = await Trainer.create({ machine, config, train, vocabulary: vocabulary.size });
    await trainer.run();
    return snapshot(machine, trainer, dataset, words);
  };

  it("without the state that its optimiser keeps", async () => {
    const bytes = encodeCheckpoint({ ...(await encoded()), optimizer: {} });
    expect(() => decodeCheckpoint(bytes, "a")).toThrow(/tensor exp_avg\.C is absent/);
  });

  it("with a mean of squares below 0", async () => {
    const c = await encoded();
    const W1 = c.optimizer.exp_avg_sq.W1.map(() => -1);
    const optimizer = { ...c.optimizer, exp_avg_sq: { ...c.optimizer.exp_avg_sq, W1 } };
    const bytes = encodeCheckpoint({ ...c, optimizer });
    expect(() => decodeCheckpoint(bytes, "a")).toThrow(
      /exp_avg_sq\.W1 holds -1 at 0, but a mean of squares is 0 or more/,
    );
  });
});

const { runs } = JSON.parse(
  readFileSync(new URL("../fixtures/losses-optimizers.json", import.meta.url), "utf8"),
) as { runs: (Partial<TrainConfig> & { losses: number[] })[] };
const notebook = process.env.NOTEBOOK_NAMES;
const title = "ten losses on the notebook's words";
describe.skipIf(!notebook)(
  notebook ? title : `${title}: skipped, since NOTEBOOK_NAMES does not name its list`,
  () => {
    it.each(runs)("seed $seed, hidden $hidden, $optimizer", async ({ losses, ...given }) => {
      const { train, vocabulary } = buildDataset(parseWords(readFileSync(`${notebook}`), "names.txt"), {
        context: 3,
      });
      const trainer = await Trainer.create({
        machine: cpuMachine(),
        config: trainConfig(given),
        train,
        vocabulary: vocabulary.size,
      });
      const got: number[] = [];
      await trainer.run((_, some) => got.push(...Array.from(some)), { until: losses.length });
      trainer.close();
      for (const [step, loss] of losses.entries())
        expect(Math.abs(got[step] - loss), `step ${step}`).toBeLessThan(1e-4);
    });
  },
);
