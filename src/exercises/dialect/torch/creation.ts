import type { Arguments } from "../arguments.ts";
import { arange, checkedShape, eye, fromNested } from "../creation.ts";
import { assign, wrapped } from "../elementwise.ts";
import { define, type Entry } from "../registry.ts";
import { type DType, empty, filled, Tensor, tensorOf } from "../tensor.ts";
import { asked } from "./dtypes.ts";

const SIZES = "*size, dtype=None, device=None, requires_grad=False";
const LIKE = "input, *, dtype=None, device=None, requires_grad=False";

/** The value of a number argument with the type that it has in Python. */
function scalarType(value: boolean | bigint | number): DType {
  return typeof value === "boolean" ? "bool" : typeof value === "bigint" ? "int64" : "float";
}

function create(names: string, parameters: string, value: (args: Arguments) => number): Entry {
  return define(names, parameters, (args) =>
    filled(
      args.dtype("dtype")?.dtype ?? "float",
      checkedShape(args.what, args.ints("size")),
      value(args),
      args.ctx,
    ),
  );
}

function createLike(names: string, value: number): Entry {
  return define(names, LIKE, (args) => {
    const input = args.tensor("input");
    return filled(args.dtype("dtype")?.dtype ?? input.dtype, input.shape, value, args.ctx);
  });
}

/** Uninitialised memory is NaN here, so that an element which nobody fills in is seen. */
const UNFILLED = Number.NaN;

function unfilled(dtype: DType, shape: readonly number[], args: Arguments): Tensor {
  return filled(dtype, checkedShape(args.what, shape), dtype === "float" ? UNFILLED : 0, args.ctx);
}

export const CREATION: readonly Entry[] = [
  create("torch.zeros", SIZES, () => 0),
  create("torch.ones", SIZES, () => 1),
  define("torch.empty", SIZES, (args) =>
    unfilled(args.dtype("dtype")?.dtype ?? "float", args.ints("size"), args),
  ),
  createLike("torch.zeros_like", 0),
  createLike("torch.ones_like", 1),
  define("torch.empty_like", LIKE, (args) => {
    const input = args.tensor("input");
    return unfilled(args.dtype("dtype")?.dtype ?? input.dtype, input.shape, args);
  }),
  define("torch.full", "size, fill_value, *, dtype=None, device=None, requires_grad=False", (args) => {
    const value = args.number("fill_value");
    const dtype = args.dtype("dtype")?.dtype ?? scalarType(value);
    return filled(dtype, checkedShape(args.what, args.ints("size")), args.ctx.round(Number(value)), args.ctx);
  }),
  define("torch.full_like", "input, fill_value, *, dtype=None, device=None", (args) => {
    const input = args.tensor("input");
    const out = empty(args.dtype("dtype")?.dtype ?? input.dtype, input.shape, args.ctx);
    assign(out, wrapped(args.number("fill_value"), args.ctx), args.ctx, args.what, true);
    return out;
  }),
  define(".new_zeros .new_ones", "input, *size, dtype=None, device=None", (args) => {
    const dtype = args.dtype("dtype")?.dtype ?? args.tensor("input").dtype;
    return filled(
      dtype,
      checkedShape(args.what, args.ints("size")),
      args.what === ".new_ones" ? 1 : 0,
      args.ctx,
    );
  }),
  define(".new_full", "input, size, fill_value, *, dtype=None, device=None", (args) => {
    const dtype = args.dtype("dtype")?.dtype ?? args.tensor("input").dtype;
    const value = args.ctx.round(Number(args.number("fill_value")));
    return filled(dtype, checkedShape(args.what, args.ints("size")), value, args.ctx);
  }),
  define("torch.eye", "n, m=None, *, dtype=None, device=None", (args) => {
    const n = args.int("n");
    return eye(n, args.optionalInt("m") ?? n, args.dtype("dtype")?.dtype ?? "float", args.ctx);
  }),
  define("torch.arange", "start, end=None, step=1, *, dtype=None, device=None", arange),
  define("torch.linspace", "start, end, steps, *, dtype=None, device=None", (args) => {
    const start = Number(args.number("start"));
    const end = Number(args.number("end"));
    const steps = args.int("steps");
    checkedShape(args.what, [steps]);
    args.ctx.allocate(steps);
    const values = Float64Array.from({ length: steps }, (_, i) =>
      steps === 1 ? start : start + ((end - start) * i) / (steps - 1),
    );
    return tensorOf(args.dtype("dtype")?.dtype ?? "float", [steps], values, args.ctx);
  }),
  define("torch.tensor torch.as_tensor", "data, *, dtype=None, device=None, requires_grad=False", (args) => {
    const data = args.value("data");
    const dtype = args.dtype("dtype")?.dtype;
    // as_tensor of a tensor is that tensor.
    if (args.what === "torch.as_tensor" && data instanceof Tensor) return asked(args, data);
    return fromNested(args.what, data, dtype, args.ctx);
  }),
];
