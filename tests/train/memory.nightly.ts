/** Plans come and go while the device stays: what they held goes with them. */
import { describe, expect, it } from "vitest";
import { gpuMachine } from "../../src/gpu/machine.ts";
import { Engine } from "../../src/lab/engine.ts";
import { DEFAULTS } from "../../src/train/config.ts";
import { evaluate } from "../../src/train/evaluate.ts";
import { sampleNames } from "../../src/train/sampling.ts";
import { initialState } from "../../src/train/state.ts";
import { Trainer } from "../../src/train/trainer.ts";
import { adapterEnv } from "../support/adapter.ts";
import { describeOnGpu } from "../support/device.ts";
import { held } from "../support/memory.ts";
import { dataset, tinyConfig } from "./data.ts";

/** Megabytes by which the end may lie above what was held after the tenth. */
const LEVEL = 20;

/** Does it so many times, and compares what is held after the tenth and after the last. */
async function staysLevel(times: number, once: (i: number) => Promise<unknown>): Promise<void> {
  let level = 0;
  for (let i = 1; i <= times; i++) {
    await once(i);
    if (i === 10) level = await held();
  }
  const end = await held();
  console.log(`${level.toFixed(1)} MB after 10, ${end.toFixed(1)} MB after ${times}`);
  expect(end - level).toBeLessThan(LEVEL);
}

describeOnGpu("memory", ({ device, name, kind }) => {
  const machine = gpuMachine(device, name, kind);
  const { train, dev, vocabulary } = dataset;
  const config = tinyConfig();
  const H = config.hidden;
  const model = {
    sizes: { ...config, vocabulary: vocabulary.size },
    parameters: initialState(config, vocabulary.size).parameters,
    bnmean: new Float32Array(H),
    bnvar: new Float32Array(H).fill(1),
  };

  it("of 300 evaluations", () => staysLevel(300, () => evaluate(machine, model, dev)));

  it("of 200 draws of names", () =>
    staysLevel(200, (i) => sampleNames(machine, model, vocabulary, { count: 1 + (i % 9), seed: i })));

  it("of 200 trainers, opened and closed", () =>
    staysLevel(200, async (i) => {
      const path = (["single", "fused", "chunked"] as const)[i % 3];
      const trainer = await Trainer.create({
        machine,
        config: tinyConfig({ path }),
        train,
        vocabulary: vocabulary.size,
      });
      await trainer.run(() => {}, { until: 2 });
      trainer.close();
    }));
});

describe("the lab", () => {
  /** Seconds between two samples of dev loss and names, the rarest of what it looks at. */
  const EVERY = 3;

  it("holds after an hour what it held after half a minute", async () => {
    Object.assign(process.env, adapterEnv);
    const engine = new Engine();
    try {
      await engine.open("auto");
      await engine.useWords("bundled", DEFAULTS);
      await engine.prepare(tinyConfig({ steps: 1e6 }));
      await staysLevel(3600 / EVERY, async () => {
        await engine.run(3);
        await engine.look();
      });
    } finally {
      await engine.close();
    }
  }, 1_200_000);
});
