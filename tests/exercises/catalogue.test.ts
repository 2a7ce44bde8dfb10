import { describe, expect, test } from "vitest";
import { type Case, chainCases, hiddenCases, notebookCase, type Right } from "../../src/exercises/cases.ts";
import { TASKS } from "../../src/exercises/catalogue.ts";
import { Context } from "../../src/exercises/dialect/context.ts";
import { run } from "../../src/exercises/dialect/index.ts";
import { compare } from "../../src/exercises/dialect/operators.ts";
import { expanded, Tensor } from "../../src/exercises/dialect/tensor.ts";
import type { Value } from "../../src/exercises/dialect/values.ts";
import { WARM_UP } from "../../src/exercises/tasks/warm_up.ts";
import type { Task } from "../../src/exercises/types.ts";
import { NOTEBOOK } from "../../src/model/notebook.ts";

const steps = TASKS.filter((task) => task.stepOf !== undefined);
const hidden = hiddenCases(steps);
const chains = chainCases(steps);
const notebook = notebookCase(steps);

/** Share of the largest term by which equal values may differ, as in a verdict. */
const CLOSE = 1e-9;

function evaluate(task: Task, line: string, one: Case): Tensor {
  const standIns = one.standIns(task.exercise);
  const { values } = run(line, {
    given: task.exercise === 0 ? one.warmUp : one.given,
    asked: new Set([...standIns.keys(), task.name]),
    standIns,
    only: task.name,
  });
  const value = values.get(task.name);
  if (!(value instanceof Tensor)) throw new Error(`${line}: no tensor`);
  return value;
}

/** Both with one shape: that of the larger one, as long as the other broadcasts to it. */
function aligned(a: Tensor, b: Tensor): [Tensor, Tensor] | null {
  const larger = a.numel > b.numel || (a.numel === b.numel && a.ndim >= b.ndim) ? a : b;
  const both = [expanded(a, larger.shape), expanded(b, larger.shape)];
  return both[0] && both[1] ? [both[0], both[1]] : null;
}

/** Equal values; in another shape too, if comparing them makes no more elements than there are. */
function agree(a: Tensor, b: Tensor, terms: number): boolean {
  const both = aligned(a, b);
  if (!both) return false;
  const [x, y] = both.map((tensor) => tensor.read());
  return x.every((value, i) => value === y[i] || Math.abs(value - y[i]) <= CLOSE * terms);
}

const isRight = (value: Tensor, { tensor, terms }: Right): boolean =>
  value.numel <= tensor.numel && agree(value, tensor, terms);

const id = (task: Task): string => `${task.name} of exercise ${task.exercise}`;

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
  expect(ids.length).toBeGreaterThan(200);
});

describe.each(TASKS.map((task) => [id(task), task] as const))("%s", (_, task) => {
  const entries = task.mistakes.map((mistake) => ({
    ...mistake,
    values: hidden.map((one) => evaluate(task, mistake.line, one)),
  }));
  const rights = hidden.map((one) => one.right(task));

  test.each(task.spellings)("is right: %s", (line) => {
    hidden.forEach((one, i) => {
      expect(isRight(evaluate(task, line, one), rights[i]), one.name).toBe(true);
    });
  });

  // One case with random gradients is enough to tell them all apart: the notebook's sizes, and others.
  test.each([1, 2])("no mistake is right, and no two are the same, in case %i alone", (k) => {
    const same = entries.flatMap((a, i) => [
      ...(isRight(a.values[k], rights[k]) ? [`${a.id} is right`] : []),
      ...entries
        .slice(0, i)
        .filter((b) => agree(a.values[k], b.values[k], rights[k].terms))
        .map((b) => `${a.id} is ${b.id}`),
    ]);
    expect(same).toEqual([]);
  });

  if (task.exercise === 1) {
    const cmpBlind = (says: string): boolean => says.includes("`cmp` cannot see it");

    test("what is called right here is right in this network", () => {
      for (const { id, line, verdict } of task.mistakes) {
        if (verdict !== "right-here") continue;
        // In the other real chains `dlogit_maxes` is not 0 but random, so that nobody is right by leaving it out.
        const where = id === "dlogits.difference-only" ? [notebook] : [notebook, ...chains];
        for (const one of where)
          expect([id, one.name, isRight(evaluate(task, line, one), one.right(task))]).toEqual([
            id,
            one.name,
            true,
          ]);
      }
    });

    test("what the notebook's `cmp` cannot see, says so, and nothing else", () => {
      const right = notebook.right(task).tensor;
      for (const { id, line, verdict, says } of task.mistakes) {
        if (verdict === "right-here") continue;
        const unseen = approximately(evaluate(task, line, notebook), right);
        expect([id, cmpBlind(says(notebook.sizes))]).toEqual([id, unseen]);
      }
    });
  }

  test("sentences are sentences, and true about factors", () => {
    for (const { id, values, ...mistake } of entries) {
      hidden.forEach((one, i) => {
        const says = mistake.says(one.sizes);
        expect(says, id).toMatch(/^[A-Za-z`].*[.)]$/);
        expect(says, id).not.toMatch(/undefined|NaN|\n/);
        const factor = says.match(
          /^E(?:ach|very) (?:entry|number) of yours is (\d+) times too (large|small)/,
        );
        if (!factor) return;
        const times = factor[2] === "large" ? Number(factor[1]) : 1 / Number(factor[1]);
        const expected = Float64Array.from(rights[i].tensor.read(), (value) => value * times);
        const { shape } = rights[i].tensor;
        const scaled = new Tensor("float", shape, { values: expected, version: 0 });
        expect(agree(values[i], scaled, rights[i].terms * Math.max(1, times)), id).toBe(true);
      });
    }
  });

  test("hints", () => {
    const { forward, hole, rule, shapes, example } = task.hints;
    for (const text of [task.asked, rule, shapes, example]) expect(text).toMatch(/\S/);
    const known =
      task.exercise === 0 ? Object.values(WARM_UP.lines) : Object.values(NOTEBOOK).map((line) => line.torch);
    if (task.exercise < 2) expect(known).toEqual(expect.arrayContaining([...forward]));
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
});

/** `[1, 2]` or `[[1, 2], [3, 4]]`, of numbers alone. */
const LIST = String.raw`\[[-\d., ]+\]|\[(?:\[[-\d., ]+\](?:, )?)+\]`;

/** Examples that say more than what goes in and what comes out. */
const TOLD = new Set(["dbnvar", "dbndiff2", "demb", "dC"]);

test.each(
  TASKS.filter(({ exercise, name }) => exercise < 2 && !TOLD.has(name)).map(
    (task) => [task.name, task] as const,
  ),
)("the example of %s adds up", (name, task) => {
  const { example } = task.hints;
  const given = new Map<string, Value>();
  for (const [, key, text] of example.matchAll(new RegExp(`(\\w+) = (${LIST}|\\d+)`, "g"))) {
    if (key === name) continue;
    const value: unknown = JSON.parse(text);
    given.set(
      key,
      typeof value === "number" ? BigInt(value) : nested(value, /^(Xb|Yb|logit_argmax)$/.test(key)),
    );
  }
  const right = nested(JSON.parse(example.match(new RegExp(LIST, "g"))!.at(-1)!), false);
  const { values } = run(task.spellings[0], { given, asked: new Set([name]), only: name });
  const mine = values.get(name) as Tensor;
  expect(mine.shape).toEqual(right.shape);
  mine.read().forEach((value, i) => {
    expect(value).toBeCloseTo(right.read()[i], 12);
  });
});

test.each(TASKS.filter(({ exercise }) => exercise === 0).map((task) => [task.name, task] as const))(
  "%s of the warm-up is the slope of its lines",
  (name, task) => {
    const [one] = hidden.slice(2);
    const standIns = one.standIns(0);
    const forward = name.slice(1);
    const x = one.warmUp.get(forward) as Tensor;
    /** What of the loss depends on the tensor: the sum of what its lines make, weighted with the gradients given. */
    const loss = (values: Float64Array): number => {
      const given = new Map(one.warmUp).set(forward, new Tensor("float", x.shape, { values, version: 0 }));
      let total = 0;
      for (const line of task.hints.forward) {
        const [made, expression] = line.split(" = ");
        const upstream = standIns.get(`d${made}`)!.read();
        const out = run(`t = ${expression}`, { given, asked: new Set(["t"]) }).values.get("t") as Tensor;
        out.read().forEach((value, i) => {
          total += value * upstream[i];
        });
      }
      return total;
    };
    const right = one.right(task).tensor.read();
    const step = 1e-5;
    x.read().forEach((_, i) => {
      const [up, down] = [step, -step].map((by) =>
        loss(Float64Array.from(x.read(), (v, k) => (k === i ? v + by : v))),
      );
      expect((up - down) / (2 * step)).toBeCloseTo(right[i], 6);
    });
  },
);

function nested(value: unknown, indices: boolean): Tensor {
  const shape: number[] = [];
  for (let at = value; Array.isArray(at); at = at[0]) shape.push(at.length);
  const values = Float64Array.from([value].flat(Number.POSITIVE_INFINITY) as number[]);
  return new Tensor(indices ? "int64" : "float", shape, { values, version: 0 });
}

/** `torch.allclose(value, right)`, which broadcasts. */
function approximately(value: Tensor, right: Tensor): boolean {
  try {
    compare("==", value, right, new Context());
  } catch {
    return false;
  }
  const shape = broadcast(value.shape, right.shape);
  const [x, y] = [value, right].map((tensor) => expanded(tensor, shape)!.read());
  return x.every((v, i) => Math.abs(v - y[i]) <= 1e-8 + 1e-5 * Math.abs(y[i]));
}

function broadcast(a: readonly number[], b: readonly number[]): number[] {
  const axes = Math.max(a.length, b.length);
  return Array.from({ length: axes }, (_, i) => Math.max(a.at(i - axes) ?? 1, b.at(i - axes) ?? 1));
}
