import { describe, expect, test } from "vitest";
import { KERNEL_TASKS } from "../../../src/exercises/kernels/catalogue.ts";
import type { KernelMistake, KernelTask, WorkgroupSize } from "../../../src/exercises/kernels/types.ts";
import { registry } from "../../../src/model/registry.ts";
import { compareValues } from "../../../src/plan/compare.ts";
import { elements } from "../../../src/plan/contract.ts";
import { tidy } from "../../../src/plan/source.ts";
import { TorchGenerator } from "../../../src/random/torch.ts";
import { references } from "./references.ts";
import { leftBy, type Posed, posedCases, right, sizeOf, type Values } from "./values.ts";

const SIZES: readonly WorkgroupSize[] = [
  [1, 1, 1],
  [64, 1, 1],
  [1, 64, 1],
  [8, 8, 1],
  [16, 16, 1],
  [256, 1, 1],
  [1, 256, 1],
  [3, 5, 7],
  [4, 4, 4],
];

/** The exercises in which a kernel is written; those in which one is repaired have the same right ones. */
const written = KERNEL_TASKS.filter(({ name }) => !name.startsWith("repair."));
const titled = (tasks: readonly KernelTask[]) => tasks.map((task) => ({ name: task.name, task }));

test("the exercises are there, the easiest first", () => {
  expect(KERNEL_TASKS.map(({ name }) => name)).toEqual([
    "sgd.step",
    "tanh.backward",
    "reduce.sum_batch",
    "linear.forward",
    "linear.backward_weight",
    "embedding.gather",
    "embedding.backward",
    "cross_entropy.fused",
    "batchnorm.forward",
    "batchnorm.backward",
    "repair.race",
    "repair.guard",
    "repair.bessel",
  ]);
});

describe.each(titled(KERNEL_TASKS))("$name", ({ task }) => {
  test("has what a learner needs, and each id is its operation's and there once", () => {
    expect(registry.map(({ name }) => name)).toContain(task.op);
    const ids = task.mistakes.map(({ id }) => id);
    for (const id of ids) expect(id).toMatch(new RegExp(`^${task.op.replace(".", "\\.")}\\.[a-z0-9-]+$`));
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeGreaterThanOrEqual(8);
    expect(new Set(task.spellings).size).toBe(task.spellings.length);
    expect(task.spellings.length).toBeGreaterThanOrEqual(4);
    expect(new Set(task.spellings.map((text) => sizeOf(text).join())).size).toBeGreaterThanOrEqual(3);
    expect(task.hints.length).toBeGreaterThanOrEqual(4);
    expect(task.spellings).toContain(task.hints.at(-1)!.text);
  });

  test("the kernel with holes is the whole one but for the holes", () => {
    const [holes, whole] = task.hints.slice(-2).map(({ text }) => text);
    const known = holes.split("___");
    // A barrier has no hole to be seen.
    if (task.name === "repair.race") return expect(known).toHaveLength(1);
    expect(known.length).toBeGreaterThan(1);
    let at = 0;
    for (const part of known) {
      at = whole.indexOf(part, at);
      expect(at).toBeGreaterThanOrEqual(0);
      at += part.length;
    }
    expect(at).toBe(whole.length);
  });

  test("the sizes are small, ragged once, and once just full", () => {
    for (const size of SIZES) {
      const cases = task.cases(size);
      expect(cases.length).toBeLessThanOrEqual(4);
      for (const { dims, tolerance } of cases) {
        expect(tolerance).toBeDefined();
        for (const b of Object.values(task.computation.bindings)) expect(elements(b, dims)).toBeLessThan(3e5);
      }
      expect(Math.min(...cases.flatMap(({ dims }) => dims.N ?? dims.R ?? dims.P))).toBe(2);
      const [ragged, whole] = ["ragged", "whole workgroups"].map(
        (name) => cases.find((one) => one.name === name)!.dims,
      );
      const all = size.reduce((product, n) => product * n);
      const extents = EXTENTS[task.op](ragged);
      const full = EXTENTS[task.op](whole);
      for (const [i, extent] of extents.entries()) {
        const per = extents.length === 1 && OVER_ALL.test(task.op) ? all : size[i];
        expect(full[i] % per).toBe(0);
        expect(full[i]).toBeGreaterThanOrEqual(2 * per);
        expect(extent).toBeGreaterThan(per);
        if (per > 1) expect(extent % per, `${size}`).not.toBe(0);
      }
    }
  });

  test("the grid has an invocation for everything, and no workgroup too many", () => {
    for (const size of SIZES)
      for (const { dims } of task.cases(size)) {
        const grid = task.grid.of(dims, size);
        const extents = EXTENTS[task.op](dims);
        const all = size.reduce((product, n) => product * n);
        const per = extents.map((_, i) => (OVER_ALL.test(task.op) ? all : size[i]));
        expect(grid).toEqual([0, 1, 2].map((i) => (i < extents.length ? Math.ceil(extents[i] / per[i]) : 1)));
      }
  });
});

/** What is spread over x, and over y. */
const EXTENTS: Readonly<Record<string, (d: Readonly<Record<string, number>>) => number[]>> = {
  "sgd.step": ({ P }) => [P],
  "tanh.backward": ({ N, H }) => [N * H],
  "reduce.sum_batch": ({ C }) => [C],
  "linear.forward": ({ N, O }) => [O, N],
  "linear.backward_weight": ({ I, O }) => [O, I],
  "embedding.gather": ({ N, T, E }) => [N * T * E],
  "embedding.backward": ({ V, E }) => [V * E],
  "cross_entropy.fused": ({ N }) => [N],
  "batchnorm.forward": ({ H }) => [H],
  "batchnorm.backward": ({ H }) => [H],
};
/** Those whose elements are spread over all of a workgroup's invocations. */
const OVER_ALL = /^(sgd|tanh|embedding)/;

describe.each(titled(written))("$name", ({ task }) => {
  test("its first right kernel is the project's plain one", () => {
    const op = registry.find(({ name }) => name === task.op)!;
    const bare = (text: string) => tidy(text).replace(/@workgroup_size\(1, 64\)/, "@workgroup_size(64)");
    const plain = op.cases.map((dims) => bare(op.plain!(dims)[0].code));
    // Some name the blocks in which they sum, and those follow from the sizes.
    const blocks = (text: string) => text.replace(/const BLOCK = .*/, "");
    expect(plain.map(blocks)).toContain(blocks(bare(task.spellings[0])));
  });

  test("its twin gives what plain loops give", () => {
    for (const size of SIZES.slice(0, 5))
      for (const posed of posedCases(task, size)) {
        const want = references[task.op](posed.inputs, posed.dims);
        const got = right(task, posed);
        expect(Object.keys(got).sort()).toEqual(Object.keys(want).sort());
        for (const [name, values] of Object.entries(got)) {
          expect(values.length).toBe(want[name].length);
          const { worst } = compareValues(values, want[name], { rtol: 1e-9, atol: 1e-9 });
          expect(worst.used, `${name} of ${posed.name}: ${JSON.stringify(worst)}`).toBeLessThanOrEqual(1);
        }
      }
  });

  test("no mistake is right, and each is known from all that come before it", () => {
    for (const [k, mistake] of task.mistakes.entries()) {
      const cases = posedCases(task, sizeOf(mistake.text));
      const got = cases.map((posed) => leftBy(task, mistake.twin, posed));
      expect([
        mistake.id,
        cases.every((posed, i) => fits(right(task, posed), got[i], posed, MARGIN)),
      ]).toEqual([mistake.id, false]);
      for (const other of task.mistakes.slice(0, k)) {
        const same = cases.every((posed, i) =>
          fits(leftBy(task, other.twin, posed), got[i], posed, 2 * LOOSER),
        );
        expect([mistake.id, other.id, same]).toEqual([mistake.id, other.id, false]);
      }
    }
  });

  test("what the sentences say in numbers is so", () => {
    for (const mistake of task.mistakes)
      for (const posed of posedCases(task, sizeOf(mistake.text))) expectTrue(task, mistake, posed);
  });
});

test("sentences are short, say what follows and not what to write", () => {
  for (const { mistakes, cases } of KERNEL_TASKS)
    for (const { id, says } of mistakes)
      for (const { dims } of cases([64, 1, 1])) {
        const text = says(dims);
        expect([id, text]).toEqual([id, expect.stringMatching(/^[A-Z`0-9].{20,240}\.$/)]);
        expect(text).not.toMatch(
          /\b(should|must|instead|forgot|use|write|add(?! up)|replace)\b|undefined|NaN times/,
        );
        expect(text.split("`").length % 2).toBe(1);
      }
  expect(claims).toBeGreaterThan(60);
});

/** Times the tolerance by which a mistake is off at least: rounding must not make it right. */
const MARGIN = 5;
/** Times the tolerance within which a kernel's values are a mistake's: as in src/exercises/kernels/signs/catalogue.ts. */
const LOOSER = 10;

/** Whether values are within so many tolerances of others; NaN in these stands for anything. */
function fits(want: Values, got: Values, { tolerance }: Posed, times: number): boolean {
  const { rtol, atol } = tolerance!;
  return Object.entries(want).every(([name, values]) =>
    Array.from(values).every(
      (value, i) =>
        Number.isNaN(value) || Math.abs(got[name][i] - value) <= times * (atol + rtol * Math.abs(value)),
    ),
  );
}

let claims = 0;

/** Checks the claims whose wording several sentences share. */
function expectTrue(task: KernelTask, { id, says, twin }: KernelMistake, posed: Posed): void {
  const text = says(posed.dims);
  const want = right(task, posed);
  const got = leftBy(task, twin, posed);
  const names = (marked: string | undefined): string[] => {
    const found = [...(marked ?? "").matchAll(/`(\w+)`/g)].map(([, name]) => name);
    return found.length > 0 ? found : Object.keys(want);
  };
  const times = (name: string, factor: number) => {
    claims++;
    const scaled = Array.from(want[name], (value) => factor * value);
    const { worst } = compareValues(got[name], scaled, { rtol: 1e-3, atol: 1e-6 });
    expect(worst.used, `${id}, ${name} of ${posed.name}: ${text} ${JSON.stringify(worst)}`).toBeLessThan(1);
  };
  const scaled = /^(Every number of yours|[^,:]*`\w+`) (?:is|are) ([\d.]+) times too (large|small)/.exec(
    text,
  );
  if (scaled && !/^Your variance/.test(text))
    for (const name of names(scaled[1])) times(name, scaled[3] === "large" ? +scaled[2] : 1 / +scaled[2]);
  const factor = /^`(\w+)` is off by the factor (\d+)\/(\d+)/.exec(text);
  if (factor) times(factor[1], +factor[2] / +factor[3]);
  const sign = /^(?:All|Every number) of (.*?) has the wrong sign/.exec(text);
  if (sign) for (const name of names(sign[1])) times(name, -1);

  const same = /^(Yours|`(\w+)`) stays? the same whatever (?:`(\w+)`|the (\w+)) is/.exec(text);
  if (same) {
    claims++;
    const ours = { gain: "gain", bias: task.op.startsWith("linear") ? "b" : "bias", target: "targets" };
    const changing = same[3] ?? ours[same[4] as keyof typeof ours];
    const others = {
      ...posed.inputs,
      [changing]: new TorchGenerator(9).randn(posed.inputs[changing].length),
    };
    const n = posed.dims.V;
    if (changing === "targets")
      others.targets = Uint32Array.from(posed.inputs.targets as Uint32Array, (t) => (t + 1) % n);
    const name = same[2] ?? Object.keys(want)[0];
    const moved = { ...posed, inputs: others };
    const { worst } = compareValues(leftBy(task, twin, moved)[name], got[name], { rtol: 1e-9, atol: 1e-9 });
    expect(worst.used, text).toBeLessThan(1);
    expect(right(task, moved)[name]).not.toEqual(want[name]);
  }
  const equal = /^All (\d+) numbers of a (?:position|row) are equal/.exec(text);
  if (equal) {
    claims++;
    const [values] = Object.values(got);
    const E = Number(equal[1]);
    expect(values.every((value, i) => value === values[i - (i % E)])).toBe(true);
  }
}
