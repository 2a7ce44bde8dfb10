import { beforeAll, describe, expect, test } from "vitest";
import { BUNDLED_SOURCE, loadBundledBytes } from "../../src/data/bundled.ts";
import { buildDataset } from "../../src/data/examples.ts";
import { parseWords } from "../../src/data/words.ts";
import { type Case, vanishes } from "../../src/exercises/case.ts";
import { chainCases, hiddenCases, notebookCase } from "../../src/exercises/cases.ts";
import { run } from "../../src/exercises/dialect/index.ts";
import type { Tensor } from "../../src/exercises/dialect/tensor.ts";
import { FIRST_XB, FIRST_YB, NOTEBOOK_SIZES } from "../../src/exercises/minibatch.ts";
import { GRADIENTS } from "../../src/exercises/names.ts";
import type { Task } from "../../src/exercises/types.ts";
import { NOTEBOOK } from "../../src/model/notebook.ts";
import { type CmpName, shapeOf } from "../../src/model/tensors.ts";
import { sizesOf, trainConfig } from "../../src/train/config.ts";
import { initialState } from "../../src/train/state.ts";
import { firstStep } from "../../src/train/step.ts";
import { exercise1 } from "../oracle/exercise1.ts";

/** A task of which the cases read no more than this. */
const task = (name: string, exercise: Task["exercise"] = 1, spelling = ""): Task =>
  ({ name, exercise, spellings: [spelling], given: [], mistakes: [] }) as unknown as Task;

const floats = (one: Case, name: string): number[] => [...(one.given.get(name) as Tensor).read()];

function off(mine: ArrayLike<number>, right: ArrayLike<number>, terms: number): number {
  expect(mine.length).toBe(right.length);
  let most = 0;
  for (let i = 0; i < right.length; i++) most = Math.max(most, Math.abs(mine[i] - right[i]));
  return most / terms;
}

test("the first minibatch is `check`'s", async () => {
  const data = buildDataset(parseWords(await loadBundledBytes(), BUNDLED_SOURCE), { context: 3 });
  const config = trainConfig();
  const sizes = sizesOf(config, 27);
  expect(sizes).toEqual(NOTEBOOK_SIZES);
  const step = firstStep(sizes, initialState(config, 27), data.train);
  expect([...step.Xb]).toEqual(FIRST_XB);
  expect([...step.Yb]).toEqual(FIRST_YB);
  expect(floats(notebookCase(), "W1")).toEqual([...step.parameters.W1]);
});

const all = [...hiddenCases(), ...chainCases()];

describe.each(all.map((one, i) => [`${i}: ${one.name}`, one] as const))("%s", (_, one) => {
  const { n: N, vocab_size: V, block_size: T, n_embd: E, n_hidden: H } = one.sizes;
  let notebook: ReturnType<typeof exercise1>;
  beforeAll(() => {
    const names = ["C", "W1", "b1", "W2", "b2", "bngain", "bnbias"] as const;
    const parameters = Object.fromEntries(names.map((name) => [name, floats(one, name)]));
    notebook = exercise1(parameters as never, floats(one, "Xb"), floats(one, "Yb"), { N, V, T, E, H });
  });

  test("its forward pass is the notebook's", () => {
    for (const name of GRADIENTS.map((gradient) => gradient.slice(1))) {
      if (!(name in notebook)) continue;
      const { shape, data } = notebook[name as keyof typeof notebook] as {
        shape: number[];
        data: Float64Array;
      };
      expect((one.given.get(name) as Tensor).shape, name).toEqual(shape);
      expect(off(floats(one, name), data, Math.max(...data.map(Math.abs))), name).toBeLessThan(1e-12);
    }
  });

  test.each(GRADIENTS)("%s is what the notebook's line gives for any gradients before it", (name) => {
    const { values } = run(NOTEBOOK[name].torch, {
      given: one.given,
      asked: new Set(GRADIENTS),
      standIns: one.standIns(1),
      only: name,
    });
    const right = one.right(task(name));
    expect(right.tensor.shape).toEqual(
      shapeOf(name.slice(1) as CmpName, {
        batch: N,
        vocabulary: V,
        context: T,
        embedding: E,
        hidden: H,
      }),
    );
    expect(off((values.get(name) as Tensor).read(), right.tensor.read(), right.terms)).toBeLessThan(1e-13);
    // The terms are no larger than they must be: with them 1e-9 would hide a wrong value.
    const largest = Math.max(...right.tensor.read().map(Math.abs));
    // In a batch of two, BatchNorm lets almost nothing back: `dhprebn` is ε of its terms.
    const cancels = N === 2 && name === "dhprebn";
    if (!vanishes(right) && !cancels) expect(right.terms / largest).toBeLessThan(300);
  });

  test("exercise 2 is its own chain's dlogits, and exercise 3 its lines one after the other", () => {
    const softmax = one.right(task("dlogits", 2));
    expect(off(softmax.tensor.read(), notebook.dlogits.data, softmax.terms)).toBeLessThan(1e-12);
    const formula =
      "dhprebn = bngain*bnvar_inv/n * (n*dhpreact - dhpreact.sum(0) - n/(n-1)*bnraw*(dhpreact*bnraw).sum(0))";
    const asked = new Set(GRADIENTS);
    const standIns = one.standIns(3);
    const { values } = run(formula, { given: one.given, asked, standIns, only: "dhprebn" });
    const right = one.right(task("dhprebn", 3));
    expect(off((values.get("dhprebn") as Tensor).read(), right.tensor.read(), right.terms)).toBeLessThan(
      1e-12,
    );
    const { values: raw } = run("dbnraw = bngain * dhpreact", {
      given: one.given,
      asked,
      standIns,
      only: "dbnraw",
    });
    expect([...(raw.get("dbnraw") as Tensor).read()]).toEqual([...standIns.get("dbnraw")!.read()]);
  });

  test("no maximum is tied", () => {
    const logits = floats(one, "logits");
    for (let i = 0; i < N; i++) {
      const row = logits.slice(i * V, (i + 1) * V);
      expect(row.filter((value) => value === Math.max(...row))).toHaveLength(1);
    }
  });
});

test("the first minibatch with its own gradients is the notebook's exercise 1", () => {
  const one = notebookCase();
  const names = ["C", "W1", "b1", "W2", "b2", "bngain", "bnbias"] as const;
  const parameters = Object.fromEntries(names.map((name) => [name, floats(one, name)]));
  const sizes = { N: 32, V: 27, T: 3, E: 10, H: 64 };
  const notebook = exercise1(parameters as never, FIRST_XB, FIRST_YB, sizes);
  for (const name of GRADIENTS) {
    const right = one.right(task(name));
    const { data } = notebook[name as keyof typeof notebook] as { data: Float64Array };
    expect(off(right.tensor.read(), data, right.terms), name).toBeLessThan(1e-12);
    expect(off(one.standIns(1).get(name)!.read(), data, right.terms), name).toBeLessThan(1e-12);
  }
});

test("what the cases are for is there", () => {
  const [, random, small, extreme, pair] = hiddenCases();
  const tokens = (one: Case): number[] => floats(one, "Xb");
  expect(new Set(tokens(small)).size).toBeLessThan(tokens(small).length);
  expect(new Set(tokens(pair)).size).toBe(tokens(pair).length);
  expect(pair.sizes.n).toBe(2);
  expect(Math.max(...floats(extreme, "logits").map(Math.abs))).toBeCloseTo(80, 9);
  const near = floats(extreme, "bnvar").filter((value) => value > 1e-7 && value < 1e-4);
  expect(near.length).toBeGreaterThan(2);
  // Random gradients: none is what the one before it makes it.
  for (const one of [random, small, extreme, pair]) {
    for (const name of GRADIENTS) {
      if (name === "dlogprobs") continue;
      const right = one.right(task(name));
      expect(off(one.standIns(1).get(name)!.read(), right.tensor.read(), right.terms), name).toBeGreaterThan(
        1e-6,
      );
    }
  }
});

test("in this network two gradients vanish, and the chains replace the one that others use", () => {
  for (const one of [notebookCase(), ...chainCases()]) {
    const vanishing = GRADIENTS.filter((name) => vanishes(one.right(task(name))));
    expect(vanishing).toEqual(["dlogit_maxes", "db1"]);
  }
  for (const one of chainCases()) {
    expect(Math.max(...one.standIns(1).get("dlogit_maxes")!.read().map(Math.abs))).toBeGreaterThan(0.1);
  }
});

test("the warm-up has its own forward pass, and a step on the way is what its first spelling says", () => {
  const step = {
    ...task("dhprebn_direct", 3, "dhprebn_direct = bngain * bnvar_inv * dhpreact"),
    stepOf: "dhprebn",
  };
  for (const one of hiddenCases([step])) {
    expect(one.warmUp.has("logits")).toBe(false);
    const line = "dfork = slope * dstraight + 2 * fork * dsquared";
    const { tensor } = one.right(task("dfork", 0, line));
    expect(tensor.shape).toEqual([one.sizes.n, one.sizes.n_embd]);
    expect(one.standIns(3).get("dhprebn_direct")).toBe(one.right(step).tensor);
    expect(one.standIns(1).has("dhprebn_direct")).toBe(false);
  }
});
