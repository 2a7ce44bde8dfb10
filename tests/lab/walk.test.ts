/** The walk's values, on the CPU reference, against the notebook computed independently; and what it chooses to show. */
import { afterEach, describe, expect, it } from "vitest";
import { cpuMachine } from "../../src/cpu/machine.ts";
import { Engine } from "../../src/lab/engine.ts";
import { type Walked, walkBatch } from "../../src/lab/walk/batch.ts";
import { showsWell } from "../../src/lab/walk/choose.ts";
import { exampleOf } from "../../src/lab/walk/example.ts";
import { contextText, glyph, number, percent, unitOf } from "../../src/lab/walk/format.ts";
import { stretch } from "../../src/lab/walk/moves.ts";
import { binsOf, largest, strongest } from "../../src/lab/walk/pick.ts";
import { STOPS, stopAt } from "../../src/lab/walk/stops.ts";
import { NOTEBOOK } from "../../src/model/notebook.ts";
import { PARAMETERS, type Parameters } from "../../src/model/tensors.ts";
import { sizesOf, type TrainConfig, trainConfig } from "../../src/train/config.ts";
import { initialState } from "../../src/train/state.ts";
import { firstStep } from "../../src/train/step.ts";
import { exercise1, type Sizes as OracleSizes } from "../oracle/exercise1.ts";
import { dataset, tinyConfig } from "../train/data.ts";

const V = dataset.vocabulary.size;
const BATCH = 7;

const walk = (config: TrainConfig) => walkBatch(cpuMachine(), { config, dataset }, initialState(config, V));

/** The same step by the notebook's lines, in float64. */
function oracle({ step }: Walked, parameters: Parameters = step.parameters) {
  const { vocabulary, embedding, context, hidden, batch } = step.sizes;
  const sizes: OracleSizes = { V: vocabulary, E: embedding, T: context, H: hidden, N: batch };
  return exercise1(parameters, step.Xb, step.Yb, sizes);
}

const close = (got: ArrayLike<number>, want: ArrayLike<number>, tolerance = 2e-5) => {
  expect(got.length).toBe(want.length);
  for (let i = 0; i < want.length; i++)
    expect(Math.abs(got[i] - want[i]), `element ${i}: ${got[i]}, want ${want[i]}`).toBeLessThan(tolerance);
};
const rowOf = ({ data }: { data: Float64Array }, i: number, width: number) =>
  data.slice(i * width, (i + 1) * width);
const sum = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0);

describe("an example's way", () => {
  const config = tinyConfig({ lr: 0.5 });

  it("has the notebook's values at every stop, for every example", async () => {
    const walked = await walk(config);
    const { sizes, Xb, Yb } = walked.step;
    const { embedding: E, context: T, hidden: H } = sizes;
    const want = oracle(walked);
    const { batch } = walked;
    expect(batch).toMatchObject({
      at: 0,
      sizes,
      characters: dataset.vocabulary.characters,
      broken: undefined,
    });
    expect(Xb).toEqual(firstStep(sizesOf(config, V), initialState(config, V), dataset.train).Xb);
    close([batch.loss], want.loss.data);
    close([sum(batch.losses) / BATCH], want.loss.data);
    for (let i = 0; i < BATCH; i++) {
      const example = exampleOf(walked, i);
      const { hidden, unit } = example;
      expect([...example.context, example.target]).toEqual([...Xb.slice(i * T, (i + 1) * T), Yb[i]]);
      close(example.embedding, rowOf(want.embcat, i, T * E), 1e-12);
      for (const name of ["hprebn", "bnraw", "hpreact", "h", "dh", "dhpreact", "dhprebn"] as const)
        close(hidden[name], rowOf(want[name], i, H));
      for (const name of ["logits", "probs", "dlogits"] as const)
        close(example[name], rowOf(want[name], i, V));
      close([example.loss], [-want.logprobs.data[i * V + Yb[i]]]);
      close(example.dembcat, rowOf(want.dembcat, i, T * E));

      const j = unit.at;
      close([sum(unit.shares) + unit.bias], [want.hprebn.data[i * H + j]]);
      close(
        unit.column,
        Array.from({ length: BATCH }, (_, r) => want.hprebn.data[r * H + j]),
      );
      close([unit.mean, unit.variance], [want.bnmeani.data[j], want.bnvar.data[j]]);
      close([unit.gain * hidden.bnraw[j] + unit.shift], [want.hpreact.data[i * H + j]]);
      close([sum(unit.pulls)], [want.dh.data[i * H + j]]);
      const { straight, mean, variance } = unit.paths;
      close(
        [straight],
        [walked.step.parameters.bngain[j] * want.bnvar_inv.data[j] * want.dhpreact.data[i * H + j]],
      );
      close([straight + mean + variance], [want.dhprebn.data[i * H + j]]);
      close([mean], [want.dbnmeani.data[j] / BATCH]);
    }
  });

  it("ends in its characters' rows of dC, shared with the other examples, and in how far the update moves them", async () => {
    const walked = await walk(config);
    const { batch, step } = walked;
    const want = oracle(walked);
    const { embedding: E, context: T } = batch.sizes;
    const all = Array.from({ length: BATCH }, (_, i) => exampleOf(walked, i));
    for (const { letters, context } of all) {
      expect(letters.map(({ token }) => token)).toEqual([...new Set(context)]);
      expect(sum(letters.map(({ here }) => here))).toBe(T);
      for (const { token, everywhere, gradient, change, moved } of letters) {
        expect(everywhere).toBe(step.Xb.filter((other) => other === token).length);
        close(gradient, rowOf(want.dC, token, E));
        close(
          change,
          gradient.map((g) => -0.5 * g),
          1e-6,
        );
        close([moved], [Math.hypot(...change)], 1e-6);
      }
    }
    // What the examples give to a row is the row.
    for (let token = 0; token < V; token++) {
      const own = all.flatMap(({ letters }) => letters.filter((letter) => letter.token === token));
      if (own.length === 0) expect(batch.moved[token]).toBe(0);
      else
        close(
          Array.from({ length: E }, (_, e) => sum(own.map((letter) => letter.own[e]))),
          own[0].gradient,
        );
    }
    expect(batch.occurs.reduce((a, b) => a + b)).toBe(BATCH * T);
    // The step after the update, by SGD on the notebook's own gradients.
    const updated = Object.fromEntries(
      PARAMETERS.map((name) => [
        name,
        step.parameters[name].map((p, i) => p - 0.5 * want[`d${name}`].data[i]),
      ]),
    ) as unknown as Parameters;
    const after = oracle(walked, updated);
    close([batch.lossAfter], after.loss.data, 1e-4);
    close(
      all.map(({ probAfter }) => probAfter),
      all.map(({ target }, i) => after.probs.data[i * V + target]),
      1e-4,
    );
  });

  it("knows the optimiser's own moves", async () => {
    const adamw = await walk(trainConfig({ ...tinyConfig(), optimizer: "adamw", lr: 0.001, weightDecay: 0 }));
    const { batch } = adamw;
    expect(batch.update).toMatchObject({ rule: "adamw", lr: 0.001 });
    expect(batch.kernels).toMatchObject({
      C: "adamw.step",
      hprebn: "linear.forward",
      dC: "embedding.backward",
    });
    // In its first step every number with a gradient moves by lr.
    const [letter] = exampleOf(adamw, 0).letters;
    close(
      letter.change.map(Math.abs),
      letter.change.map(() => 0.001),
      1e-5,
    );
    const momentum = await walk(tinyConfig({ momentum: 0.9 }));
    expect(momentum.batch.update).toMatchObject({ rule: "momentum", momentum: 0.9 });
  });

  it("says that a run trains with a broken gradient, and shows the right one", async () => {
    const state = { ...initialState(config, V), broken: [{ id: "tanh.backward.sign", from: 0 }] };
    const { batch, values } = await walkBatch(cpuMachine(), { config, dataset }, state);
    expect(batch.broken).toBe("tanh.backward.sign");
    expect(values.dC).toEqual((await walk(config)).values.dC);
  });

  it("refuses weights that have diverged, and examples that are not there, in one line", async () => {
    const state = initialState(config, V);
    const parameters = { ...state.parameters, W2: state.parameters.W2.map(() => Number.NaN) };
    await expect(walkBatch(cpuMachine(), { config, dataset }, { ...state, parameters })).rejects.toThrow(
      "the loss is NaN: the weights have diverged, and there is nothing to walk through; reset the run with a lower learning rate",
    );
    const walked = await walk(config);
    expect(() => exampleOf(walked, BATCH)).toThrow("the minibatch has no example 8; it has 7");
  });
});

describe("the engine's walk", () => {
  const engines: Engine[] = [];
  afterEach(async () => {
    for (const engine of engines.splice(0)) await engine.close();
  });

  it("follows the run, and is the step that the run takes next", async () => {
    const config = trainConfig({ hidden: 5, batch: 8, steps: 4 });
    const engine = new Engine();
    engines.push(engine);
    const losses: number[] = [];
    engine.listen((event) => {
      if (event.type === "losses") losses.push(...event.losses);
    });
    await engine.open("cpu");
    await engine.useWords("bundled", config);
    await expect(engine.walkExample(0)).rejects.toThrow("no step has been walked through yet");
    const before = await engine.walk(config);
    await engine.prepare(config);
    expect(await engine.walk(config)).toEqual(before);
    await engine.run(3);
    const batch = await engine.walk(config);
    const example = await engine.walkExample(batch.chosen);
    expect(batch.at).toBe(3);
    expect(example.index).toBe(batch.chosen);
    await engine.run();
    expect(losses[0]).toBeCloseTo(before.loss, 5);
    expect(losses[3]).toBeCloseTo(batch.loss, 5);
  });
});

describe("the example that is shown first", () => {
  /** Contexts of two characters. */
  const chosen = (examples: readonly (readonly [number, number, number, number])[]) =>
    showsWell({
      Xb: Uint32Array.from(examples.flatMap((example) => example.slice(0, 2))),
      Yb: Uint32Array.from(examples, ([, , y]) => y),
      losses: examples.map(([, , , loss]) => loss),
      loss: 3,
      context: 2,
    });

  it("goes from a character to a character, begins before the word, shares a row, and is typical", () => {
    expect(chosen([[1, 2, 3, 3]])).toBe(0);
    expect(
      chosen([
        [0, 0, 3, 3],
        [1, 2, 0, 3],
        [1, 2, 3, 9],
      ]),
    ).toBe(2);
    expect(
      chosen([
        [1, 2, 3, 3],
        [0, 2, 3, 9],
      ]),
    ).toBe(1);
    expect(
      chosen([
        [0, 4, 3, 3],
        [0, 2, 3, 9],
        [2, 2, 3, 3],
      ]),
    ).toBe(1);
    expect(
      chosen([
        [0, 2, 3, 2],
        [0, 2, 3, 3.5],
        [0, 2, 4, 3.5],
      ]),
    ).toBe(1);
  });
});

describe("what a picture has room for", () => {
  it("is the strongest, in their order, and whatever is followed", () => {
    const values = [1, -9, 3, -4, 0, 8];
    expect(strongest(values, 6)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(strongest(values, 3)).toEqual([1, 3, 5]);
    expect(strongest(values, 3, [4])).toEqual([1, 4, 5]);
    expect(largest(values, 2)).toEqual([2, 5]);
    expect(largest(values, 2, [1])).toEqual([1, 5]);
  });

  it("is counted in bins, one of which is ours", () => {
    expect(binsOf([0, 1, 2, 3, 4], 4, 2)).toEqual({ from: 0, to: 4, counts: Uint32Array.of(2, 3), mine: 1 });
    expect(binsOf([7, 7], 7, 4)).toMatchObject({ from: 6.5, to: 7.5, mine: 2 });
  });

  it("is stretched by a round number", () => {
    expect(stretch([0.003, 0.004, 0, 0], 1)).toBe(50);
    expect(stretch([0, 0], 1)).toBe(1);
    expect(stretch([2, 0], 1)).toBeCloseTo(0.1);
  });
});

it.each([
  [1.7234, "1.72"],
  [-0.030312, "−0.0303"],
  [0.99996, "1.00"],
  [0.1, "0.100"],
  [12345.6, "12346"],
  [2.1e-9, "2.10 · 10⁻⁹"],
  [0, "0"],
  [Number.NaN, "NaN"],
])("writes %s as %s", (x, text) => {
  expect(number(x)).toBe(text);
});

it("writes shares, units and characters as one reads them", () => {
  expect([percent(0.0308), percent(0.999), percent(0.25)]).toEqual(["3.1 %", "99.9 %", "25.0 %"]);
  expect(unitOf(0.0042)).toEqual({ factor: 1000, text: "in units of 10⁻³" });
  expect(unitOf(3)).toEqual({ factor: 1, text: "" });
  expect([" ", "\u0301", "\u200b", "ä"].map(glyph)).toEqual(["␣", "◌\u0301", "U+200B", "ä"]);
  expect(contextText([0, 0, 1], [".", "e"])).toBe("..e");
  expect(contextText(new Uint8Array(9).fill(1), [".", "e"])).toBe("…eeeeeeee");
});

it("a stop is called after a tensor of the notebook, and so are its links", () => {
  expect(STOPS.map(({ name }) => name)).toEqual([...new Set(STOPS.map(({ name }) => name))]);
  for (const { name, tensors } of STOPS) {
    expect(tensors).toContain(name);
    for (const tensor of tensors) expect(NOTEBOOK[tensor], tensor).toBeDefined();
  }
  expect([stopAt(undefined), stopAt("emb"), stopAt("nothing")]).toEqual([0, 1, -1]);
});
