import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Context, type Precision } from "../../../src/exercises/dialect/context.ts";
import { understood } from "../../../src/exercises/dialect/functions.ts";
import { DialectError, run } from "../../../src/exercises/dialect/index.ts";
import { type DType, Tensor, tensorOf } from "../../../src/exercises/dialect/tensor.ts";
import { List, Tuple, type Value } from "../../../src/exercises/dialect/values.ts";

/** A value as tests/oracle/make_dialect_fixtures.py records it. */
type Recorded =
  | null
  | boolean
  | number
  | string
  | { dtype: string; shape: number[]; values: (number | string | boolean)[] }
  | { float: number | string }
  | { tuple: Recorded[] }
  | { list: Recorded[] };

interface Fixture {
  inputs: Record<string, Recorded>;
  results: { text: string; float64: Recorded; float32?: Recorded }[];
  fails: string[];
}

const fixture: Fixture = JSON.parse(
  readFileSync(new URL("../../fixtures/dialect.json", import.meta.url), "utf8"),
);

function numberOf(recorded: number | string | boolean): number {
  if (typeof recorded !== "string") return Number(recorded);
  return recorded === "nan"
    ? Number.NaN
    : recorded === "inf"
      ? Number.POSITIVE_INFINITY
      : Number.NEGATIVE_INFINITY;
}

const kindOf = (dtype: string): DType =>
  dtype.startsWith("float") ? "float" : dtype === "bool" ? "bool" : "int64";

function given(precision: Precision): Map<string, Value> {
  const ctx = new Context(precision);
  return new Map(
    Object.entries(fixture.inputs).map(([name, recorded]): [string, Value] => {
      if (typeof recorded === "number") return [name, BigInt(recorded)];
      if (recorded === null || typeof recorded !== "object" || !("dtype" in recorded)) throw new Error(name);
      return [name, tensorOf(kindOf(recorded.dtype), recorded.shape, recorded.values.map(numberOf), ctx)];
    }),
  );
}

function evaluate(text: string, precision: Precision = "float64"): Value {
  const { values } = run(text, { given: given(precision), asked: new Set(["dout"]), precision });
  const out = values.get("dout");
  if (out === undefined) throw new Error(`dout has no value after ${text}`);
  return out;
}

/** float64 differs in the order of sums; float32 by the rounding of a few operations, in units of 2**-24. */
const TOLERANCE = { float64: 1e-12, float32: 6e-7 };

function close(ours: number, theirs: number, tolerance: number, scale: number): boolean {
  if (!Number.isFinite(theirs)) return Object.is(ours, theirs);
  return Math.abs(ours - theirs) <= tolerance * Math.max(scale, Math.abs(theirs));
}

/** What differs, in words; undefined if nothing does. */
function difference(ours: Value, theirs: Recorded, precision: Precision): string | undefined {
  if (theirs === null || typeof theirs === "boolean" || typeof theirs === "string") {
    return ours === theirs ? undefined : `${ours} for ${theirs}`;
  }
  if (typeof theirs === "number")
    return ours === BigInt(theirs) ? undefined : `${ours} for the int ${theirs}`;
  if ("float" in theirs) {
    if (typeof ours !== "number") return `${ours} for the float ${theirs.float}`;
    const right = close(ours, numberOf(theirs.float), TOLERANCE[precision], 0);
    return right ? undefined : `${ours} for ${theirs.float}`;
  }
  if ("dtype" in theirs) {
    if (!(ours instanceof Tensor)) return `${ours} for a tensor`;
    if (ours.dtype !== kindOf(theirs.dtype)) return `${ours.dtype} for ${theirs.dtype}`;
    if (`${ours.shape}` !== `${theirs.shape}`) return `shape (${ours.shape}) for (${theirs.shape})`;
    const numbers = theirs.values.map(numberOf);
    const tolerance = theirs.dtype === "float32" ? TOLERANCE.float32 : TOLERANCE[precision];
    const scale = ours.dtype === "float" ? Math.max(0, ...numbers.filter(Number.isFinite).map(Math.abs)) : 0;
    const values = [...ours.read()];
    const wrong = numbers.findIndex((number, i) => !close(values[i], number, tolerance, scale));
    return wrong < 0 ? undefined : `[${values}] for [${numbers}]`;
  }
  const items = "tuple" in theirs ? theirs.tuple : theirs.list;
  if (!("tuple" in theirs ? ours instanceof Tuple : ours instanceof List)) return `${ours} for a sequence`;
  const own = (ours as Tuple | List).items;
  if (own.length !== items.length) return `${own.length} items for ${items.length}`;
  return items.map((item, i) => difference(own[i], item, precision)).find((found) => found !== undefined);
}

function disagreements(precision: Precision): string[] {
  return fixture.results.flatMap(({ text, ...recorded }) => {
    try {
      const found = difference(evaluate(text, precision), recorded[precision] ?? recorded.float64, precision);
      return found ? [`${text}: ${found}`] : [];
    } catch (error) {
      return [`${text}: ${error}`];
    }
  });
}

describe("the language's tensors against PyTorch", () => {
  test("float64 gives what PyTorch recorded", () => {
    expect(disagreements("float64")).toEqual([]);
  });

  test("float32 gives what PyTorch recorded", () => {
    expect(disagreements("float32")).toEqual([]);
  });

  test("what PyTorch refuses is refused, in one line", () => {
    const wrong = fixture.fails.flatMap((text) => {
      try {
        return [`${text} gives ${evaluate(text)}`];
      } catch (error) {
        if (!(error instanceof DialectError)) return [`${text} throws ${error}`];
        return error.message.includes("\n") || error.message === "" ? [`${text}: ${error.message}`] : [];
      }
    });
    expect(wrong).toEqual([]);
  });

  test("every name that is understood is in a recorded text", () => {
    const texts = fixture.results.map(({ text }) => text).join("\n");
    const names = understood().flatMap((entry) => entry.names);
    const missing = names.filter((name) => {
      const pattern = name.startsWith(".")
        ? new RegExp(`[\\w)\\]]\\${name}\\b`)
        : new RegExp(`\\b${name.replace(".", "\\.")}\\b`);
      return !pattern.test(texts);
    });
    expect(missing).toEqual([]);
  });
});
