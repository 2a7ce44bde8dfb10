/** Looks at the dev loss while training: where they are, that they change no bit, and the weights that they choose. */
import { describe, expect, it } from "vitest";
import { cpuMachine } from "../../src/cpu/machine.ts";
import { readSafetensors } from "../../src/formats/safetensors.ts";
import { decodeCheckpoint, encodeCheckpoint, modelOf, modelStep } from "../../src/train/checkpoint.ts";
import { evaluate } from "../../src/train/evaluate.ts";
import { type Look, nextLook } from "../../src/train/look.ts";
import { Overfitting } from "../../src/train/overfitting.ts";
import { snapshot } from "../../src/train/snapshot.ts";
import type { TrainingState } from "../../src/train/state.ts";
import { Trainer } from "../../src/train/trainer.ts";
import { dataset, tinyConfig, words } from "./data.ts";

const machine = cpuMachine();
/** Its lowest dev loss is at step 36, not at the end; on the way there it is at 16 and 20. */
const config = tinyConfig({ steps: 40, lr: 0.5, decayAt: 1 });
const best = tinyConfig({ ...config, keep: "best" });
const created = new Date(0);

const open = (c = config, state?: TrainingState) =>
  Trainer.create({ machine, config: c, data: dataset, state });
const fileOf = async (trainer: Trainer) =>
  encodeCheckpoint(await snapshot(machine, trainer, dataset, words), created);

async function looksOf(trainer: Trainer, until?: number): Promise<Look[]> {
  const looks: Look[] = [];
  await trainer.run(undefined, { until, onLook: (look) => looks.push(look) });
  return looks;
}

/** The losses of a run, and its file. */
async function trained(look: boolean, pieces: readonly number[]) {
  const trainer = await open();
  const losses: number[] = [];
  const add = (_: number, more: ArrayLike<number>) => void losses.push(...Array.from(more));
  for (const until of pieces) await trainer.run(add, { until, ...(look && { onLook: () => {} }) });
  return { losses, file: await fileOf(trainer) };
}

describe("a look", () => {
  it.each([
    [20_000, [2000, 4000, 6000, 8000, 10_000, 12_000, 14_000, 16_000, 18_000, 20_000]],
    [25, [3, 5, 8, 10, 13, 15, 18, 20, 23, 25]],
    [7, [1, 2, 3, 4, 5, 6, 7]],
    [1, [1]],
    [999_999_999, [100_000_000, 200_000_000, 300_000_000, 400_000_000, 500_000_000]],
  ])("of %i steps is at the end of each tenth, wherever the run is now", (steps, expected) => {
    const steps_ = [0, ...expected.slice(0, -1)];
    expect(steps_.map((step) => nextLook(steps, step))).toEqual(expected);
    expect(steps_.map((step, i) => nextLook(steps, Math.max(step, expected[i] - 1)))).toEqual(expected);
  });

  it("changes no loss and no weight", async () => {
    const plain = await trained(false, [40]);
    expect(await trained(true, [40])).toEqual(plain);
    expect(await trained(true, [3, 4, 5, 30, 40])).toEqual(plain);
  });

  it("is the loss of the dev examples, the training loss since the one before beside it", async () => {
    const trainer = await open();
    const losses: number[] = [];
    const looks: Look[] = [];
    await trainer.run((_, more) => void losses.push(...Array.from(more)), { onLook: (l) => looks.push(l) });
    expect(looks.map((l) => l.step)).toEqual([4, 8, 12, 16, 20, 24, 28, 32, 36, 40]);
    const last = looks[9];
    expect(last.sampled).toBe(false);
    // BatchNorm is calibrated on some of the training words only.
    expect(last.dev).toBeCloseTo(await evaluate(machine, await trainer.model(), dataset.dev), 2);
    expect(last.train).toBeCloseTo(losses.slice(36).reduce((a, b) => a + b) / 4, 12);
  });

  it("needs dev examples", async () => {
    const { train, vocabulary } = dataset;
    const split = { machine, train, vocabulary: vocabulary.size };
    await expect(Trainer.create({ ...split, config: best })).rejects.toThrow(
      /^keep is "best", which needs dev examples/,
    );
    const trainer = await Trainer.create({ ...split, config });
    await expect(trainer.run(undefined, { onLook: () => {} })).rejects.toThrow(/^onLook needs dev examples/);
  });
});

describe("keep best", () => {
  it("keeps the weights of the lowest dev loss, in the file and in the model, and those to go on from", async () => {
    const trainer = await open(best);
    const looks = await looksOf(trainer);
    expect(looks[0]).toMatchObject({ step: 0, train: undefined });
    const lowest = looks.reduce((a, b) => (b.dev < a.dev ? b : a));
    expect(lowest.step).toBe(36);
    const file = await fileOf(trainer);
    const c = decodeCheckpoint(file, "it");
    expect([c.step, modelStep(c), c.best?.dev]).toEqual([40, 36, lowest.dev]);

    const then = await open();
    await then.run(undefined, { until: 36 });
    const { bnmean, ...model } = await then.model();
    expect(modelOf(c)).toMatchObject({ parameters: model.parameters, bnmean, bnvar: model.bnvar });
    expect((await trainer.model()).parameters).toEqual(model.parameters);
    const { tensors } = readSafetensors(file);
    expect(tensors.get("W1")?.data).toEqual(model.parameters.W1);
    await then.run();
    expect(tensors.get("last.W1")?.data).toEqual(then.state().parameters.W1);
    expect(c.parameters).toEqual(then.state().parameters);
  });

  it("gives the same file in one go, without being asked for looks, and through a file at any step", async () => {
    const whole = await open(best);
    await whole.run();
    const file = await fileOf(whole);
    for (const at of [2, 16, 38]) {
      const first = await open(best);
      await first.run(undefined, { until: at });
      const rest = await open(best, decodeCheckpoint(await fileOf(first), "it"));
      await rest.run();
      expect(await fileOf(rest), `stopped at ${at}`).toEqual(file);
    }
  });

  it("looks again where a run ended at a look, before it", async () => {
    const trainer = await open(best);
    await trainer.run(undefined, { until: 16 });
    const { best: kept, ...state } = trainer.state();
    expect(kept?.step).toBe(16);
    const before = { ...state, best: { step: 0, dev: 2.4, parameters: state.parameters } };
    const rest = await open(best, before);
    expect((await looksOf(rest, 17)).map((l) => l.step)).toEqual([16]);
    expect(rest.state().best).toEqual(kept);
    // But not twice.
    await trainer.run(undefined, { until: 20 });
    expect((await looksOf(trainer, 22)).map((l) => l.step)).toEqual([]);
  });

  it("begins with the weights of a run that has not kept the best so far, and ends with keep last", async () => {
    const first = await open(tinyConfig({ ...config, steps: 36 }));
    await first.run();
    const worse = await open(tinyConfig({ ...best, lr: 100 }), first.state());
    expect((await looksOf(worse)).map((l) => l.step)).toEqual([36, 40]);
    expect(worse.state().best?.step).toBe(36);
    expect(worse.state().best?.parameters).toEqual(first.state().parameters);
    const last = await open(config, worse.state());
    expect(last.state().best).toBeUndefined();
  });

  it("writes no weights twice where the last are the best", async () => {
    const trainer = await open(best);
    await trainer.run(undefined, { until: 36 });
    const c = decodeCheckpoint(await fileOf(trainer), "it");
    expect([c.step, c.best?.step]).toEqual([36, 36]);
    expect(
      [...readSafetensors(await fileOf(trainer)).tensors.keys()].filter((n) => n.startsWith("last.")),
    ).toEqual([]);
  });

  it("takes any finite loss for less than one that overflows", async () => {
    const trainer = await open(best);
    await trainer.run(undefined, { until: 1 });
    const { parameters, ...state } = trainer.state();
    const huge = { ...parameters, W2: parameters.W2.map(() => 3e38) };
    const over = await open(best, { ...state, parameters: huge, best: undefined });
    const looks: Look[] = [];
    // The step itself overflows too.
    await over.run(undefined, { onLook: (l) => looks.push(l) }).catch(() => {});
    expect(looks[0].dev).toBe(Number.POSITIVE_INFINITY);
    expect(
      decodeCheckpoint(encodeCheckpoint({ ...(await snapshot(machine, over, dataset, words)) }), "it").best
        ?.dev,
    ).toBe(Number.POSITIVE_INFINITY);
  });
});

describe("the note on overfitting", () => {
  const look = (step: number, dev: number, train: number | undefined): Look => ({
    step,
    dev,
    train,
    sampled: false,
  });
  const notes = (keep: "last" | "best", looks: readonly Look[], characters = 27) => {
    const overfitting = new Overfitting({ steps: 1000, keep }, characters);
    return looks.map((l) => overfitting.note(l));
  };

  it("comes once, when the dev loss rises while the training loss falls", () => {
    const looks = [look(100, 2.5, 2.4), look(200, 2.54, 2.2), look(300, 2.61, 2.1), look(400, 2.7, 1.9)];
    expect(notes("last", looks)).toEqual([
      undefined,
      undefined,
      "the dev loss rose from 2.50 at step 100 to 2.61 at step 300, while the training loss fell to 2.10: the network learns its words by heart; more words help, or a smaller --hidden, and --keep best keeps the weights of the lowest dev loss",
      undefined,
    ]);
    expect(notes("best", looks)[2]).toMatch(/, and the weights of step 100 are kept$/);
  });

  it("does not come for losses that go up and down together, nor where nothing is learnt", () => {
    const wild = Number.POSITIVE_INFINITY;
    expect(notes("last", [look(100, wild, 1e6), look(200, wild, 1e5)])).toEqual(Array(2));
    expect(notes("last", [look(100, 2.5, 2.4), look(200, 2.7, 2.6), look(300, 2.6, 2.38)])).toEqual(Array(3));
  });

  it("comes when the dev loss is worse than guessing, of a network that has learnt or at the end", () => {
    const [early, , late] = notes("last", [look(100, 3.5, 3.4), look(200, 3.4, 3.29), look(300, 4.7, 0.72)]);
    expect(early).toBeUndefined();
    expect(late).toBeUndefined();
    const learns = notes("last", [look(100, 2.6, 2.5), look(200, 4.69, 0.72), look(300, 5, 0.6)]);
    expect(learns[1]).toMatch(
      /^the dev loss is 4\.690 at step 200, where guessing gives 3\.296: the network learns its words/,
    );
    expect(learns[2]).toBeUndefined();
    expect(notes("last", [look(1000, 3.5, 3.4)])[0]).toMatch(
      /: it has learnt nothing; give it more --steps, or another --lr$/,
    );
  });
});
