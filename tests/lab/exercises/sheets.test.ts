/** The exercises' first texts: nothing in them is wrong or unknown, and with the notebook's lines in the gaps they are right. */
import { describe, expect, it } from "vitest";
import { Judgement } from "../../../src/exercises/judge.ts";
import { KERNEL_TASKS } from "../../../src/exercises/kernels/catalogue.ts";
import { GRADIENTS } from "../../../src/exercises/names.ts";
import { type LinesSheet, SHEETS, sheetOf } from "../../../src/lab/exercises/sheets.ts";
import { PARAMETERS } from "../../../src/model/tensors.ts";

const lines = SHEETS.filter((sheet): sheet is LinesSheet => sheet.kind === "lines");
const begun = lines.filter(({ key }) => key !== "notebook");

describe("the list", () => {
  it("has the exercises in their order, then the kernels in theirs", () => {
    expect(SHEETS.map(({ key }) => key)).toEqual([
      ...["warm-up", "exercise-1", "exercise-2", "exercise-3", "exercise-4", "notebook"],
      ...KERNEL_TASKS.map(({ name }) => `kernel:${name}`),
    ]);
    for (const sheet of SHEETS) expect(sheetOf(sheet.key)).toBe(sheet);
    expect(sheetOf("exercise-5")).toBeUndefined();
  });

  it("asks for the notebook's gradients in its order", () => {
    const asked = (key: string) =>
      (sheetOf(key) as LinesSheet).items.filter(({ optional }) => !optional).map(({ id }) => id);
    expect(asked("exercise-1")).toEqual(GRADIENTS);
    expect(asked("warm-up")).toEqual(["dedge", "dshared", "dfork"]);
    expect(asked("exercise-2")).toEqual(["dlogits"]);
    expect(asked("exercise-3")).toEqual(["dhprebn"]);
    expect(asked("exercise-4").sort()).toEqual(PARAMETERS.map((name) => `d${name}`).sort());
  });

  it("has no kernel's text but the exercise's own", () => {
    for (const task of KERNEL_TASKS) expect(sheetOf(`kernel:${task.name}`)!.stub).toBe(task.stub);
  });
});

describe.each(begun)("the first text of $key", ({ stub, exercise, items }) => {
  it("is nothing but gaps", () => {
    const judgement = new Judgement(stub, { exercise });
    const asked = items.filter(({ optional }) => !optional);
    expect(
      judgement.report.rows.map(({ name, verdict, message }) => [name, verdict, message]).sort(),
    ).toEqual(asked.map(({ name }) => [name, "missing", "not yet"]).sort());
    const { errors, notes, prints } = judgement.shown();
    expect({ errors, notes, prints }).toEqual({ errors: [], notes: [], prints: [] });
  });

  it("is right once the gaps are filled", () => {
    const spelling = (name: string) => items.find((item) => item.name === name)!.task.spellings[0];
    const text = stub.replace(/^( *)(?:# )?(d\w+) = None$/gm, (_, indent: string, name: string) =>
      spelling(name).replace(/^/gm, indent),
    );
    expect(text).not.toContain("= None");
    const { report } = new Judgement(text, { exercise });
    expect(report.rows.filter(({ verdict }) => verdict !== "right")).toEqual([]);
    expect(report.ok).toBe(true);
  });
});
