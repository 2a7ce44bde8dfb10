/** What training, evaluation and sampling promise on any machine; run on the CPU, and on a GPU. */
import { beforeAll, describe, expect, it } from "vitest";
import type { Machine } from "../../src/plan/machine.ts";
import { TorchGenerator } from "../../src/random/torch.ts";
import { decodeCheckpoint } from "../../src/train/checkpoint.ts";
import { sizesOf } from "../../src/train/config.ts";
import { calibrate, evaluate, type Model } from "../../src/train/evaluate.ts";
import { LONGEST_NAME, sampleNames } from "../../src/train/sampling.ts";
import { initialState, type TrainingState } from "../../src/train/state.ts";
import { Trainer } from "../../src/train/trainer.ts";
import { compareTensors, explain } from "../oracle/compare.ts";
import { dataset, plainLoss, plainStatistics, probabilities, tinyConfig } from "./data.ts";
import { trainInLegs } from "./whole.ts";

const { train, vocabulary } = dataset;

/** @param steps of a whole run */
export function describeTraining(machine: Machine, steps: number): void {
  const config = tinyConfig({ steps, lr: 0.2 });
  const trainUntil = (stops: readonly number[], state?: TrainingState, o = config) =>
    trainInLegs(machine, o, stops, state);

  describe("training", () => {
    let whole: Awaited<ReturnType<typeof trainUntil>>;
    beforeAll(async () => {
      whole = await trainUntil([steps]);
    });

    it("learns", () => {
      const mean = (losses: number[]) => losses.reduce((a, b) => a + b, 0) / losses.length;
      expect(whole.losses).toHaveLength(steps);
      expect(mean(whole.losses.slice(-20))).toBeLessThan(mean(whole.losses.slice(0, 20)) - 0.05);
    });

    it("gives the same bytes again", async () => {
      expect(await trainUntil([steps])).toEqual(whole);
    });

    it("gives the same bits however its steps are cut", async () => {
      const cuts = [1, 2, 9, Math.floor(0.37 * steps), steps - 1, steps];
      expect(await trainUntil(cuts)).toEqual(whole);
    });

    it("goes on from a checkpoint as if it had never stopped", async () => {
      const stop = Math.round(0.4 * steps);
      const first = await trainUntil([stop]);
      const state = decodeCheckpoint(first.bytes, "first");
      expect(state.step).toBe(stop);
      const second = await trainUntil([steps], state, state.config);
      expect([...first.losses, ...second.losses]).toEqual(whole.losses);
      expect(second.bytes).toEqual(whole.bytes);
    });

    it("depends on its seeds", async () => {
      for (const seeds of [{ seed: 1 }, { bnSeed: 1 }])
        expect((await trainUntil([3], undefined, { ...config, ...seeds })).losses).not.toEqual(
          whole.losses.slice(0, 3),
        );
    });

    it("stops when it is told to", async () => {
      const trainer = await Trainer.create({ machine, config, train, vocabulary: vocabulary.size });
      let asked = 0;
      await trainer.run(undefined, { stopped: () => ++asked > 2 });
      expect(trainer.step).toBeGreaterThan(0);
      expect(trainer.step).toBeLessThan(steps);
      trainer.close();
    });
  });
}

export function describeInference(machine: Machine): void {
  const config = tinyConfig();
  const sizes = sizesOf(config, vocabulary.size);
  const { parameters } = initialState(config, vocabulary.size);
  let model: Model;
  beforeAll(async () => {
    model = { sizes, parameters, ...(await calibrate(machine, sizes, parameters, train)) };
  });

  describe("evaluation", () => {
    it("has a last batch that is not full", () => {
      expect(train.length).toBeGreaterThan(4096);
      expect(train.length % 4096).toBeGreaterThan(0);
    });

    it("calibrates BatchNorm over every example of a split", () => {
      const want = plainStatistics(parameters, train);
      for (const name of ["bnmean", "bnvar"] as const) {
        const comparison = compareTensors(name, model[name], want[name], { rtol: 1e-5, atol: 1e-6 });
        expect(comparison.ok, explain(comparison)).toBe(true);
      }
    });

    it("takes the mean of every example's loss", async () => {
      const fractions: number[] = [];
      const loss = await evaluate(machine, model, train, (f) => fractions.push(f));
      expect(loss).toBeCloseTo(plainLoss(model, train), 5);
      expect(fractions).toEqual([4096 / train.length, 1]);
      expect(await evaluate(machine, model, dataset.dev)).toBeCloseTo(plainLoss(model, dataset.dev), 5);
    });
  });

  describe("sampling", () => {
    const count = 40;
    const draw = (o: { count?: number; seed?: number } = {}, m = model) =>
      sampleNames(machine, m, vocabulary, { count, seed: 7, ...o });

    /** Names drawn side by side must be what the notebook's lines draw: from a uniform per name and character. */
    function expectPlainDraws(names: readonly string[], uniformsOf: () => Float32Array): void {
      let open = names.map((name, i) => ({ i, tokens: [...vocabulary.encode(name), 0], context: [0, 0, 0] }));
      for (let character = 0; open.length > 0; character++) {
        const u = uniformsOf();
        open = open.filter(({ i, tokens, context }) => {
          let cumulative = 0;
          const bounds = probabilities(model, context).map((p) => {
            cumulative += p;
            return cumulative;
          });
          const token = tokens[character];
          const next = bounds.findIndex((bound) => bound > u[i]);
          // Rounding may decide differently where u is at a boundary; then the rest of the name differs.
          const near = Math.min(...bounds.map((bound) => Math.abs(bound - u[i]))) < 1e-5;
          if (!near) expect(token, `name ${i}, character ${character}`).toBe(next);
          context.push(token);
          context.shift();
          return token === next && token !== 0;
        });
      }
    }

    it("draws what the notebook's lines draw from the same uniforms", async () => {
      const names = await draw();
      expect(names).toHaveLength(count);
      const g = new TorchGenerator(7);
      expectPlainDraws(names, () => g.rand(256));
    });

    it("draws more names than fit side by side, and one alone", async () => {
      const names = await draw({ count: 300 });
      expect(names).toHaveLength(300);
      const [first, second] = [names.slice(0, 256), names.slice(256)];
      let g = new TorchGenerator(7);
      expectPlainDraws(first, () => g.rand(256));
      // Characters are drawn in sixteens, until every name has ended; the next names go on from there.
      g = new TorchGenerator(7);
      const characters = 16 * Math.ceil((Math.max(...first.map((name) => name.length)) + 1) / 16);
      for (let i = 0; i < characters; i++) g.rand(256);
      expectPlainDraws(second, () => g.rand(256));

      expect(await draw({ count: 1 })).toEqual(names.slice(0, 1));
      expect(await draw()).toEqual(names.slice(0, count));
    });

    it("repeats with its seed, and not with another", async () => {
      const names = await draw();
      expect(await draw()).toEqual(names);
      expect(await draw({ seed: 8 })).not.toEqual(names);
      expect(new Set(names).size).toBeGreaterThan(20);
    });

    it("cuts off a name that would never end", async () => {
      const b2 = Float32Array.from(parameters.b2);
      b2[0] = -1000;
      const names = await draw({}, { ...model, parameters: { ...parameters, b2 } });
      expect(new Set(names.map((name) => name.length))).toEqual(new Set([LONGEST_NAME]));
    });
  });
}
