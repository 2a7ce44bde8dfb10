import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { format, repr } from "../../../src/exercises/dialect/display.ts";
import { type DType, Tensor } from "../../../src/exercises/dialect/tensor.ts";

interface Fixture {
  readonly tensors: {
    readonly dtype: string;
    readonly shape: number[];
    readonly values: (number | string)[];
    readonly text: string;
  }[];
  readonly formats: {
    readonly type: string;
    readonly value: number | string;
    readonly spec: string;
    readonly text: string;
  }[];
  readonly floats: { readonly value: number; readonly text: string }[];
}

/** What Python and PyTorch wrote: tests/oracle/make_display_fixtures.py. */
const recorded: Fixture = JSON.parse(
  readFileSync(new URL("../../fixtures/display.json", import.meta.url), "utf8"),
);

const SPECIAL: Readonly<Record<string, number>> = { nan: Number.NaN, inf: Number.POSITIVE_INFINITY };

describe("tensors are printed as PyTorch prints them", () => {
  for (const { dtype, shape, values, text } of recorded.tensors) {
    test(text.split("\n")[0], () => {
      const type: DType = dtype === "torch.float32" ? "float" : dtype === "torch.int64" ? "int64" : "bool";
      const numbers = values.map((value) => (typeof value === "string" ? SPECIAL[value] : value));
      expect(repr(new Tensor(type, shape, { values: Float64Array.from(numbers), version: 0 }))).toBe(text);
    });
  }
});

test("values are formatted as Python formats them", () => {
  const mine = recorded.formats.map(({ type, value, spec }) =>
    format(type === "int" ? BigInt(value) : value, spec),
  );
  expect(mine).toEqual(recorded.formats.map(({ text }) => text));
});

test("floats have Python's shortest text", () => {
  expect(recorded.floats.map(({ value }) => repr(value))).toEqual(recorded.floats.map(({ text }) => text));
});

test("a format that does not fit is refused", () => {
  for (const [value, spec] of [
    ["a", ".2f"],
    [0.5, "d"],
    [1n, "q"],
    [null, "5"],
    [0.5, "1.2.3"],
    [0.5, "99999"],
  ] as const) {
    expect(() => format(value, spec)).toThrow(/format|too wide/);
  }
});
