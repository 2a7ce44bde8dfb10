import { describe, expect, test } from "vitest";
import type { Case, Right } from "../../src/exercises/case.ts";
import { chainCases, hiddenCases } from "../../src/exercises/cases.ts";
import { TASKS } from "../../src/exercises/catalogue.ts";
import { run } from "../../src/exercises/dialect/index.ts";
import { broadcast, expanded, Tensor } from "../../src/exercises/dialect/tensor.ts";
import type { Value } from "../../src/exercises/dialect/values.ts";
import { WARM_UP } from "../../src/exercises/tasks/warm_up.ts";
import type { Task } from "../../src/exercises/types.ts";
import { NOTEBOOK } from "../../src/model/notebook.ts";
import { claimsOf } from "./claims.ts";
import { differences, expectSlope } from "./differences.ts";

const steps = TASKS.filter((task) => task.stepOf !== undefined);
const hidden = hiddenCases(steps);
const chains = chainCases(steps);
const smallFirst = [...chains].reverse();
const [notebook, , small] = hidden;

/** Share of the largest term by which equal values may differ, as in a verdict. */
const CLOSE = 1e-9;

/** What a line gives, or why it gives nothing. */
function result(task: Task, line: string, one: Case): Tensor | string {
  const standIns = one.standIns(task.exercise);
  const { values, errors } = run(line, {
    given: task.exercise === 0 ? one.warmUp : one.given,
    asked: new Set([...standIns.keys(), task.name]),
    standIns,
    only: task.name,
    onError: "continue",
  });
  const value = values.get(task.name);
  return value instanceof Tensor ? value : errors[0].message;
}

/** Equal values; in another shape too, if comparing them makes no more elements than the larger has. */
function agree(a: Tensor, b: Tensor, terms: number): boolean {
  const larger = a.numel > b.numel || (a.numel === b.numel && a.ndim >= b.ndim) ? a : b;
  const [x, y] = [expanded(a, larger.shape)?.read(), expanded(b, larger.shape)?.read()];
  return (
    x !== undefined &&
    y !== undefined &&
    x.every((value, i) => value === y[i] || Math.abs(value - y[i]) <= CLOSE * terms)
  );
}

const isRight = (value: Tensor | string, { tensor, terms }: Right): boolean =>
  typeof value !== "string" && value.numel <= tensor.numel && agree(value, tensor, terms);

const isSame = (a: Tensor | string, b: Tensor | string, { terms }: Right): boolean =>
  typeof a === "string" || typeof b === "string" ? a === b : agree(a, b, terms);

/** `torch.allclose(value, right)`, which broadcasts. */
function approximately(value: Tensor | string, right: Tensor): boolean {
  const shape = typeof value === "string" ? undefined : broadcast(value.shape, right.shape);
  if (shape === undefined) return false;
  const [x, y] = [value as Tensor, right].map((tensor) => expanded(tensor, shape)!.read());
  return x.every((v, i) => Math.abs(v - y[i]) <= 1e-8 + 1e-5 * Math.abs(y[i]));
}

const UNSEEN = "`cmp` cannot see it";

/** Names that are no English words as well; a sentence marks them as tensors. */
const TENSORS = [...notebook.standIns(1).keys(), ...steps.map(({ name }) => name), ...notebook.given.keys()];
const NAMES = new RegExp(
  `\\b(?:${TENSORS.filter((name) => /^d|_|^bn|^logprobs|^hpre|^emb.|^[WXYb][b12]$/.test(name) && !/^(?:vocab|block|batch)_size$|^n_|BATCH/.test(name)).join("|")})\\b`,
);
const unmarked = (text: string): string | undefined => text.replace(/`[^`]*`/g, "").match(NAMES)?.[0];

test("there is one task for every gradient of the notebook, in its order", () => {
  const names = (exercise: number): string[] =>
    TASKS.filter((task) => task.exercise === exercise && task.stepOf === undefined).map(({ name }) => name);
  const backward = Object.keys(NOTEBOOK).filter((name) => name.startsWith("d") && name.slice(1) in NOTEBOOK);
  expect(names(1)).toEqual(backward);
  expect(names(1)).toHaveLength(26);
  expect(names(0)).toHaveLength(3);
});

test("every id is its tensor's and there once", () => {
  const ids = TASKS.flatMap((task) => task.mistakes.map((mistake) => [task.name, mistake.id]));
  for (const [name, each] of ids) expect(each).toMatch(new RegExp(`^${name}\\.[a-z0-9-]+$`));
  expect(new Set(ids.map(([, each]) => each)).size).toBe(ids.length);
  expect(ids.length).toBeGreaterThan(400);
});

let claimed = 0;

describe.each(TASKS.map((task) => [`${task.name} of exercise ${task.exercise}`, task] as const))(
  "%s",
  (_, task) => {
    const rights = hidden.map((one) => one.right(task));
    const entries = task.mistakes.map((mistake) => ({
      ...mistake,
      // The notebook's sizes with its own gradients and with random ones, and other sizes.
      values: hidden.slice(0, 3).map((one) => result(task, mistake.line, one)),
    }));

    test("every spelling is right", () => {
      // The loss's own gradients are no harder than random ones.
      const random = hidden.filter((one) => one !== notebook);
      const wrong = task.spellings.flatMap((line) =>
        random
          .filter((one) => !isRight(result(task, line, one), one.right(task)))
          .map(({ name }) => [line, name]),
      );
      expect(wrong).toEqual([]);
    });

    // One case with random gradients is enough to tell them all apart: the notebook's sizes, and others.
    test.each([1, 2])("no mistake is right, and no two are the same, in case %i alone", (k) => {
      const same = entries.flatMap((a, i) => [
        ...(isRight(a.values[k], rights[k]) ? [`${a.id} is right`] : []),
        ...entries
          .slice(0, i)
          .filter((b) => isSame(a.values[k], b.values[k], rights[k]))
          .map((b) => `${a.id} is ${b.id}`),
      ]);
      expect(same).toEqual([]);
    });

    test("what is called right here is right in this network, and nothing else that can be seen there", () => {
      for (const { id, line, verdict, says } of task.mistakes) {
        const holds = (one: Case): boolean => isRight(result(task, line, one), one.right(task));
        // In the other real chains `dlogit_maxes` is not 0 but random, so that nobody is right by leaving it out.
        const where = id === "dlogits.difference-only" ? [notebook] : [notebook, ...chains];
        if (verdict === "right-here")
          expect(where.filter((one) => !holds(one)).map(({ name }) => [id, name])).toEqual([]);
        else if (!says(notebook.sizes).includes(UNSEEN))
          expect([id, smallFirst.every(holds)]).toEqual([id, false]);
      }
    });

    if (task.exercise > 0)
      test("what the notebook's `cmp` cannot see, says so, and nothing else", () => {
        const right = rights[0].tensor;
        for (const { id, values, verdict, says } of entries) {
          if (verdict === "right-here") continue;
          expect([id, says(notebook.sizes).includes(UNSEEN)]).toEqual([id, approximately(values[0], right)]);
        }
      });

    test("sentences are sentences, and what they claim is so", () => {
      for (const { id, values, says } of entries) {
        hidden.slice(0, 3).forEach((one, i) => {
          const text = says(one.sizes);
          expect(text, id).toMatch(/^[A-Z`].*[.)]$/);
          expect(text, id).not.toMatch(/undefined|NaN|\n/);
          expect([id, unmarked(text)]).toEqual([id, undefined]);
          const [mine, other] = [values[i], values[1]];
          if (typeof mine === "string") return;
          const { tensor: right, terms } = rights[i];
          const known = i === 0 && task.exercise > 0 && typeof other !== "string";
          const otherwise = known ? { one: hidden[1], mine: other } : undefined;
          const { made, untrue } = claimsOf(text, { task, one, mine, right, terms, own: i === 0, otherwise });
          expect(untrue.map((claim) => `${id}: ${claim}`)).toEqual([]);
          if (i === 0 && made > 0) claimed++;
        });
      }
    });

    test("hints", () => {
      const { forward, hole, rule, shapes, example } = task.hints;
      for (const text of [task.asked, rule, shapes, example]) {
        expect(text).toMatch(/\S/);
        expect(unmarked(text)).toBeUndefined();
      }
      expect(task.asked).toMatch(/^[^.?]*\?$/);
      const known =
        task.exercise === 0
          ? Object.values(WARM_UP.lines)
          : Object.values(NOTEBOOK).map((line) => line.torch);
      expect(known).toEqual(expect.arrayContaining([...forward]));
      expect(forward).not.toEqual([]);
      expect(hole).toContain("___");
      const filled = hole.split("___").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
      expect(task.spellings[0]).toMatch(new RegExp(`^${filled.join("[^]+")}$`));
      if (task.exercise < 2) {
        // Each forward line makes a tensor of the tensor that is asked for, so that its gradient is given.
        const made = forward.map((line) => line.split(" = ")[0]).filter((name) => name !== "loss");
        expect(new Set(made.map((name) => `d${name}`))).toEqual(new Set(task.given));
        for (const line of forward)
          expect(line.split(" = ")[1]).toMatch(new RegExp(`\\b${task.name.slice(1)}\\b`));
      }
    });

    test("the example adds up", () => {
      const { example } = task.hints;
      const given = new Map<string, Value>();
      for (const [, key, text] of example.matchAll(/`(\w+) = ([^`]+)`/g)) {
        const value: unknown = JSON.parse(text);
        const index = /^(Xb|Yb|logit_argmax)$/.test(key);
        if (key !== task.name)
          given.set(key, typeof value === "number" ? BigInt(value) : nested(value, index));
      }
      // Softmax gives what the example of exercise 2 begins with.
      if (task.exercise === 2)
        given.set(
          "logits",
          nested(
            [
              [0, Math.log(3)],
              [1, 1],
            ],
            false,
          ),
        );
      const right = nested(JSON.parse(example.match(/`\w+ = ([^`]+)`\.$/)![1]), false);
      const { values } = run(task.spellings[0], { given, asked: new Set([task.name]), only: task.name });
      const mine = values.get(task.name) as Tensor;
      expect(mine.shape).toEqual(right.shape);
      mine.read().forEach((value, i) => {
        expect(value).toBeCloseTo(right.read()[i], 12);
      });
    });
  },
);

test("most sentences claim something that is computed here", () => {
  expect(claimed).toBeGreaterThan(280);
});

/** A tensor from lists of numbers. */
function nested(value: unknown, indices: boolean): Tensor {
  const shape: number[] = [];
  for (let at = value; Array.isArray(at); at = at[0]) shape.push(at.length);
  const values = Float64Array.from([value].flat(Number.POSITIVE_INFINITY) as number[]);
  return new Tensor(indices ? "int64" : "float", shape, { values, version: 0 });
}

describe("against differences of the forward pass, on random gradients", () => {
  const { n: N, n_hidden: H, vocab_size: V } = small.sizes;
  const given = (name: string) => (small.given.get(name) as Tensor).read();
  const right = (exercise: number, name: string) =>
    small.right(TASKS.find((task) => task.exercise === exercise && task.name === name)!).tensor.read();

  test.each(["dedge", "dshared", "dfork"])("%s of the warm-up", (name) => {
    const { hints } = TASKS.find((task) => task.exercise === 0 && task.name === name)!;
    const x = small.warmUp.get(name.slice(1)) as Tensor;
    const upstream = small.standIns(0);
    // What of the loss depends on the tensor: the sum of what its lines make, weighted with the gradients given.
    const slope = differences(x.read(), (values) => {
      const known = new Map(small.warmUp);
      known.set(name.slice(1), new Tensor("float", x.shape, { values, version: 0 }));
      let total = 0;
      for (const line of hints.forward) {
        const [made, expression] = line.split(" = ");
        const weights = upstream.get(`d${made}`)!.read();
        const out = run(`t = ${expression}`, { given: known, asked: new Set(["t"]) }).values.get("t");
        (out as Tensor).read().forEach((value, i) => {
          total += value * weights[i];
        });
      }
      return total;
    });
    expectSlope(right(0, name), slope);
  });

  test("exercise 2", () => {
    const targets = given("Yb");
    const slope = differences(given("logits"), (logits) => {
      let loss = 0;
      for (let i = 0; i < N; i++) {
        const row = logits.subarray(i * V, (i + 1) * V);
        const total = row.reduce((sum, logit) => sum + Math.exp(logit), 0);
        loss += (Math.log(total) - row[targets[i]]) / N;
      }
      return loss;
    });
    expectSlope(right(2, "dlogits"), slope);
  });

  /** The sum of `hpreact`, weighted with its gradient, where each of the three paths has its own `hprebn`. */
  function weighed(direct: ArrayLike<number>, ofMean: ArrayLike<number>, ofVariance: ArrayLike<number>) {
    const [gain, bias, upstream] = [
      given("bngain"),
      given("bnbias"),
      small.standIns(3).get("dhpreact")!.read(),
    ];
    const mean = (x: ArrayLike<number>, j: number): number => {
      let sum = 0;
      for (let i = 0; i < N; i++) sum += x[i * H + j];
      return sum / N;
    };
    let total = 0;
    for (let j = 0; j < H; j++) {
      const middle = mean(ofVariance, j);
      let variance = 0;
      for (let i = 0; i < N; i++) variance += (ofVariance[i * H + j] - middle) ** 2 / (N - 1);
      for (let i = 0; i < N; i++) {
        const raw = (direct[i * H + j] - mean(ofMean, j)) / Math.sqrt(variance + 1e-5);
        total += upstream[i * H + j] * (gain[j] * raw + bias[j]);
      }
    }
    return total;
  }

  const hprebn = given("hprebn");
  test.each([
    ["dhprebn_direct", (x: Float64Array) => weighed(x, hprebn, hprebn)],
    ["dhprebn_mean", (x: Float64Array) => weighed(hprebn, x, hprebn)],
    ["dhprebn_var", (x: Float64Array) => weighed(hprebn, hprebn, x)],
    ["dhprebn", (x: Float64Array) => weighed(x, x, x)],
  ])("exercise 3, %s", (name, loss) => {
    expectSlope(right(3, name), differences(hprebn, loss));
  });
});
