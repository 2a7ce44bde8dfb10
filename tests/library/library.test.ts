/** What the library gives to those who look into a step or a network. */
import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import * as ninja from "../../src/index.ts";
import { type CmpName, shapeOf } from "../../src/model/tensors.ts";
import { compareTensors, explain } from "../oracle/compare.ts";
import { dataset as data, probabilities as plain, tinyConfig } from "../train/data.ts";

const machine = ninja.cpuMachine();
const fixture = (name: string) =>
  ninja.readStepFile(readFileSync(new URL(`../fixtures/${name}.safetensors`, import.meta.url)), name);
const { step, expected } = fixture("odd");
const small = fixture("tiny");

describe("gradients", () => {
  it.each([
    ["chunked", 26],
    ["fused", 12],
    ["single", 7],
  ] as const)("are PyTorch's on the %s path, with torch's shapes", async (path, count) => {
    const { loss, gradients } = await ninja.gradients(machine, step, { path });
    expect(loss).toBeCloseTo(expected.get("loss")![0], 5);
    expect(Object.keys(gradients)).toHaveLength(count);
    expect(Object.keys(gradients)).toEqual(expect.arrayContaining(ninja.PARAMETERS.map((n) => `d${n}`)));
    for (const [name, { shape, data }] of Object.entries(gradients)) {
      expect(shape).toEqual(shapeOf(name.slice(1) as CmpName, step.sizes));
      const comparison = compareTensors(name, data, expected.get(name)!, { rtol: 1e-4, atol: 1e-6 });
      expect(comparison.ok, explain(comparison)).toBe(true);
    }
  });

  it("are those of the chunked path unless another is asked for, and in float64 on a machine that has it", async () => {
    const { gradients } = await ninja.gradients(ninja.cpuMachine("float64"), step);
    expect(gradients.dcounts_sum?.data).toBeInstanceOf(Float64Array);
    expect(gradients.dW1.shape).toEqual(shapeOf("W1", step.sizes));
  });
});

describe("a step file", () => {
  it("of PyTorch's values is read back as they were", () => {
    const again = ninja.readStepFile(ninja.encodeStepFile(small.step, small.expected), "again");
    expect(again.step).toEqual(small.step);
    expect(again.expected).toEqual(small.expected);
  });

  it.each(ninja.ALL_PATHS)("of our own values passes the check on the %s path", async (path) => {
    const file = ninja.encodeStepFile(small.step, await ninja.gradients(machine, small.step, { path }));
    const read = ninja.readStepFile(file, "ours");
    // Without PyTorch: another level of fusion is judged by it.
    const report = await ninja.check(machine, read.step, { path: "fused", expected: read.expected });
    expect(report.ok).toBe(true);
    expect(read.expected.get("dW1")).toBeInstanceOf(Float32Array);
  });

  it("keeps float64 where float32 would round, and may hold a step alone", async () => {
    const values = await ninja.gradients(ninja.cpuMachine("float64"), small.step);
    const read = ninja.readStepFile(ninja.encodeStepFile(small.step, values), "exact");
    expect(read.expected.get("dW1")).toEqual(values.gradients.dW1.data);
    expect(read.expected.get("loss")![0]).toBe(values.loss);
    expect(ninja.readStepFile(ninja.encodeStepFile(small.step), "bare").expected.size).toBe(0);
  });

  it.each([
    [
      "dloss",
      [1],
      "dloss is none of a step's values; they are loss, intermediates such as logits, and gradients such as dW1",
    ],
    [
      "W1",
      [1],
      "W1 is none of a step's values; they are loss, intermediates such as logits, and gradients such as dW1",
    ],
    ["db1", [1, 2, 3], "db1 has 3 elements, but the step's sizes imply the shape (2)"],
  ])("refuses a value %s", (name, values, message) => {
    expect(() => ninja.encodeStepFile(small.step, new Map([[name, values]]))).toThrow(
      new ninja.StepFileError(message),
    );
  });
});

describe("a model", () => {
  let model: ninja.Model;
  let trainer: ninja.Trainer;
  beforeAll(async () => {
    const config = tinyConfig({ steps: 40 });
    trainer = await ninja.Trainer.create({ machine, config, data });
    await trainer.run();
    model = await trainer.model();
  });
  const source = { source: "test words", sha256: "0".repeat(64) };

  it("of a trainer is the one of its checkpoint", async () => {
    const checkpoint = await ninja.snapshot(machine, trainer, data, source);
    expect(ninja.modelOf(checkpoint)).toEqual(model);
    const read = ninja.decodeCheckpoint(ninja.encodeCheckpoint(checkpoint), "a file");
    expect(ninja.modelOf(read)).toEqual(model);
  });

  it("tells by character how likely each is to come next", async () => {
    for (const [beginning, context] of [
      ["", [0, 0, 0]],
      ["ab", [0, 1, 2]],
      ["abcabic", [2, 9, 3]],
    ] as const) {
      const likely = await ninja.probabilities(machine, model, beginning);
      expect([...likely.keys()]).toEqual([...".abcdefghi"]);
      for (const [i, p] of plain(model, context).entries()) expect([...likely.values()][i]).toBeCloseTo(p, 5);
      expect([...likely.values()].reduce((a, b) => a + b)).toBeCloseTo(1, 12);
    }
  });

  it("tells how likely a word is, its end included", async () => {
    const step = async (beginning: string, next: string) =>
      Math.log((await ninja.probabilities(machine, model, beginning)).get(next)!);
    const want = (await step("", "b")) + (await step("b", "a")) + (await step("ba", "."));
    expect(await ninja.logProbability(machine, model, "ba")).toBeCloseTo(want, 5);
    // Of all words together no more than 1.
    const letters = [...data.vocabulary.characters.slice(1)];
    const words = ["", ...letters, ...letters.flatMap((a) => letters.map((b) => a + b))];
    const all = (await ninja.logProbabilities(machine, model, words)).reduce(
      (sum, log) => sum + Math.exp(log),
      0,
    );
    expect(all).toBeGreaterThan(0);
    expect(all).toBeLessThan(1);
  });

  it("refuses a character that it does not know, and takes none for its end", async () => {
    await expect(ninja.probabilities(machine, model, "zoe")).rejects.toThrow(
      /^the word "zoe" has the character "z"/,
    );
    await expect(ninja.logProbability(machine, model, "a.b")).rejects.toThrow(
      /^the word "a.b" has the character "."/,
    );
  });

  it("has its embeddings by character, which nobody can change through them", () => {
    const rows = ninja.embeddings(model);
    expect([...rows.keys()]).toEqual([...".abcdefghi"]);
    expect(rows.get("b")).toEqual(model.parameters.C.slice(6, 9));
    rows.get("b")!.fill(7);
    expect(model.parameters.C[6]).not.toBe(7);
  });

  it("needs no vocabulary to sample in", async () => {
    const o = { count: 12, seed: 3 };
    const names = await ninja.sampleNames(machine, model, o);
    expect(names).toEqual(await ninja.sampleNames(machine, model, data.vocabulary, o));
    expect(names).toHaveLength(12);
    const { vocabulary, ...forgetful } = model;
    expect(await ninja.sampleNames(machine, forgetful, vocabulary!, o)).toEqual(names);
  });
});

describe("a word list of strings", () => {
  const strings = ["emma", " olivia", "", "né", "mia\t", "ava", "ivy", "zoe", "amy", "eve", "joy", "sue"];

  it("is that of a file with the same lines", async () => {
    const file = ninja.parseWords(new TextEncoder().encode(strings.join("\n")), "mine");
    expect(ninja.wordList(strings, "mine")).toEqual(file);
    expect(ninja.wordList(new Set(strings), "mine")).toEqual(file);
    expect(await ninja.wordSource(ninja.wordList(strings, "mine"))).toEqual(await ninja.wordSource(file));
  });
});

describe("a plan", () => {
  it("that a machine compiles can be built from the outside", async () => {
    const sizes = { ...step.sizes };
    for (const plan of [
      ninja.stepPlan(sizes, "chunked", { update: false }),
      ninja.calibrationPlan(sizes),
      ninja.evaluationPlan(sizes),
      ninja.predictionPlan(sizes),
      ninja.samplingPlan(sizes),
    ]) {
      const executable = await machine.compile(plan);
      expect(executable.plan).toBe(plan);
      executable.close();
    }
  });
});
