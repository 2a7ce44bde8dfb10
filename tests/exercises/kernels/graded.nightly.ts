/**
 * All of the kernel exercises' texts on a device: right kernels, wrong ones by their names, and the mutants of the right ones. A mutant need not
 * make a difference; where the kernel tests' own sizes show one, the verdict is not "right".
 */
import { expect, it } from "vitest";
import { KERNEL_TASKS } from "../../../src/exercises/kernels/catalogue.ts";
import { gradeKernel } from "../../../src/exercises/kernels/judge.ts";
import type { KernelTask } from "../../../src/exercises/kernels/types.ts";
import { testKernel } from "../../../src/gpu/selftest.ts";
import { registry } from "../../../src/model/registry.ts";
import type { Dims, Kernel, Op } from "../../../src/plan/contract.ts";
import { edits } from "../../mutation/operators.ts";
import { describeOnGpu } from "../../support/device.ts";
import { extremes } from "../../support/extremes.ts";
import { randomDims } from "../../support/random.ts";
import { sizeOf } from "./values.ts";

/** Those in which a kernel is repaired have the same ones. */
const written = KERNEL_TASKS.filter(({ name }) => !name.startsWith("repair."));
const spellings = written.flatMap((task) =>
  task.spellings.map((text, i) => ({ op: task.name, number: i + 1, task, text })),
);

describeOnGpu("the kernel exercises", ({ device }) => {
  it.each(spellings)("$op: right kernel $number", async ({ op, text }) => {
    const report = await gradeKernel(text, { op, device });
    expect(report).toMatchObject({ ok: true, verdict: "right", mistake: null, message: null });
  });

  const mistakes = written.flatMap((task) =>
    task.mistakes.map(({ id, text }) => ({ op: task.name, id, text })),
  );
  it.each(mistakes)("$id", async ({ op, id, text }) => {
    const report = await gradeKernel(text, { op, device });
    expect(report).toMatchObject({ ok: false, verdict: "wrong", mistake: { id } });
  });

  const barriers = spellings.flatMap(({ op, number, text }) =>
    [...text.matchAll(/workgroupBarrier\(\);/g)].map(({ index }, k) => {
      const without = `${text.slice(0, index)}${text.slice(index).replace("workgroupBarrier();", "")}`;
      return { op, number, barrier: k + 1, without };
    }),
  );
  it.each(barriers)("$op: right kernel $number without barrier $barrier", async ({ op, without }) => {
    const report = await gradeKernel(without, { op, device });
    expect(report).toMatchObject({ ok: false, verdict: "wrong", mistake: { id: "race" } });
    expect(report.mistake!.says).toMatch(/^A race: line \d+ reads an element of/);
  });

  it.each(spellings)(
    "$op: mutants of right kernel $number",
    async ({ op, task, text: original }) => {
      // The kernel tests do not know of the learners' `arrayLength`, which leaves out guard words.
      const text = original.replace("arrayLength(&y)", "N * T * E");
      const passed: unknown[] = [];
      for (const { operator, start, end, text: by } of edits(text)) {
        const mutant = text.slice(0, start) + by + text.slice(end);
        const { ok } = await gradeKernel(mutant, { op, device });
        const seen = ok && (await seenByTests(device, task, mutant));
        if (seen) passed.push({ operator, line: lineAt(text, start), by, seen });
      }
      expect(passed).toEqual([]);
    },
    900_000,
  );
});

const lineAt = (text: string, at: number): string =>
  text.slice(text.lastIndexOf("\n", at - 1) + 1).split("\n")[0];

/** Roundings of a right kernel at any of these sizes. */
const toleranceFor = (task: KernelTask, d: Dims) =>
  task.op === "embedding.gather"
    ? { rtol: 0, atol: 0 }
    : { rtol: 2e-5, atol: Math.max(2e-5, 1e-6 * Math.max(...Object.values(d))) };

/** What the kernel tests' cases show. */
async function seenByTests(device: GPUDevice, task: KernelTask, code: string): Promise<string | undefined> {
  const size = sizeOf(code);
  const own = registry.find(({ name }) => name === task.op)!;
  const kernel = (d: Dims): Kernel => ({
    pass: "",
    code,
    grid: task.grid.of(d, size),
    invocations: size.reduce((product, n) => product * n),
  });
  const op: Op = {
    ...own,
    ...task.computation,
    parts: undefined,
    fast: undefined,
    plain: (d) => [kernel(d)],
  };
  const steep = task.op === "cross_entropy.fused" ? extremes[task.op]! : [];
  const cases = [...own.cases, randomDims(own, 1, 70), randomDims(own, 2, 70)].map((dims) => ({
    dims,
    inputs: {},
  }));
  for (const [seed, { dims, inputs }] of [...cases, ...steep].entries()) {
    if (task.grid.of(dims, size).some((n) => n > 65535)) continue;
    const judged = { ...op, tolerance: toleranceFor(task, dims) };
    const { ok, message } = await testKernel(device, judged, dims, seed, inputs, { rung: "plain" });
    if (!ok) return message;
  }
  return undefined;
}
