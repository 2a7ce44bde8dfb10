/** The exercises: whatever a learner brings is evaluated or refused in a line, and can change nothing but its own names. */
import fc from "fast-check";
import { expect } from "vitest";
import type { Case } from "../../src/exercises/case.ts";
import { hiddenCases } from "../../src/exercises/cases.ts";
import {
  DialectError,
  type Options,
  type Outcome,
  type Place,
  run,
} from "../../src/exercises/dialect/index.ts";
import { Tensor } from "../../src/exercises/dialect/tensor.ts";
import { Func, List, Module, Tuple, type Value } from "../../src/exercises/dialect/values.ts";
import { RUN } from "../../src/exercises/evaluations.ts";
import { readSource, type Source, SourceError } from "../../src/exercises/files.ts";
import { type GradeOptions, gradeLines } from "../../src/exercises/judge.ts";
import { GRADIENTS } from "../../src/exercises/names.ts";
import { solutions } from "../exercises/dialect/solutions.ts";
import { damaged } from "./bytes.ts";
import { anyExpression, ESCAPES, mutated, program, shortProgram } from "./programs.ts";
import { awkwardJson, expectClearLine, target, valueOrRefusal, withinMemory } from "./target.ts";

const [, , small, , pair] = hiddenCases();
const options = (c: Case): Options => ({
  given: c.given,
  asked: new Set(GRADIENTS),
  standIns: c.standIns(1),
  gradients: c.standIns(1),
  ...RUN,
});
const OPTIONS = [options(small), options(pair)];

interface Kept {
  readonly name: string;
  readonly tensor: Tensor;
  readonly head: string;
  readonly values: Float32Array | Float64Array;
}
const headOf = ({ name, dtype, shape, strides, offset, storage }: Tensor): string =>
  JSON.stringify([name, dtype, shape, strides, offset, storage.version]);
const kept = OPTIONS.flatMap(({ given, standIns }) => [...given, ...standIns!]).flatMap(
  ([name, tensor]): Kept[] =>
    tensor instanceof Tensor
      ? [{ name, tensor, head: headOf(tensor), values: tensor.storage.values.slice() }]
      : [],
);
const namesNow = (): string =>
  [
    ...OPTIONS.flatMap(({ given, standIns }) => [...given, ...standIns!]).map(
      ([name, value]) => `${name} ${value instanceof Tensor ? "" : value}`,
    ),
    // A device that another target opens brings WebGPU's names.
    ...Reflect.ownKeys(globalThis)
      .map(String)
      .filter((name) => !/^(GPU|WGSL)/.test(name)),
  ].join(", ");
const names = namesNow();

/** What a run is given is as it was. Compared in loops, as there are 20,000 numbers after every case. */
function expectUntouched(): void {
  for (const { name, tensor, head, values } of kept) {
    const now = tensor.storage.values;
    if (headOf(tensor) !== head || !values.every((value, i) => Object.is(value, now[i])))
      throw new Error(`\`${name}\` has changed: ${head} is ${headOf(tensor)}`);
  }
  if (namesNow() !== names) expect(namesNow()).toBe(names);
}

/** Buffers of 8 bytes an element: all that a run may compute, in case none of it is collected before the run ends. */
const MOST_MEMORY = 8 * 50_000_000;

/** The text is evaluated to values of the language, or refused with a place in it; nothing else has changed. */
function runRightly(source: Source, which: number, only: string | undefined, float32: boolean): void {
  const chosen: Options = { ...OPTIONS[which], only, precision: float32 ? "float32" : "float64" };
  const outcome = withinMemory(MOST_MEMORY, () => run(source, { ...chosen, onError: "continue" }));
  const cells = typeof source === "string" ? [source] : source;
  const inside = ({ cell, line, column }: Place): void => {
    expect(cell === null).toBe(typeof source === "string");
    const lines = cells[(cell ?? 1) - 1].split(/\r\n|\r|\n/);
    expect(line).toBeGreaterThanOrEqual(1);
    expect(line).toBeLessThanOrEqual(lines.length);
    expect(column).toBeGreaterThanOrEqual(1);
    expect(column).toBeLessThanOrEqual(lines[line - 1].length + 2);
  };
  for (const { message, at } of [...outcome.errors, ...outcome.notes]) {
    expectClearLine(message);
    if (at) inside(at);
  }
  for (const { at } of outcome.skipped) inside(at);
  for (const { at, assigned } of outcome.changes.values()) [at, assigned].forEach(inside);
  for (const value of outcome.values.values()) expectOwn(value);
  expectUntouched();
  // An expensive text is not evaluated again.
  if (outcome.cost.steps > 100_000 || outcome.cost.computed > 5_000_000) return;
  let strict: Outcome | undefined;
  try {
    strict = run(source, chosen);
  } catch (error) {
    if (!(error instanceof DialectError)) throw error;
    expectClearLine(error.message);
    inside({ cell: error.cell, line: error.line!, column: error.column! });
  }
  if (!strict) return;
  expect(outcome.errors).toEqual([]);
  expect(outcome.values.size).toBe(strict.values.size);
  expect(strict.prints).toEqual(outcome.prints);
  for (const [name, value] of strict.values)
    if (value instanceof Tensor)
      expect(value.read(), name).toEqual((outcome.values.get(name) as Tensor).read());
}

const VERDICTS = ["right", "right-here", "right-in-itself", "wrong", "missing", "error"];
// What does not depend on a text is computed at the first one.
gradeLines(solutions["the lecture's"]);

/** The text gets verdicts, each with what belongs to it, in clear lines. */
function gradeRightly(source: Source, exercise: GradeOptions["exercise"]): void {
  const report = withinMemory(MOST_MEMORY, () => gradeLines(source, { exercise }));
  expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  expect(report.ok).toBe(report.rows.length > 0 && report.rows.every(({ verdict }) => verdict === "right"));
  for (const { name, verdict, mistake, note, message, cell, line, maxdiff } of report.rows) {
    expect(name).toMatch(/^d?[A-Za-z]\w*$/);
    expect(VERDICTS).toContain(verdict);
    if (verdict === "error") expect(message).not.toBeNull();
    if (verdict === "right") expect([mistake, message]).toEqual([null, null]);
    for (const says of [mistake?.says, note, message])
      if (says !== undefined && says !== null && says !== "not yet") expectClearLine(says);
    if (verdict !== "missing" && typeof source === "string")
      expect([typeof line, cell]).toEqual(["number", null]);
    expect(maxdiff === null || maxdiff >= 0).toBe(true);
  }
  expectUntouched();
}

/** A value of the language: no object of JavaScript's is within reach. */
function expectOwn(value: Value): void {
  if (value === null || ["boolean", "bigint", "number", "string"].includes(typeof value)) return;
  if (value instanceof Tuple || value instanceof List) value.items.forEach(expectOwn);
  else if (value instanceof Func || value instanceof Module) expect(value.name).toMatch(/^[\w.]+$/);
  else expect(["tensor", "range", "slice", "ellipsis", "dtype"]).toContain((value as Tensor).kind);
}

const how = fc.tuple(
  fc.nat(1),
  fc.option(fc.constantFrom(...GRADIENTS), { freq: 2, nil: undefined }),
  fc.boolean(),
);

const exercise = fc.constantFrom<GradeOptions["exercise"]>(undefined, undefined, 0, 1, 2, 3, 4);

/** Reads a file as the command line does, and evaluates or grades what is in it. */
function readAndRun(
  bytes: Uint8Array,
  name: string,
  way: readonly [number, string | undefined, boolean],
): void {
  const source = withinMemory(12 * bytes.length + 2 ** 20, () =>
    valueOrRefusal(() => readSource(bytes, name), SourceError),
  );
  if (source === undefined) return;
  if (way[0] === 0) runRightly(source, ...way);
  else gradeRightly(source, undefined);
}

const utf8 = (text: string) => new TextEncoder().encode(text);
const ending = fc.constantFrom("some.py", "some.ipynb", "some.txt");

const cell = fc.oneof(
  {
    weight: 6,
    arbitrary: shortProgram.map((p): unknown => ({ cell_type: "code", source: p.split(/(?<=\n)/) })),
  },
  { weight: 2, arbitrary: mutated.map((source): unknown => ({ cell_type: "code", source })) },
  { weight: 1, arbitrary: fc.constant<unknown>({ cell_type: "markdown", source: ["# text\n"] }) },
  { weight: 1, arbitrary: awkwardJson.map((source): unknown => ({ cell_type: "code", source })) },
  { weight: 1, arbitrary: awkwardJson },
);
const notebook = fc
  .record(
    {
      cells: fc.oneof(
        { weight: 9, arbitrary: fc.array(cell, { maxLength: 3 }) as fc.Arbitrary<unknown> },
        { weight: 1, arbitrary: awkwardJson },
      ),
      worksheets: awkwardJson,
      metadata: fc.oneof(awkwardJson, fc.constant<unknown>({ kernelspec: { language: "python" } })),
    },
    { requiredKeys: ["cells"] },
  )
  .map((contents) => utf8(JSON.stringify(contents)));
const valid = fc.constantFrom(...Object.values(solutions)).map(utf8);

/** Ways to reach for a name; every one of them has to go wrong. */
const reach = fc
  .tuple(
    fc.constantFrom(...ESCAPES),
    fc.constantFrom("h", "dh", "torch", "F", "n", "'a'", "h.shape", "print", "h.max(1)"),
  )
  .chain(([name, of]) =>
    fc.constantFrom(
      name,
      `${name}.x`,
      `${of}.${name}`,
      `${of}.${name}()`,
      `${of}['${name}']`,
      `f'{${of.replaceAll("'", '"')}.${name}}'`,
      `torch.sum(h, ${name}=1)`,
      `torch.sum(h, **{'${name}': 1})`,
      `[].${name}`,
    ),
  );

export const exercises = [
  target("exercises: program of the grammar", fc.tuple(program, how), ([text, way]) =>
    runRightly(text, ...way),
  ),
  target("exercises: one expression", fc.tuple(anyExpression, how), ([e, [which, , float32]]) =>
    runRightly(`dh = ${e}\nprint(dh)`, which, undefined, float32),
  ),
  target("exercises: right solution, mutated", fc.tuple(mutated, how), ([text, way]) =>
    runRightly(text, ...way),
  ),
  target("exercises: verdict on a program", fc.tuple(shortProgram, exercise), ([text, number]) =>
    gradeRightly(text, number),
  ),
  target("exercises: verdict on a mutated solution", fc.tuple(mutated, exercise), ([text, number]) =>
    gradeRightly(text, number),
  ),
  target("exercises: nothing is reached", fc.tuple(reach, fc.nat(1)), ([e, which]) => {
    for (const text of [`dh = ${e}`, `a = ${e}\ndh = a`, `print(${e})`, `if ${e}:\n  dh = 1`]) {
      const { errors, notes, skipped, prints, values } = run(text, {
        ...OPTIONS[which],
        onError: "continue",
      });
      expect(errors.length + notes.length + skipped.length, text).toBeGreaterThan(0);
      expect(prints, text).toEqual([]);
      expect(values.has("dh"), text).toBe(false);
    }
    runRightly(`dh = ${e}`, which, undefined, false);
  }),
  target("exercises: nothing is imported", fc.constantFrom(...ESCAPES), (name) => {
    for (const text of [
      `import ${name}\ndh = ${name}`,
      `import ${name} as a\ndh = a`,
      `import torch.${name} as a\ndh = a`,
      `from torch import ${name} as a\ndh = a`,
      `from ${name} import a\ndh = a`,
      `from ${name} import *\ndh = a`,
    ]) {
      const { errors, values } = run(text, { ...OPTIONS[0], onError: "continue" });
      expect(errors.length, text).toBeGreaterThan(0);
      expect(values.get("dh"), text).toBeUndefined();
    }
  }),
  target("exercises: notebook of anything", fc.tuple(notebook, how), ([bytes, way]) =>
    readAndRun(bytes, "some.ipynb", way),
  ),
  target(
    "exercises: file, damaged",
    fc.tuple(damaged(fc.oneof(notebook, valid)), ending, how),
    ([bytes, name, way]) => readAndRun(bytes, name, way),
  ),
  target(
    "exercises: file of any bytes",
    fc.tuple(fc.uint8Array({ maxLength: 300 }), ending, how),
    ([bytes, name, way]) => readAndRun(bytes, name, way),
  ),
  target("exercises: any text", fc.tuple(fc.string({ unit: "binary", maxLength: 200 }), how), ([text, way]) =>
    runRightly(text, ...way),
  ),
];
