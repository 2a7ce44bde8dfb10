/** What holds for every mistake of the catalogue: `npm test` tries some of them, the night all. */
import { expect, test } from "vitest";
import { hiddenCases } from "../../src/exercises/cases.ts";
import { TASKS } from "../../src/exercises/catalogue.ts";
import { run } from "../../src/exercises/dialect/index.ts";
import { Tensor } from "../../src/exercises/dialect/tensor.ts";
import { gradeLines } from "../../src/exercises/judge.ts";
import { type Seen, signOf } from "../../src/exercises/signs/index.ts";
import type { Task } from "../../src/exercises/types.ts";

const hidden = hiddenCases(TASKS.filter((task) => task.stepOf !== undefined));

/** What a line gives in every case; nothing where it goes wrong. */
export const seen = (task: Task, line: string): Seen[] =>
  hidden.flatMap((one) => {
    const standIns = one.standIns(task.exercise);
    const { values } = run(line, {
      given: one.given,
      asked: new Set([...standIns.keys(), task.name]),
      standIns,
      only: task.name,
      onError: "continue",
    });
    const { tensor: right, terms } = one.right(task);
    const mine = values.get(task.name);
    if (!(mine instanceof Tensor)) return [];
    return [{ sizes: one.sizes, mine, right, terms, tensors: new Map([...standIns, ...one.given]) }];
  });

const all = TASKS.flatMap((task) => task.mistakes.map((mistake) => ({ task, mistake })));

/** @param every takes one in so many of them, from all tasks */
export function mistakesAreNamed(every: number): void {
  test("mistakes are named as themselves", () => {
    for (const { task, mistake } of all.filter((_, i) => i % every === 0)) {
      const { id, line, verdict } = mistake;
      const { rows, ok } = gradeLines(line, { exercise: task.exercise });
      const found = rows.find(({ name }) => name === task.name)!;
      expect(found.mistake?.id, line).toBe(id);
      if (found.verdict !== "error") expect(found.verdict, line).toBe(verdict);
      expect(ok, line).toBe(false);
    }
  });
}

/** @param every takes one in so many of them, from all tasks */
export function mistakesHaveSigns(every: number): void {
  test("mistakes of the catalogue would have a sign too", () => {
    const some = all.filter(({ task }) => task.exercise > 0).filter((_, i) => i % every === 0);
    for (const { task, mistake } of some) {
      const results = seen(task, mistake.line);
      if (results.length === 0) continue;
      const sign = signOf(task, results);
      expect(sign?.says, mistake.id).toMatch(/^[A-Z0-9].*\.$/);
      expect(sign?.says, mistake.id).not.toMatch(/undefined/);
    }
  });
}
