/** What training, evaluation and sampling promise on any machine; run on the CPU, and on a GPU. */
import { beforeAll, describe, expect, it } from "vitest";
import type { Machine } from "../../src/plan/machine.ts";
import { TorchGenerator } from "../../src/random/torch.ts";
import { decodeCheckpoint } from "../../src/train/checkpoint.ts";
import { sizesOf } from "../../src/train/config.ts";
import { calibrate, evaluate, type Model } from "../../src/train/evaluate.ts";
import { logProbabilities } from "../../src/train/probability.ts";
import { type SamplingEvents, sampleNames } from "../../src/train/sampling.ts";
import { LONGEST_NAME, type SamplingOptions } from "../../src/train/sampling_options.ts";
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
    const draw = (o: SamplingOptions & SamplingEvents = {}, m = model) =>
      sampleNames(machine, m, vocabulary, { count, seed: 7, ...o });

    /** What a character is drawn from: probabilities to the power 1/temperature, those below the k-th largest left out, and scaled to 1. */
    function chances(context: readonly number[], { temperature = 1, topK = 0 }: SamplingOptions): number[] {
      const all = probabilities(model, context);
      const least = topK ? all.toSorted((a, b) => b - a)[topK - 1] : 0;
      const weights = all.map((p) => (p < least ? 0 : p ** (1 / temperature)));
      const total = weights.reduce((a, b) => a + b);
      return weights.map((w) => w / total);
    }

    /** Names drawn side by side must be what the notebook's lines draw: from a uniform per name and character. */
    function expectPlainDraws(
      names: readonly string[],
      uniformsOf: () => Float32Array,
      o: SamplingOptions = {},
    ): void {
      const prefix = vocabulary.encode(o.prefix ?? "");
      let open = names.map((name, i) => ({
        i,
        tokens: [...vocabulary.encode(name), 0].slice(prefix.length),
        context: [0, 0, 0, ...prefix].slice(-3),
      }));
      for (let character = 0; open.length > 0; character++) {
        const u = uniformsOf();
        open = open.filter(({ i, tokens, context }) => {
          let cumulative = 0;
          const bounds = chances(context, o).map((p) => {
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

    it.each<SamplingOptions>([
      { temperature: 0.4 },
      { temperature: 3 },
      { topK: 4 },
      { prefix: "ab" },
      { temperature: 1.5, topK: 7, prefix: "bcdef" },
    ])("draws at a temperature, among the likeliest, after a prefix: %o", async (o) => {
      const names = await draw(o);
      for (const name of names) expect(name.startsWith(o.prefix ?? "")).toBe(true);
      const g = new TorchGenerator(7);
      expectPlainDraws(names, () => g.rand(256), o);
    });

    it("ends names at a length, which are otherwise the same", async () => {
      const names = await draw();
      expect(await draw({ maxLength: 5 })).toEqual(names.map((name) => name.slice(0, 5)));
      expect(await draw({ topK: vocabulary.size, temperature: 1 })).toEqual(names);
    });

    it("leaves out names that are known, or were drawn before, and of more names begins with the same", async () => {
      const o = { prefix: "a", maxLength: 3 };
      const all = await draw({ ...o, count: 1024 });
      const notIn = new Set(all.slice(0, 100));
      const wanted = (name: string, i: number) => !notIn.has(name) && all.indexOf(name) === i;
      const unique = await draw({ ...o, notIn, unique: true });
      expect(unique).toEqual(all.filter(wanted).slice(0, count));
      expect(await draw({ ...o, notIn, unique: true, count: 10 })).toEqual(unique.slice(0, 10));
      expect(await draw({ ...o, notIn })).toEqual(all.filter((name) => !notIn.has(name)).slice(0, count));
    });

    it("ends with those that it found where they run out, and says so", async () => {
      const notes: string[] = [];
      const found: number[] = [];
      const onNames = (n: number) => found.push(n);
      const o = {
        unique: true,
        prefix: "a",
        maxLength: 2,
        onNote: (line: string) => notes.push(line),
        onNames,
      };
      const names = await draw(o);
      expect(names.toSorted()).toEqual(["", ..."abcdefghi"].map((c) => `a${c}`));
      expect(notes).toEqual([
        `found 10 of ${count} names that are unique; another 10,240 draws brought no more`,
      ]);
      expect(found.at(-1)).toBe(10);
    });

    it("gives each name's log-probability, its end included", async () => {
      const names = [...(await draw({ count: 5 })), "", "abc"];
      const want = names.map((name) => {
        const context = [0, 0, 0];
        let log = 0;
        for (const token of [...vocabulary.encode(name), 0]) {
          log += Math.log(probabilities(model, context)[token]);
          context.push(token);
          context.shift();
        }
        return log;
      });
      const got = await logProbabilities(machine, { ...model, vocabulary }, names);
      const comparison = compareTensors("log-probabilities", got, want, { rtol: 1e-5, atol: 1e-5 });
      expect(comparison.ok, explain(comparison)).toBe(true);
    });

    it.each<[SamplingOptions, RegExp]>([
      [{ count: -1 }, /^--count is -1; it must be a whole number from 1 to 1,000,000$/],
      [{ temperature: 0 }, /^--temperature is 0;/],
      [{ topK: 1.5 }, /^--top-k is 1\.5;/],
      [{ prefix: "xyz" }, /^--prefix is "xyz", but "x" is no character of this network; it has "abcdefghi"$/],
    ])("refuses %o", async (o, message) => {
      await expect(draw(o)).rejects.toThrow(message);
    });

    it("cuts off a name that would never end", async () => {
      const b2 = Float32Array.from(parameters.b2);
      b2[0] = -1000;
      const names = await draw({}, { ...model, parameters: { ...parameters, b2 } });
      expect(new Set(names.map((name) => name.length))).toEqual(new Set([LONGEST_NAME]));
    });
  });
}
