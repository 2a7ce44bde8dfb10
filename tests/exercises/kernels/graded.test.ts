/** The catalogue's kernels on a device: one of each kind for each exercise. The nightly tests have all of them, and their mutants. */
import { expect, it } from "vitest";
import { KERNEL_TASKS } from "../../../src/exercises/kernels/catalogue.ts";
import { gradeKernel } from "../../../src/exercises/kernels/judge.ts";
import { describeOnGpu } from "../../support/device.ts";

/** What is seen in the text that a learner starts from. */
const STUBS: Readonly<Record<string, string>> = {
  "repair.race": "race",
  "repair.guard": "past-the-end",
  "repair.bessel": "batchnorm.forward.n-for-n-1",
};

describeOnGpu("the kernel exercises", ({ device }) => {
  it.each(KERNEL_TASKS.map((task) => ({ op: task.name, task })))("$op", async ({ op, task }) => {
    const solved = await gradeKernel(task.hints.at(-1)!.text, { op, device });
    expect(solved).toMatchObject({ op, ok: true, verdict: "right", mistake: null, message: null });
    const begun = await gradeKernel(task.stub, { op, device });
    expect(begun).toMatchObject({
      ok: false,
      verdict: "wrong",
      mistake: { id: STUBS[op] ?? "never-written" },
    });
    const [{ id, text }] = task.mistakes;
    expect(await gradeKernel(text, { op, device })).toMatchObject({
      ok: false,
      verdict: "wrong",
      mistake: { id },
    });
  });
});
