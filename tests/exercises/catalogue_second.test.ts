/**
 * What `catalogue.test.ts` leaves open: exercises 2 and 3 and the steps on their way against differences of the forward pass, examples in
 * numbers that need more than one line to be told, and mistakes against all that counts as right.
 */
import { describe, expect, test } from "vitest";
import { type Case, chainCases, hiddenCases, notebookCase, type Right } from "../../src/exercises/cases.ts";
import { TASKS } from "../../src/exercises/catalogue.ts";
import { run } from "../../src/exercises/dialect/index.ts";
import { expanded, Tensor } from "../../src/exercises/dialect/tensor.ts";
import type { Value } from "../../src/exercises/dialect/values.ts";
import type { Task } from "../../src/exercises/types.ts";

const steps = TASKS.filter((task) => task.stepOf !== undefined);
const longer = TASKS.filter(({ exercise }) => exercise >= 2);
const hidden = hiddenCases(steps);
const chains = chainCases(steps);

const taskOf = (exercise: number, name: string): Task =>
  TASKS.find((task) => task.exercise === exercise && task.name === name)!;

function evaluate(task: Task, line: string, one: Case): Tensor {
  const standIns = one.standIns(task.exercise);
  const { values } = run(line, {
    given: task.exercise === 0 ? one.warmUp : one.given,
    asked: new Set([...standIns.keys(), task.name]),
    standIns,
    only: task.name,
  });
  const value = values.get(task.name);
  if (!(value instanceof Tensor)) throw new Error(`no tensor: ${line}`);
  return value;
}

/** Right in a verdict: in another shape too, if comparing makes no more elements than the right one has. */
function counts(mine: Tensor, { tensor, terms }: Right): boolean {
  const small = mine.ndim <= tensor.ndim;
  const spread = small ? expanded(mine, tensor.shape) : mine.numel === tensor.numel && mine;
  const whole = small ? tensor : expanded(tensor, mine.shape);
  if (!spread || !whole) return false;
  const [x, y] = [spread.read(), whole.read()];
  return x.every((v, i) => v === y[i] || Math.abs(v - y[i]) <= 1e-9 * terms);
}

test("no mistake counts as right because of its shape", () => {
  const right = TASKS.flatMap((task) =>
    task.mistakes.filter(({ line }) =>
      hidden.every((one) => counts(evaluate(task, line, one), one.right(task))),
    ),
  );
  expect(right.map(({ id }) => id)).toEqual([]);
});

test("no mistake of the longer exercises holds in a network either", () => {
  const holds = longer.flatMap((task) =>
    task.mistakes.filter(({ line }) =>
      chains.every((one) => counts(evaluate(task, line, one), one.right(task))),
    ),
  );
  expect(holds.map(({ id }) => id)).toEqual([]);
});

test("what the notebook's `cmp` cannot see in the longer exercises, says so, and nothing else", () => {
  const notebook = notebookCase(steps);
  for (const task of longer) {
    const right = notebook.right(task).tensor;
    for (const { id, line, says } of task.mistakes) {
      const mine = expanded(evaluate(task, line, notebook), right.shape);
      const y = right.read();
      const unseen = mine?.read().every((v, i) => Math.abs(v - y[i]) <= 1e-8 + 1e-5 * Math.abs(y[i]));
      expect(says(notebook.sizes).includes("`cmp` cannot see it"), id).toBe(unseen === true);
    }
  }
});

/** (f(x + h) - f(x - h)) / 2h at each element. */
function differences(x: ArrayLike<number>, f: (x: Float64Array) => number): Float64Array {
  const h = 1e-5;
  return Float64Array.from(x, (_, i) => {
    const [above, below] = [h, -h].map((by) => f(Float64Array.from(x, (v, k) => (k === i ? v + by : v))));
    return (above - below) / (2 * h);
  });
}

function expectClose(mine: ArrayLike<number>, right: ArrayLike<number>): void {
  let largest = 0;
  for (let i = 0; i < right.length; i++) largest = Math.max(largest, Math.abs(right[i]));
  expect(mine.length).toBe(right.length);
  for (let i = 0; i < mine.length; i++) expect(Math.abs(mine[i] - right[i])).toBeLessThan(1e-7 * largest);
}

describe("against differences of the forward pass, on random gradients", () => {
  const one = hidden.find(({ name }) => name === "N 5, V 7, T 2, E 3, H 11")!;
  const { n: N, n_hidden: H, vocab_size: V } = one.sizes;
  const given = (name: string) => (one.given.get(name) as Tensor).read();
  const first = (exercise: number, name: string) => {
    const task = taskOf(exercise, name);
    return evaluate(task, task.spellings[0], one).read();
  };

  test("exercise 2", () => {
    const targets = given("Yb");
    const right = differences(given("logits"), (logits) => {
      let loss = 0;
      for (let i = 0; i < N; i++) {
        const row = logits.subarray(i * V, (i + 1) * V);
        const total = row.reduce((sum, logit) => sum + Math.exp(logit), 0);
        loss += (Math.log(total) - row[targets[i]]) / N;
      }
      return loss;
    });
    expectClose(first(2, "dlogits"), right);
  });

  /** The sum of `hpreact`, weighted with its gradient, where each of the three paths has its own `hprebn`. */
  function weighed(direct: ArrayLike<number>, ofMean: ArrayLike<number>, ofVariance: ArrayLike<number>) {
    const [gain, bias, upstream] = [
      given("bngain"),
      given("bnbias"),
      one.standIns(3).get("dhpreact")!.read(),
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
    expectClose(first(3, name), differences(hprebn, loss));
  });
});

const floats = (values: number[] | number[][]): Tensor => {
  const rows = values.map((row) => [row].flat());
  const shape = Array.isArray(values[0]) ? [rows.length, rows[0].length] : [rows.length];
  return new Tensor("float", shape, { values: Float64Array.from(rows.flat()), version: 0 });
};
const column = (...values: number[]): Tensor => floats(values.map((value) => [value]));
const shaped = (dtype: "float" | "int64", shape: number[], values: number[]): Tensor =>
  new Tensor(dtype, shape, { values: Float64Array.from(values), version: 0 });

const TERMS = { n: 3n, bngain: column(2), bnvar_inv: column(1), bnraw: column(1, 0, -1) };
const OF_TERMS = { ...TERMS, dhpreact: column(3, 1, 2), hprebn: column(0, 0, 0) };

// What goes in, what comes out, and how the example writes it down.
const EXAMPLES: readonly [number, string, Record<string, Value>, number[], string[]][] = [
  [
    1,
    "dbnvar",
    { bnvar: floats([[4 - 1e-5, 0.25 - 1e-5]]), dbnvar_inv: floats([[16, 1]]) },
    [-1, -4],
    ["gives -1/2 * 1/8 * 16 = -1.", "dbnvar_inv = 1 gives -4."],
  ],
  [1, "dbndiff2", { n: 3n, dbnvar: floats([[4, 6]]) }, [2, 3, 2, 3, 2, 3], ["= [2, 3]."]],
  [1, "demb", { n: 1n, T: 2n, E: 2n, dembcat: floats([[1, 2, 3, 4]]) }, [1, 2, 3, 4], ["[[1, 2], [3, 4]]"]],
  [
    1,
    "dC",
    {
      V: 3n,
      E: 2n,
      Xb: shaped("int64", [2, 2], [0, 1, 1, 1]),
      demb: shaped("float", [2, 2, 2], [1, 2, 3, 4, 5, 6, 7, 8]),
    },
    [1, 2, 15, 18, 0, 0],
    ["row 0 gets [1, 2]", "= [15, 18]", "row 2 gets [0, 0]"],
  ],
  [
    2,
    "dlogits",
    {
      n: 2n,
      logits: floats([
        [0, Math.log(3)],
        [1, 1],
      ]),
      Yb: shaped("int64", [2], [1, 0]),
    },
    [0.125, -0.125, -0.25, 0.25],
    ["[[0.125, -0.125], [-0.25, 0.25]]"],
  ],
  [3, "dhprebn_direct", OF_TERMS, [6, 2, 4], ["(6, 2, 4)"]],
  [3, "dhprebn_mean", OF_TERMS, [-4, -4, -4], ["= -4"]],
  [3, "dhprebn_var", OF_TERMS, [-1, 0, 1], ["= (-1, 0, 1)"]],
  [3, "dhprebn", OF_TERMS, [1, -2, 1], ["together (1, -2, 1)"]],
];

test.each(EXAMPLES)("the example of exercise %i's %s adds up", (exercise, name, given, right, texts) => {
  const task = taskOf(exercise, name);
  const { values } = run(task.spellings[0], {
    given: new Map(Object.entries(given)),
    asked: new Set([name]),
    only: name,
  });
  const mine = (values.get(name) as Tensor).read();
  expect(mine).toHaveLength(right.length);
  mine.forEach((value, i) => {
    expect(value).toBeCloseTo(right[i], 9);
  });
  for (const text of texts) expect(task.hints.example).toContain(text);
});
