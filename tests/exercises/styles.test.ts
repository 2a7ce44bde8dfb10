/** Complete solutions in all the ways that people write them: every row is right. */
import { describe, expect, it } from "vitest";
import { TASKS } from "../../src/exercises/catalogue.ts";
import { readSource } from "../../src/exercises/files.ts";
import { gradeLines } from "../../src/exercises/judge.ts";
import type { LinesReport } from "../../src/exercises/report.ts";
import { solutions } from "./dialect/solutions.ts";
import { notebook, trainingLoop } from "./whole_notebook.ts";

const exercise1 = TASKS.filter(({ exercise }) => exercise === 1).map(({ name }) => `1 ${name}`);
const PARAMETERS = ["C", "W1", "b1", "W2", "b2", "bngain", "bnbias"];

const names = ({ rows }: LinesReport): string[] => rows.map(({ exercise, name }) => `${exercise} ${name}`);

/** Rows that are not simply right, as a person would want to read them. */
const others = ({ rows }: LinesReport): unknown[] =>
  rows
    .filter(({ verdict, approximate }) => verdict !== "right" || !approximate)
    .map(({ name, line, verdict, approximate, maxdiff, mistake, note, message }) => ({
      name,
      line,
      verdict,
      approximate,
      maxdiff,
      mistake,
      note,
      message,
    }));

const notes = ({ rows }: LinesReport): string[] => rows.flatMap(({ name, note }) => (note ? [name] : []));

it("there are at least ten styles, and three of them go on to exercises 2 and 3", () => {
  expect(Object.keys(solutions).length).toBeGreaterThanOrEqual(10);
  expect(Object.values(solutions).filter((text) => /# exercise 2.*# exercise 3/s.test(text))).toHaveLength(3);
});

describe.each(Object.entries(solutions))("%s", (_, text) => {
  it("is right in every row", () => {
    const report = gradeLines(text);
    expect(others(report)).toEqual([]);
    expect(report).toMatchObject({ kind: "lines", ok: true });
    expect(notes(report)).toEqual([]);
    const found = new Set(names(report));
    expect(exercise1.filter((name) => !found.has(name))).toEqual([]);
    expect(found.has("2 dlogits")).toBe(text.includes("# exercise 2"));
    expect(found.has("3 dhprebn")).toBe(text.includes("# exercise 3"));
  });
});

describe("the one with exercises 2 and 3 behind it", () => {
  const text = solutions["chains of methods, then exercises 2 and 3"];

  it("lacks nothing of exercise 1", () => {
    const report = gradeLines(text, { exercise: 1 });
    expect(report.ok).toBe(true);
    expect(names(report)).toEqual(exercise1);
  });

  it("is wrong where a line after it is", () => {
    const report = gradeLines(`${text}\ndb1 *= 2\n`);
    expect(report.ok).toBe(false);
    expect(others(report)).toMatchObject([{ name: "db1", verdict: "wrong" }]);
  });
});

/** Exactly one place of the text replaced. */
function changed(text: string, from: string, to: string): string {
  expect(text.split(from)).toHaveLength(2);
  return text.replace(from, to);
}

describe("a whole notebook", () => {
  const file = (text: string): Uint8Array => new TextEncoder().encode(text);
  const grade = (text: string): LinesReport => gradeLines(readSource(file(text), "solved.ipynb"));
  const text = JSON.stringify(notebook, null, 1);
  const report = grade(text);

  it("is right in every row, whatever stands around the lines", () => {
    expect(others(report)).toEqual([]);
    expect(report.ok).toBe(true);
    expect(names(report)).toEqual([...exercise1, "2 dlogits", "3 dhprebn"]);
    expect(report.skipped).toBeGreaterThan(40);
  });

  it("counts its lines within code cells", () => {
    const at = (exercise: number, name: string): (number | null)[] => {
      const found = report.rows.find((row) => row.exercise === exercise && row.name === name)!;
      return [found.cell, found.line];
    };
    expect(at(1, "dlogprobs")).toEqual([9, 3]);
    expect(at(1, "dlogits")).toEqual([10, 10]);
    expect(at(1, "dC")).toEqual([14, 9]);
    expect(at(2, "dlogits")).toEqual([16, 4]);
    expect(at(3, "dhprebn")).toEqual([18, 1]);
  });

  it("has other shapes, with a note each", () => {
    expect(notes(report)).toEqual(["db2", "dbngain", "dbnbias", "dbnvar_inv", "dbnmeani", "db1"]);
  });

  it("is not right with one line wrong, and only there", () => {
    const report = grade(changed(text, "dlogits /= n", "dlogits /= n - 1"));
    expect(report.ok).toBe(false);
    expect(others(report)).toMatchObject([{ name: "dlogits", line: 4, verdict: "wrong" }]);
  });
});

describe("a training loop", () => {
  it("is one too where its counter decides over the gradients, or its data is not there", () => {
    const lines = "    db2 = dlogits.sum(0)\n    dW2 = h.T @ dlogits\n    b2.data -= 0.1 * db2\n";
    const guarded = `for i in range(200000):\n  h = torch.tanh(hpreact)\n  if i > 100:\n${lines}`;
    const verdicts = (text: string): string[] =>
      gradeLines(text).rows.map(({ name, exercise, verdict }) => `${exercise} ${name} ${verdict}`);
    expect(verdicts(guarded)).toEqual(["4 dW2 right", "4 db2 right"]);
    expect(verdicts(`for i in range(200000):\n${lines}`)).toEqual(["4 dW2 right", "4 db2 right"]);
    const data = `for batch in loader:\n    m = batch[0] * 0\n${lines}    dh = dlogits @ W2.T + m`;
    expect(verdicts(data)).toEqual(["4 dh error", "4 dW2 right", "4 db2 right"]);
    const error = gradeLines(data).rows[0];
    expect(error).toMatchObject({ line: 1, message: "`loader` is not known here" });
  });

  it("is right in every row, as one pass of exercise 4", () => {
    const report = gradeLines(trainingLoop);
    expect(others(report)).toEqual([]);
    expect(report.ok).toBe(true);
    expect(new Set(report.rows.map(({ exercise }) => exercise))).toEqual(new Set([4]));
    const found = report.rows.map(({ name }) => name);
    expect(PARAMETERS.filter((name) => !found.includes(`d${name}`))).toEqual([]);
    expect(found).toEqual(expect.arrayContaining(["dlogits", "dhprebn"]));
  });

  it("is not right with one line wrong", () => {
    const report = gradeLines(changed(trainingLoop, "dW2 = h.T @ dlogits", "dW2 = h.T @ dlogits * n"));
    expect(report.ok).toBe(false);
    expect(others(report)).toMatchObject([{ name: "dW2", verdict: "wrong" }]);
  });
});

it("sizes may be written as the notebook's numbers, with a note each", () => {
  const numbers: [from: string, to: string][] = [
    ["= -1.0/n", "= -1.0/32"],
    ["logits.shape[1]", "27"],
    ["1.0/(n-1)", "1.0/31"],
    ["+= 1.0/n", "+= 1.0/32"],
    ["emb.shape", "32, 3, 10"],
    ["range(Xb.shape[0])", "range(32)"],
    ["range(Xb.shape[1])", "range(3)"],
  ];
  const text = numbers.reduce((all, [from, to]) => changed(all, from, to), solutions["the lecture's"]);
  const report = gradeLines(text);
  expect(others(report)).toEqual([]);
  expect(report.ok).toBe(true);
  expect(notes(report)).toEqual(["dlogprobs", "dlogits", "dbndiff2", "dhprebn", "demb", "dC"]);
});
