/** Mistakes in a training step: each is the catalogue's, and no other tensor's. */
import { describe, expect, it } from "vitest";
import { BREAKABLE, breakings, brokenPlan, pathOf } from "../../src/exercises/broken.ts";
import { TASKS } from "../../src/exercises/catalogue.ts";
import { run } from "../../src/exercises/dialect/index.ts";
import { Tensor } from "../../src/exercises/dialect/tensor.ts";
import type { Value } from "../../src/exercises/dialect/values.ts";
import { stepPlan } from "../../src/model/plans.ts";
import { CMP, shapeOf } from "../../src/model/tensors.ts";
import { hostTensors, replayer } from "../../src/plan/replay.ts";
import { trainConfig } from "../../src/train/config.ts";
import { initialState } from "../../src/train/state.ts";
import { firstStep } from "../../src/train/step.ts";
import { dataset } from "../train/data.ts";

const sizes = { vocabulary: dataset.vocabulary.size, context: 3, embedding: 3, hidden: 5, batch: 7 };
const config = trainConfig({ hidden: 5, embedding: 3, batch: 7 });
const step = firstStep(sizes, initialState(config, sizes.vocabulary), dataset.train);

/** All tensors of a step in float64, right or with a mistake. */
function valuesOf(path: ReturnType<typeof pathOf>, id?: string) {
  const right = stepPlan(sizes, path, { update: false });
  const plan = id === undefined ? right : brokenPlan(right, id);
  const arrays = hostTensors(plan, Float64Array);
  for (const [name, values] of Object.entries({ ...step.parameters, Xb: step.Xb, Yb: step.Yb }))
    arrays.get(name)!.set(values);
  // Gains of 1 and biases of 0 hide mistakes.
  for (const values of ["bngain", "bnbias", "b1"].map((name) => arrays.get(name)!))
    for (let i = 0; i < values.length; i++) values[i] += 0.3 * i;
  replayer(plan, arrays)();
  return arrays;
}

describe.each(BREAKABLE)("%s", (id) => {
  const path = pathOf(id);
  const [right, wrong] = [valuesOf(path), valuesOf(path, id)];
  const differing = [...right.keys()].filter((name) => {
    const [a, b] = [right.get(name)!, wrong.get(name)!];
    return a.some((x, i) => Math.abs(x - b[i]) > 1e-9 * Math.abs(x) + 1e-15);
  });

  it("changes gradients, and nothing of the forward pass", () => {
    expect(differing.length).toBeGreaterThan(0);
    for (const name of differing) expect(name).toMatch(/^(d|gradients)/);
    for (const name of differing) expect(wrong.get(name)!.every(Number.isFinite), name).toBe(true);
  });
});

const lines = TASKS.flatMap((t) => t.mistakes).filter(({ id }) => BREAKABLE.includes(id));
it.each(lines)("$id is what its line gives", ({ id, line }) => {
  const [right, wrong] = [valuesOf("chunked"), valuesOf("chunked", id)];
  const name = id.split(".")[0];
  const floats = (of: string, shape: readonly number[]) =>
    [of, new Tensor("float", shape, { values: right.get(of) as Float64Array, version: 0 })] as const;
  const given = new Map<string, Value>([
    ...CMP.flatMap((of) => [floats(of, shapeOf(of, sizes)), floats(`d${of}`, shapeOf(of, sizes))]),
    ["n", BigInt(sizes.batch)],
  ]);
  given.delete(name);
  const { values } = run(line, { given, asked: new Set([name]), standIns: new Map(), only: name });
  const got = (values.get(name) as Tensor).read();
  Array.from(got).forEach((x, i) => {
    expect(wrong.get(name)![i]).toBeCloseTo(x, 12);
  });
});

it("leaves a plan alone that has no place for a mistake", () => {
  const plan = stepPlan(sizes, "fused");
  expect(brokenPlan(plan, "dcounts.product-only")).toBe(plan);
  expect(brokenPlan(plan, "of.another-version")).toBe(plan);
});

it("says of each what the exercises say, and which lines are wrong", () => {
  const all = breakings(sizes);
  expect(all.map((b) => b.id)).toEqual(BREAKABLE);
  for (const { says, wrong, right } of all) {
    expect(says).toMatch(/\.$/);
    expect(right).not.toBe(wrong);
    expect(`${wrong}\n${right}`.split("\n").length).toBeLessThanOrEqual(4);
  }
  expect(all.find((b) => b.id === "db2.mean")).toEqual({
    id: "db2.mean",
    path: "chunked",
    says: "Every number of yours is 7 times too small, and n is 7 here.",
    wrong: "db2 = dlogits.mean(0)",
    right: "db2 = dlogits.sum(0)",
  });
});
