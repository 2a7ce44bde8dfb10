/** The first parameters and the first losses against PyTorch. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { cpuMachine } from "../../src/cpu/machine.ts";
import { buildDataset } from "../../src/data/examples.ts";
import { parseWords } from "../../src/data/words.ts";
import { PARAMETERS, type ParameterName } from "../../src/model/tensors.ts";
import { trainConfig } from "../../src/train/config.ts";
import { initialState } from "../../src/train/state.ts";
import { Trainer } from "../../src/train/trainer.ts";
import { readFixture } from "../oracle/fixtures.ts";

interface Losses {
  lr: number;
  runs: { seed: number; hidden: number; losses: number[] }[];
}
const { lr, runs }: Losses = JSON.parse(
  readFileSync(new URL("../fixtures/losses.json", import.meta.url), "utf8"),
);

/** The bits of float32 values. */
const bits = (values: ArrayLike<number>) => new Uint32Array(Float32Array.from(values).buffer);

describe.each([64, 200])("the notebook's draws, hidden %d", (hidden) => {
  const fixture = readFixture(`notebook-h${hidden}`);
  const { parameters } = initialState(trainConfig({ hidden }), 27);

  it.each(PARAMETERS)("%s is PyTorch's in every bit", (name: ParameterName) => {
    expect(bits(parameters[name])).toEqual(bits(fixture[name].data));
  });
});

it("draws bngain and bnbias from their own seed, and the rest from the other", () => {
  const [a, b, c] = [{}, { bnSeed: 1 }, { seed: 1 }].map((o) => initialState(trainConfig(o), 27));
  for (const name of PARAMETERS) {
    const ofBatchNorm = name.startsWith("bn");
    expect(bits(b.parameters[name]).join() === bits(a.parameters[name]).join(), name).toBe(!ofBatchNorm);
    expect(bits(c.parameters[name]).join() === bits(a.parameters[name]).join(), name).toBe(ofBatchNorm);
  }
});

const notebook = process.env.NOTEBOOK_NAMES;
const title = "the notebook's first ten losses";
describe.skipIf(!notebook)(
  notebook ? title : `${title}: skipped, since NOTEBOOK_NAMES does not name its list`,
  () => {
    it.each(runs)("seed $seed, hidden $hidden", async ({ seed, hidden, losses }) => {
      const { train, vocabulary } = buildDataset(parseWords(readFileSync(`${notebook}`), "names.txt"), {
        context: 3,
      });
      const config = trainConfig({ seed, hidden, lr });
      const trainer = await Trainer.create({
        machine: cpuMachine(),
        config,
        train,
        vocabulary: vocabulary.size,
      });
      const got: number[] = [];
      await trainer.run((_, some) => got.push(...Array.from(some)), { until: losses.length });
      trainer.close();
      expect(got).toHaveLength(losses.length);
      for (const [step, loss] of losses.entries())
        expect(Math.abs(got[step] - loss), `step ${step}`).toBeLessThan(1e-4);
      const first: Record<number, number> = { 64: 3.345926, 200: 3.84165 };
      if (seed === 2147483647) expect(Math.abs(got[0] - first[hidden])).toBeLessThan(1e-4);
    });
  },
);
