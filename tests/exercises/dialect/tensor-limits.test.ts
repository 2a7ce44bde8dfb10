import { expect, test } from "vitest";
import { Context, type Precision } from "../../../src/exercises/dialect/context.ts";
import { attribute, BUILTINS, call, nearest } from "../../../src/exercises/dialect/functions.ts";
import { getItem, iterate, setItem } from "../../../src/exercises/dialect/indexing.ts";
import { binary, compare, inPlace } from "../../../src/exercises/dialect/operators.ts";
import { clone, type Tensor, tensorOf } from "../../../src/exercises/dialect/tensor.ts";
import { List, Range, Tuple, type Value } from "../../../src/exercises/dialect/values.ts";

const NONE = new Map<string, Value>();

function context(precision: Precision = "float64"): { ctx: Context; notes: string[] } {
  const notes: string[] = [];
  return {
    ctx: new Context(precision, { computed: 100_000, alive: 10_000 }, (note) => notes.push(note)),
    notes,
  };
}

function tensor(name: string, shape: number[], values: number[], ctx: Context): Tensor {
  const out = tensorOf("float", shape, values, ctx);
  out.name = name;
  return out;
}

const method = (on: Value, name: string, ctx: Context, ...args: Value[]) =>
  call(attribute(on, name, ctx), args, NONE, ctx);
const torch = (name: string, ctx: Context, ...args: Value[]) =>
  call(attribute(BUILTINS.get("torch")!, name, ctx), args, NONE, ctx);

test("a shape error names both tensors, their sizes and the dimension", () => {
  const { ctx } = context();
  const dprobs = tensor("dprobs", [2, 3], [1, 2, 3, 4, 5, 6], ctx);
  const counts_sum = tensor("counts_sum", [2], [1, 2], ctx);
  expect(() => binary("*", dprobs, counts_sum, ctx)).toThrow(
    "*: the size of the tensor `dprobs` (3) must match the size of the tensor `counts_sum` (2) at dimension 1; their shapes are (2, 3) and (2,)",
  );
  expect(() => binary("@", dprobs, dprobs, ctx)).toThrow(
    "@: mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3): `dprobs` has 3 columns and `dprobs` has 2 rows",
  );
});

test("what is broadcast beyond both tensors leaves a note only if one of them lacks a dimension", () => {
  const { ctx, notes } = context();
  const flat = tensor("flat", [3], [1, 2, 3], ctx);
  const column = tensor("column", [3, 1], [1, 2, 3], ctx);
  binary("+", column, tensor("row", [1, 3], [1, 2, 3], ctx), ctx);
  binary("+", flat, tensor("row", [1, 3], [1, 2, 3], ctx), ctx);
  expect(notes).toEqual([]);
  binary("+", flat, column, ctx);
  expect(notes).toEqual(["+ of shapes (3,) and (3, 1) is broadcast to (3, 3)"]);
});

test("a repeated index adds once, and leaves a note", () => {
  const { ctx, notes } = context();
  const dC = tensor("dC", [3], [0, 0, 0], ctx);
  const index = tensorOf("int64", [3], [1, 1, 2], ctx);
  const picked = inPlace("+", getItem(dC, index, ctx), tensor("demb", [3], [5, 7, 9], ctx), ctx);
  setItem(dC, index, picked, ctx);
  expect([...dC.read()]).toEqual([0, 7, 9]);
  expect(notes).toHaveLength(1);
  expect(notes[0]).toContain("each keeps the last value only");
  setItem(dC, index, 0, ctx);
  setItem(dC, tensorOf("int64", [2], [0, 1], ctx), tensor("pair", [2], [1, 2], ctx), ctx);
  expect(notes).toHaveLength(1);
});

test("a change in place is seen in the version of the storage, through every view", () => {
  const { ctx } = context();
  const base = tensor("base", [2, 3], [1, 2, 3, 4, 5, 6], ctx);
  const before = base.storage.version;
  for (const view of [
    attribute(base, "T", ctx),
    getItem(base, 0n, ctx),
    method(base, "view", ctx, -1n),
  ] as Tensor[]) {
    expect(view.storage).toBe(base.storage);
    inPlace("+", view, 1, ctx);
  }
  expect(base.storage.version).toBe(before + 3);
  expect([...base.read()]).toEqual([4, 5, 6, 6, 7, 8]);
  expect(clone(base, ctx).storage).not.toBe(base.storage);
  expect((binary("+", base, 1, ctx) as Tensor).storage).not.toBe(base.storage);
});

test("float32 rounds after every operation, float64 never", () => {
  const third = (precision: Precision) => {
    const { ctx } = context(precision);
    const one = tensor("one", [1], [1], ctx);
    return (binary("*", binary("/", one, 3n, ctx), 0.1, ctx) as Tensor).scalar;
  };
  expect(third("float64")).toBe((1 / 3) * 0.1);
  expect(third("float32")).toBe(Math.fround(Math.fround(1 / 3) * Math.fround(0.1)));
});

test("what would take too long or too much memory is refused before it begins", () => {
  const tries: ((ctx: Context) => unknown)[] = [
    (ctx) => torch("zeros", ctx, 1_000_000_000_000n),
    (ctx) => torch("zeros", ctx, 1n << 40n, 1n << 40n),
    (ctx) => torch("arange", ctx, 1_000_000_000_000n),
    (ctx) => torch("eye", ctx, 1_000_000n),
    (ctx) => method(torch("zeros", ctx, 1n), "expand", ctx, 1_000_000_000n),
    (ctx) => method(torch("zeros", ctx, 1n), "repeat", ctx, 1_000_000_000n),
    (ctx) => torch("broadcast_tensors", ctx, torch("zeros", ctx, 5000n), torch("zeros", ctx, 5000n, 1n)),
    (ctx) => binary("+", torch("zeros", ctx, 3000n), torch("zeros", ctx, 3000n, 1n), ctx),
    (ctx) => binary("@", torch("zeros", ctx, 90n, 90n), torch("zeros", ctx, 90n, 20n), ctx),
    (ctx) => torch("einsum", ctx, "i,j,k->", ...["a", "b", "c"].map(() => torch("ones", ctx, 100n))),
    (ctx) => call(BUILTINS.get("list")!, [new Range(0, 1e15)], NONE, ctx),
    (ctx) => call(BUILTINS.get("sum")!, [new Range(0, 1e15)], NONE, ctx),
    (ctx) => binary("*", new List([1n]), 1_000_000_000_000n, ctx),
    (ctx) => binary("*", "x", 1_000_000_000_000n, ctx),
    (ctx) => binary("**", 7n, 1_000_000_000_000n, ctx),
    (ctx) => getItem(torch("zeros", ctx, 2n), new Range(0, 1e15), ctx),
    (ctx) => method(torch("zeros", ctx, 5n), "repeat_interleave", ctx, 1_000_000_000_000n),
    (ctx) =>
      call(
        attribute(BUILTINS.get("F")!, "one_hot", ctx),
        [tensorOf("int64", [1], [0], ctx), 10n ** 15n],
        NONE,
        ctx,
      ),
  ];
  for (const attempt of tries) {
    expect(() => attempt(context().ctx), `${attempt}`).toThrow(/limit here|too large/);
  }
});

test("lists that hold themselves many times over are not compared for ever", () => {
  const { ctx } = context();
  let doubled = new List([]);
  for (let i = 0; i < 60; i++) doubled = new List([doubled, doubled]);
  let other = new List([]);
  for (let i = 0; i < 60; i++) other = new List([other, other]);
  expect(() => compare("==", doubled, other, ctx)).toThrow("limit here");
});

test("what is not understood is refused by name, with what is near or the reason", () => {
  const { ctx } = context();
  const x = tensor("x", [1], [1], ctx);
  expect(() => attribute(x, "summ", ctx)).toThrow(".summ is not understood here; did you mean .sum?");
  expect(() => attribute(x, "frobnicate_everything", ctx)).toThrow("understood are, among others, .sum");
  expect(() => attribute(x, "grad", ctx)).toThrow("the answer to the exercise");
  expect(() => attribute(BUILTINS.get("torch")!, "randn", ctx)).toThrow("random values");
  expect(() => attribute(BUILTINS.get("F")!, "sofmax", ctx)).toThrow("did you mean F.softmax?");
  for (const name of ["__proto__", "constructor", "__class__", "prototype", "toString", "storage"]) {
    for (const value of [
      x,
      BUILTINS.get("torch")!,
      new Tuple([1n]),
      new List([]),
      BUILTINS.get("len")!,
      1n,
      "s",
    ]) {
      expect(() => attribute(value, name, ctx), name).toThrow();
    }
    expect(BUILTINS.get(name)).toBeUndefined();
  }
});

test("the nearest name is one that is near", () => {
  expect(nearest("dbndif2", ["dbndiff2", "dbndiff", "dbnvar"])).toBe("dbndiff2");
  expect(nearest("dlogist", ["dlogits", "dlogprobs"])).toBe("dlogits");
  expect(nearest("zzz", ["dlogits", "a"])).toBeUndefined();
});

test("a loop over a tensor goes through views of its rows", () => {
  const { ctx } = context();
  const table = tensor("table", [2, 2], [1, 2, 3, 4], ctx);
  for (const row of iterate(table, ctx)) inPlace("*", row, 10n, ctx);
  expect([...table.read()]).toEqual([10, 20, 30, 40]);
});
