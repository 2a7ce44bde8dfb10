/** The cmp table judged: what passes, what must not, and what a row says. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { cpuMachine } from "../../src/cpu/machine.ts";
import { PATHS } from "../../src/model/plans.ts";
import { CMP, INTERMEDIATES } from "../../src/model/tensors.ts";
import type { Tolerance } from "../../src/plan/contract.ts";
import { check, referenceOf } from "../../src/train/check.ts";
import { sizesOf, trainConfig } from "../../src/train/config.ts";
import { initialState } from "../../src/train/state.ts";
import { firstStep, type Step } from "../../src/train/step.ts";
import { readStepFile } from "../../src/train/step_file.ts";
import { runStep } from "../model/steps.ts";
import { readStepFixture, stepFixtures } from "../oracle/fixtures.ts";
import { dataset } from "./data.ts";

const machine = cpuMachine();
const read = (name: string) =>
  readStepFile(readFileSync(new URL(`../fixtures/${name}.safetensors`, import.meta.url)), name);
const names = { forward: INTERMEDIATES as string[], gradients: CMP.map((name) => `d${name}`) };

const { step, expected } = read("notebook-h64");
/** What the machine itself computes. */
const computed = await runStep(machine, readStepFixture("notebook-h64"), "chunked");
const computedValues = new Map<string, ArrayLike<number>>(Object.entries(computed));

/** The machine's own values but for one element. */
function planted(name: string, at: number, change: (x: number) => number): Map<string, ArrayLike<number>> {
  const values = Float32Array.from(computed[name]);
  values[at] = change(values[at]);
  return new Map([...computedValues, [name, values]]);
}
const judge = (
  values: ReadonlyMap<string, ArrayLike<number>>,
  tolerance?: Partial<Tolerance>,
  s: Step = step,
) => check(machine, s, { path: "chunked", expected: values, tolerance });

describe("check", () => {
  it("calls equal values exact, and has a row for every tensor in the notebook's order", async () => {
    const { ok, loss, rows } = await judge(computedValues);
    expect(ok).toBe(true);
    expect(loss).toBe(computed.loss[0]);
    expect(rows.map((r) => r.name)).toEqual([...names.forward, "loss", ...names.gradients]);
    for (const row of rows) expect(row).toMatchObject({ exact: true, approximate: true, maxdiff: 0 });
    expect(rows.find((r) => r.name === "demb")?.shape).toEqual([32, 3, 10]);
  });

  it.each([
    ["dW1", 64 * 7 + 5, [7, 5]],
    ["demb", 30 * 4 + 10 * 2 + 9, [4, 2, 9]],
    ["dbngain", 63, [0, 63]],
    ["db2", 0, [0]],
  ])("finds a thousandth of one element of %s", async (name, at, index) => {
    const values = planted(name, at, (x) => x * 1.001);
    const { ok, rows } = await judge(values);
    expect(ok).toBe(false);
    expect(rows.filter((r) => !r.approximate).map((r) => r.name)).toEqual([name]);
    const [got, want] = [computed[name][at], values.get(name)![at]];
    const row = rows.find((r) => r.name === name);
    expect(row).toMatchObject({ exact: false, maxdiff: Math.abs(got - want), worst: { index, got, want } });
  });

  it("finds the loss wrong", async () => {
    const { rows } = await judge(planted("loss", 0, (x) => x * 1.001));
    expect(rows.filter((r) => !r.approximate)).toMatchObject([
      { name: "loss", shape: [], worst: { index: [] } },
    ]);
  });

  it.each([
    ["what is wanted", async () => judge(planted("dh", 65, () => Number.NaN)), "dh"],
    ["a wanted infinity", async () => judge(planted("dh", 65, () => Number.NEGATIVE_INFINITY)), "dh"],
  ])("never passes NaN in %s", async (_, report, name) => {
    const { ok, rows } = await report();
    expect(ok).toBe(false);
    expect(rows.filter((r) => !r.approximate)).toMatchObject([
      { name, exact: false, maxdiff: Number.POSITIVE_INFINITY, worst: { index: [1, 1] } },
    ]);
  });

  it("never passes a NaN, even where one is wanted", async () => {
    const b1 = Float32Array.from(step.parameters.b1).fill(Number.NaN, 5, 6);
    const broken = { ...step, parameters: { ...step.parameters, b1 } };
    const { rows } = await judge(
      planted("hprebn", 5, () => Number.NaN),
      { rtol: 1e9, atol: 1e9 },
      broken,
    );
    const row = rows.find((r) => r.name === "hprebn");
    expect(row).toMatchObject({
      exact: false,
      approximate: false,
      worst: { index: [0, 5], got: Number.NaN },
    });
  });

  it("allows a forward value that cancels its float32 rounding, whatever tolerance it is given", async () => {
    const hpreact = Float32Array.from(computed.hpreact);
    const most = hpreact.reduce((a, x) => Math.max(a, Math.abs(x)), 0);
    const at = hpreact.reduce(
      (a: number, x: number, i: number) => (Math.abs(x) < Math.abs(hpreact[a]) ? i : a),
      0,
    );
    const values = planted("hpreact", at, (x) => x + 2 ** -20 * most);
    expect((await judge(values)).ok).toBe(true);
    expect((await judge(planted("hpreact", at, (x) => x + 2 ** -18 * most))).ok).toBe(false);
    expect((await judge(values, { rtol: 0, atol: 5e-8 })).ok).toBe(true);
    expect(
      (
        await judge(
          planted("hpreact", at, (x) => x + 2 ** -18 * most),
          { atol: 5e-8 },
        )
      ).ok,
    ).toBe(false);
    // Gradients are not allowed that.
    expect((await judge(planted("dhpreact", at, (x) => x + 2 ** -20 * most))).ok).toBe(false);
    // What is not finite widens nothing.
    const infinite = planted("hpreact", at, () => Number.POSITIVE_INFINITY);
    (infinite.get("hpreact") as Float32Array)[at + 1] += 2 ** -18 * most;
    const { rows } = await judge(infinite, { atol: 5e-8 });
    expect(rows.find((r) => r.name === "hpreact")).toMatchObject({ approximate: false });
  });

  it("takes a wider tolerance", async () => {
    const values = planted("dW2", 0, (x) => x * 1.001);
    expect((await judge(values, { rtol: 0.002 })).ok).toBe(true);
    expect((await judge(values, { rtol: 0.0005 })).ok).toBe(false);
    expect((await judge(values, { atol: 1 })).ok).toBe(true);
  });

  it("fails if there is nothing to compare", async () => {
    expect(await judge(new Map())).toMatchObject({ ok: false, rows: [] });
  });

  it.each(PATHS)("compares the %s path's own gradients with the reference by default", async (path) => {
    const config = trainConfig({ hidden: 20, embedding: 4 });
    const s = firstStep(sizesOf(config, 10), initialState(config, 10), dataset.train);
    const { ok, rows } = await check(machine, s, { path });
    expect(ok).toBe(true);
    expect(rows).toHaveLength({ chunked: 26, fused: 12 }[path]);
    const dC = rows.find((r) => r.name === "dC")!;
    const at = dC.worst.index[0] * 4 + dC.worst.index[1];
    const { want, s: sizes } = referenceOf(s, path).get("dC")!;
    expect(dC.worst).toMatchObject({ want: want[at], s: sizes[at] });
    expect(dC.roundings).toBeCloseTo(Math.abs(dC.worst.got - want[at]) / sizes[at], 9);
  });
});

describe.each(PATHS)("the %s path against PyTorch", (path) => {
  it.each(stepFixtures)("%s", async (name) => {
    const file = read(name);
    const { ok, rows } = await check(machine, file.step, { path, expected: file.expected });
    expect(rows.filter((r) => !r.within)).toEqual([]);
    expect(ok).toBe(true);
    expect(rows).toHaveLength({ chunked: 46, fused: 19 }[path]);
  });
});

it("wants every value that PyTorch has", () => {
  expect([...expected.keys()].sort()).toEqual([...names.forward, "loss", ...names.gradients].sort());
});
