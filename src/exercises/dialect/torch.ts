import { type Arguments, itemOf } from "./arguments.ts";
import { arange, cat, checkedShape, eye, fromNested, oneHot, repeat, stack, triangle } from "./creation.ts";
import {
  assign,
  BINARY,
  type BinaryName,
  broadcastAll,
  elementwise,
  elementwiseInPlace,
  mapped,
  mappedInPlace,
  promoted,
  UNARY,
  type UnaryName,
  where,
  wrapped,
} from "./elementwise.ts";
import { DialectError } from "./error.ts";
import { type Combine, gather, indexAdd, indexSelect, scatter, take } from "./gather.ts";
import { getItem, maskIndices, setItem } from "./indexing.ts";
import { einsum, matmul } from "./linear.ts";
import { bitwiseNot } from "./operators.ts";
import * as reductions from "./reductions.ts";
import { define, type Entry } from "./registry.ts";
import { axisOf, clone, type DType, empty, filled, shapeText, Tensor, tensorOf } from "./tensor.ts";
import { DtypeValue, List, sizeValue, Tuple, type Value } from "./values.ts";
import * as views from "./views.ts";

/** torch's types; in each group one is computed, and the narrower ones stand for it. */
export const DTYPES: readonly DtypeValue[] = [
  new DtypeValue("float32", "float"),
  new DtypeValue("float64", "float"),
  new DtypeValue("int64", "int64"),
  new DtypeValue("int32", "int64"),
  new DtypeValue("bool", "bool"),
];

export const DTYPE_ALIASES: readonly (readonly [alias: string, name: string])[] = [
  ["float", "float32"],
  ["double", "float64"],
  ["long", "int64"],
  ["int", "int32"],
];

export function dtypeValue(dtype: DType): DtypeValue {
  return DTYPES.find((known) => known.dtype === dtype)!;
}

/** `.float()` of floats is the same tensor, and not a copy; `.double()` is a copy, as it would be in the notebook. */
function converted(tensor: Tensor, to: DtypeValue, args: Arguments): Tensor {
  if (to === dtypeValue(tensor.dtype)) return tensor;
  return clone(tensor, args.ctx, to.dtype);
}

/** A function's result in the type that `dtype=` asks for. */
function asked(args: Arguments, input: Tensor): Tensor {
  const dtype = args.dtype("dtype");
  return dtype && dtype.dtype !== input.dtype ? clone(input, args.ctx, dtype.dtype) : input;
}

function named(fields: readonly string[], values: readonly Tensor[], what: string): Tuple {
  return new Tuple(values, fields, what.replace(/^.*\./, ""));
}

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

const CREATION: readonly Entry[] = [
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

/** Names beside the table's own. */
const ALIASES: Partial<Record<BinaryName | UnaryName, readonly string[]>> = {
  sub: ["subtract"],
  mul: ["multiply"],
  div: ["divide", "true_divide"],
  ne: ["not_equal"],
  lt: ["less"],
  le: ["less_equal"],
  gt: ["greater"],
  ge: ["greater_equal"],
  abs: ["absolute"],
  neg: ["negative"],
};

/** The functions that PyTorch has no form with `_` of. */
const NOT_IN_PLACE = new Set(["maximum", "minimum", "isnan", "isinf", "isfinite", "positive"]);

function binaryEntries(name: BinaryName): Entry[] {
  const all = [name, ...(ALIASES[name] ?? [])];
  const scaled = name === "add" || name === "sub";
  const parameters = scaled
    ? "input, other, *, alpha=1"
    : name === "div"
      ? "input, other, *, rounding_mode=None"
      : "input, other";
  const first = (args: Arguments) => (name === "pow" ? args.operand("input") : args.tensor("input"));
  const other = (args: Arguments): Tensor => {
    const onlyTensor = name === "maximum" || name === "minimum" || name.startsWith("logical");
    const value = onlyTensor ? args.tensor("other") : args.operand("other");
    if (!scaled || args.value("alpha") === 1n) return value;
    return elementwise("mul", value, wrapped(args.number("alpha"), args.ctx), args.ctx);
  };
  const checked = (args: Arguments, input: Tensor): BinaryName => {
    const exponent = args.value(name === "pow" ? "exponent" : "other");
    if (name === "pow" && input.dtype !== "float" && typeof exponent === "bigint" && exponent < 0n) {
      throw new DialectError(`${args.what}: an integer to the power ${exponent} is a fraction; use .float()`);
    }
    if (name !== "div" || !args.has("rounding_mode")) return name;
    const mode = args.string("rounding_mode");
    if (mode !== "floor")
      throw new DialectError(`${args.what}: rounding_mode="${mode}" is not understood; "floor" is`);
    return "floor_divide";
  };
  const text = name === "pow" ? "input, exponent" : parameters;
  const right = (args: Arguments) => (name === "pow" ? args.operand("exponent") : other(args));
  const entries = [
    define(all.flatMap((each) => [`torch.${each}`, `.${each}`]).join(" "), text, (args) => {
      const input = first(args);
      return elementwise(checked(args, input), input, right(args), args.ctx);
    }),
  ];
  if (!NOT_IN_PLACE.has(name)) {
    entries.push(
      define(all.map((each) => `.${each}_`).join(" "), text, (args) => {
        const input = args.tensor("input");
        return elementwiseInPlace(checked(args, input), input, right(args), args.ctx);
      }),
    );
  }
  return entries;
}

function unaryEntries(name: UnaryName): Entry[] {
  const all = [name, ...(ALIASES[name] ?? [])];
  const functional = name === "relu" || name === "tanh" || name === "sigmoid" ? [`F.${name}`] : [];
  const methods = all.map((each) => `.${each}`);
  const entries = [
    define([...all.map((each) => `torch.${each}`), ...functional, ...methods].join(" "), "input", (args) =>
      mapped(name, args.tensor("input"), args.ctx),
    ),
  ];
  if (!NOT_IN_PLACE.has(name)) {
    entries.push(
      define(all.map((each) => `.${each}_`).join(" "), "input", (args) =>
        mappedInPlace(name, args.tensor("input"), args.ctx),
      ),
    );
  }
  return entries;
}

function clamped(args: Arguments): Tensor {
  let out = args.tensor("input");
  if (!args.has("min") && !args.has("max")) throw new DialectError(`${args.what} needs min or max`);
  if (args.has("min")) out = elementwise("maximum", out, args.operand("min"), args.ctx);
  if (args.has("max")) out = elementwise("minimum", out, args.operand("max"), args.ctx);
  return out;
}

function sameTensors(args: Arguments): Tensor[] {
  return broadcastAll(args.what, [args.tensor("input"), args.tensor("other")], args.ctx);
}

/** |a - b| <= atol + rtol |b|, and equal infinities. */
function close(args: Arguments): Tensor {
  const [a, b] = sameTensors(args).map((tensor) => tensor.read());
  const rtol = Number(args.number("rtol"));
  const atol = Number(args.number("atol"));
  const equalNan = args.bool("equal_nan");
  args.ctx.compute(a.length);
  const shape = sameTensors(args)[0].shape;
  const values = Array.from(a, (x, i) => {
    const y = b[i];
    if (Number.isNaN(x) && Number.isNaN(y)) return equalNan ? 1 : 0;
    return x === y || (Number.isFinite(y) && Math.abs(x - y) <= atol + rtol * Math.abs(y)) ? 1 : 0;
  });
  return tensorOf("bool", shape, values, args.ctx);
}

const ELEMENTWISE: readonly Entry[] = [
  ...(Object.keys(BINARY) as BinaryName[]).flatMap(binaryEntries),
  ...(Object.keys(UNARY) as UnaryName[]).flatMap(unaryEntries),
  define("torch.bitwise_not .bitwise_not", "input", (args) => bitwiseNot(args.tensor("input"), args.ctx)),
  define("torch.clamp .clamp torch.clip .clip", "input, min=None, max=None", clamped),
  define(".clamp_ .clip_", "input, min=None, max=None", (args) => {
    const input = args.tensor("input");
    assign(input, clamped(args), args.ctx, args.what);
    return input;
  }),
  define("torch.where", "condition, input=None, other=None", (args) => {
    if (!args.has("input")) return new Tuple(maskIndices(args.tensor("condition"), args.ctx));
    return where(args.tensor("condition"), args.operand("input"), args.operand("other"), args.ctx);
  }),
  define(".where", "input, condition, other", (args) =>
    where(args.tensor("condition"), args.tensor("input"), args.operand("other"), args.ctx),
  ),
  define("torch.isclose .isclose", "input, other, rtol=1e-05, atol=1e-08, equal_nan=False", close),
  define("torch.allclose .allclose", "input, other, rtol=1e-05, atol=1e-08, equal_nan=False", (args) =>
    close(args)
      .read()
      .every((value) => value !== 0),
  ),
  define("torch.equal .equal", "input, other", (args) => {
    const a = args.tensor("input");
    const b = args.tensor("other");
    if (shapeText(a.shape) !== shapeText(b.shape)) return false;
    const values = b.read();
    args.ctx.compute(a.numel);
    return a.read().every((value, i) => value === values[i]);
  }),
];

function extreme(args: Arguments, largest: boolean): Value {
  const input = args.tensor("input");
  const what = args.what;
  if (args.value("dim") instanceof Tensor) {
    return elementwise(largest ? "maximum" : "minimum", input, args.tensor("dim"), args.ctx);
  }
  if (!args.has("dim")) return reductions.extremes(what, input, undefined, false, largest, args.ctx);
  const dim = args.int("dim");
  const keepdim = args.bool("keepdim");
  const values = reductions.extremes(what, input, [dim], keepdim, largest, args.ctx);
  const indices = reductions.extremeIndices(what, input, dim, keepdim, largest, args.ctx);
  return named(["values", "indices"], [values, indices], what);
}

/** `x.var(False)` means the second parameter of the other form, `unbiased`. */
function spread(args: Arguments): Tensor {
  const first = args.value("dim");
  const unbiased = typeof first === "boolean" ? first : args.bool("unbiased");
  const dims = typeof first === "boolean" ? undefined : args.dims("dim");
  const correction = args.optionalInt("correction") ?? (unbiased ? 1 : 0);
  return reductions.variance(args.tensor("input"), dims, args.bool("keepdim"), correction, args.ctx);
}

const REDUCE = "input, dim=None, keepdim=False, *, dtype=None";
const SPREAD = "input, dim=None, unbiased=True, keepdim=False, *, correction=None";

/** What `F.softmax` takes for `dim` where a text leaves it out. */
function softmaxDim(args: Arguments, input: Tensor): number {
  if (args.has("dim")) return args.int("dim");
  return input.ndim === 0 || input.ndim === 1 || input.ndim === 3 ? 0 : 1;
}

function sorted(args: Arguments, width?: number): Value {
  const input = args.tensor("input");
  const descending = args.bool(width === undefined ? "descending" : "largest");
  const indices = reductions.sortedIndices(input, args.int("dim"), descending, args.ctx, width);
  if (args.what.endsWith("argsort")) return indices;
  return named(
    ["values", "indices"],
    [gather(input, args.int("dim"), indices, args.ctx), indices],
    args.what,
  );
}

function reduced(loss: Tensor, args: Arguments, weight = loss.numel): Tensor {
  const reduction = args.string("reduction");
  if (reduction === "none") return loss;
  const sum = reductions.sum(loss, undefined, false, args.ctx);
  if (reduction === "sum") return sum;
  if (reduction !== "mean") throw new DialectError(`${args.what}: reduction is "mean", "sum" or "none"`);
  return elementwise("div", sum, wrapped(weight, args.ctx), args.ctx);
}

function nllLoss(logprobs: Tensor, args: Arguments): Tensor {
  const target = args.tensor("target");
  if (logprobs.ndim !== 2 || target.ndim !== 1 || target.shape[0] !== logprobs.shape[0]) {
    throw new DialectError(`${args.what} takes (N, classes) and N targets, not ${logprobs} and ${target}`);
  }
  const picked = gather(logprobs, 1, views.unsqueeze(target, 1), args.ctx);
  return reduced(mapped("neg", views.squeeze(picked, [1]), args.ctx), args);
}

const REDUCTIONS: readonly Entry[] = [
  define("torch.sum .sum", REDUCE, (args) =>
    reductions.sum(asked(args, args.tensor("input")), args.dims("dim"), args.bool("keepdim"), args.ctx),
  ),
  define("torch.mean .mean", REDUCE, (args) =>
    reductions.mean(asked(args, args.tensor("input")), args.dims("dim"), args.bool("keepdim"), args.ctx),
  ),
  define("torch.prod .prod", REDUCE, (args) => {
    const dim = args.optionalInt("dim");
    const dims = dim === undefined ? undefined : [dim];
    return reductions.product(asked(args, args.tensor("input")), dims, args.bool("keepdim"), args.ctx);
  }),
  define("torch.var .var", SPREAD, spread),
  define("torch.std .std", SPREAD, (args) => mapped("sqrt", spread(args), args.ctx)),
  define("torch.norm .norm", "input, p=2, dim=None, keepdim=False", (args) => {
    if (Number(args.number("p")) !== 2)
      throw new DialectError(`${args.what}: the norm with p=2 only is understood`);
    return reductions.norm(args.tensor("input"), args.dims("dim"), args.bool("keepdim"), args.ctx);
  }),
  define("torch.max .max", "input, dim=None, keepdim=False", (args) => extreme(args, true)),
  define("torch.min .min", "input, dim=None, keepdim=False", (args) => extreme(args, false)),
  define("torch.amax .amax", "input, dim=None, keepdim=False", (args) =>
    reductions.extremes(
      args.what,
      args.tensor("input"),
      args.dims("dim"),
      args.bool("keepdim"),
      true,
      args.ctx,
    ),
  ),
  define("torch.amin .amin", "input, dim=None, keepdim=False", (args) =>
    reductions.extremes(
      args.what,
      args.tensor("input"),
      args.dims("dim"),
      args.bool("keepdim"),
      false,
      args.ctx,
    ),
  ),
  ...[true, false].map((largest) =>
    define(
      largest ? "torch.argmax .argmax" : "torch.argmin .argmin",
      "input, dim=None, keepdim=False",
      (args) =>
        reductions.extremeIndices(
          args.what,
          args.tensor("input"),
          args.optionalInt("dim"),
          args.bool("keepdim"),
          largest,
          args.ctx,
        ),
    ),
  ),
  ...[true, false].map((every) =>
    define(every ? "torch.all .all" : "torch.any .any", "input, dim=None, keepdim=False", (args) => {
      const dim = args.optionalInt("dim");
      const dims = dim === undefined ? undefined : [dim];
      return reductions.some(args.tensor("input"), dims, args.bool("keepdim"), every, args.ctx);
    }),
  ),
  define("torch.count_nonzero .count_nonzero", "input, dim=None", (args) =>
    reductions.countNonzero(args.tensor("input"), args.dims("dim"), args.ctx),
  ),
  define("torch.cumsum .cumsum", "input, dim, *, dtype=None", (args) =>
    reductions.cumsum(asked(args, args.tensor("input")), args.int("dim"), args.ctx),
  ),
  define("torch.logsumexp .logsumexp", "input, dim, keepdim=False", (args) =>
    reductions.logsumexp(args.tensor("input"), args.dims("dim"), args.bool("keepdim"), args.ctx),
  ),
  define("torch.softmax .softmax", "input, dim, dtype=None", (args) =>
    reductions.softmax(asked(args, args.tensor("input")), args.int("dim"), args.ctx),
  ),
  define("torch.log_softmax .log_softmax", "input, dim, dtype=None", (args) =>
    reductions.logSoftmax(asked(args, args.tensor("input")), args.int("dim"), args.ctx),
  ),
  define("F.softmax", "input, dim=None, _stacklevel=3, dtype=None", (args) => {
    const input = asked(args, args.tensor("input"));
    return reductions.softmax(input, softmaxDim(args, input), args.ctx);
  }),
  define("F.log_softmax", "input, dim=None, _stacklevel=3, dtype=None", (args) => {
    const input = asked(args, args.tensor("input"));
    return reductions.logSoftmax(input, softmaxDim(args, input), args.ctx);
  }),
  define("F.cross_entropy", "input, target, *, reduction='mean'", (args) =>
    nllLoss(reductions.logSoftmax(args.tensor("input"), 1, args.ctx), args),
  ),
  define("F.nll_loss", "input, target, *, reduction='mean'", (args) => nllLoss(args.tensor("input"), args)),
  define("F.mse_loss", "input, target, *, reduction='mean'", (args) => {
    const difference = elementwise("sub", args.tensor("input"), args.tensor("target"), args.ctx);
    return reduced(mapped("square", difference, args.ctx), args);
  }),
  define("torch.sort .sort torch.argsort .argsort", "input, dim=-1, descending=False", (args) =>
    sorted(args),
  ),
  define("torch.topk .topk", "input, k, dim=-1, largest=True, sorted=True", (args) => {
    const input = args.tensor("input");
    const k = args.int("k");
    const extent = input.shape[axisOf(args.int("dim"), input)] ?? 1;
    if (k < 0 || k > extent)
      throw new DialectError(`${args.what}: k is ${k}, and there are ${extent} elements`);
    return sorted(args, k);
  }),
];

function dot(args: Arguments): Tensor {
  const [a, b] = [args.tensor("input"), args.tensor("other")];
  if (a.ndim !== 1 || b.ndim !== 1)
    throw new DialectError(`${args.what} needs two vectors, not ${a} and ${b}`);
  return matmul(a, b, args.ctx);
}

function ofDims(args: Arguments, second: string, dims: readonly [number, number]): Tensor {
  const [a, b] = [args.tensor("input"), args.tensor(second)];
  if (a.ndim !== dims[0] || b.ndim !== dims[1]) {
    throw new DialectError(
      `${args.what} needs ${dims[0]} and ${dims[1]} dimensions, and gets ${a} and ${b}; @ takes any`,
    );
  }
  if (dims[0] === 3 && a.shape[0] !== b.shape[0]) {
    throw new DialectError(`${args.what} needs as many matrices on both sides, and gets ${a} and ${b}`);
  }
  return matmul(a, b, args.ctx);
}

const LINEAR: readonly Entry[] = [
  define("torch.matmul .matmul", "input, other", (args) =>
    matmul(args.tensor("input"), args.tensor("other"), args.ctx),
  ),
  define("torch.mm .mm", "input, mat2", (args) => ofDims(args, "mat2", [2, 2])),
  define("torch.bmm .bmm", "input, mat2", (args) => ofDims(args, "mat2", [3, 3])),
  define("torch.mv .mv", "input, vec", (args) => ofDims(args, "vec", [2, 1])),
  define("torch.dot .dot torch.inner .inner", "input, other", dot),
  define("torch.outer .outer torch.ger .ger", "input, vec2", (args) => {
    const [a, b] = [args.tensor("input"), args.tensor("vec2")];
    if (a.ndim !== 1 || b.ndim !== 1)
      throw new DialectError(`${args.what} needs two vectors, not ${a} and ${b}`);
    return elementwise("mul", views.unsqueeze(a, 1), views.unsqueeze(b, 0), args.ctx);
  }),
  define("torch.einsum", "equation, *operands", (args) =>
    einsum(args.string("equation"), args.tensors("operands"), args.ctx),
  ),
  define("F.linear", "input, weight, bias=None", (args) => {
    const out = matmul(args.tensor("input"), views.transposed(args.tensor("weight")), args.ctx);
    return args.has("bias") ? elementwise("add", out, args.tensor("bias"), args.ctx) : out;
  }),
  define("torch.trace .trace", "input", (args) =>
    reductions.sum(views.diagonal(args.tensor("input"), 0, 0, 1), undefined, false, args.ctx),
  ),
];

const VIEWS: readonly Entry[] = [
  define(".view", "input, *size", (args) => views.view(args.tensor("input"), args.ints("size"))),
  define(".view_as", "input, other", (args) => views.view(args.tensor("input"), args.tensor("other").shape)),
  define(".reshape", "input, *shape", (args) =>
    views.reshape(args.tensor("input"), args.ints("shape"), args.ctx),
  ),
  define("torch.reshape", "input, shape", (args) =>
    views.reshape(args.tensor("input"), args.ints("shape"), args.ctx),
  ),
  define(".reshape_as", "input, other", (args) =>
    views.reshape(args.tensor("input"), args.tensor("other").shape, args.ctx),
  ),
  define("torch.flatten .flatten", "input, start_dim=0, end_dim=-1", (args) =>
    views.flatten(args.tensor("input"), args.int("start_dim"), args.int("end_dim"), args.ctx),
  ),
  define("torch.ravel .ravel", "input", (args) => views.flatten(args.tensor("input"), 0, -1, args.ctx)),
  define(".expand", "input, *size", (args) =>
    views.expand(args.what, args.tensor("input"), args.ints("size"), args.ctx),
  ),
  define(".expand_as", "input, other", (args) =>
    views.expand(args.what, args.tensor("input"), args.tensor("other").shape, args.ctx),
  ),
  define("torch.broadcast_to .broadcast_to", "input, size", (args) =>
    views.expand(args.what, args.tensor("input"), args.ints("size"), args.ctx),
  ),
  define(
    "torch.broadcast_tensors",
    "*tensors",
    (args) => new Tuple(broadcastAll(args.what, args.tensors("tensors"), args.ctx)),
  ),
  define("torch.t .t", "input", (args) => views.transposed(args.tensor("input"))),
  define(
    "torch.transpose .transpose torch.swapaxes .swapaxes torch.swapdims .swapdims",
    "input, dim0, dim1",
    (args) => views.transpose(args.tensor("input"), args.int("dim0"), args.int("dim1")),
  ),
  define(".permute", "input, *dims", (args) => views.permute(args.tensor("input"), args.ints("dims"))),
  define("torch.permute", "input, dims", (args) => views.permute(args.tensor("input"), args.ints("dims"))),
  define("torch.unsqueeze .unsqueeze", "input, dim", (args) =>
    views.unsqueeze(args.tensor("input"), args.int("dim")),
  ),
  define("torch.squeeze .squeeze", "input, dim=None", (args) => {
    const dim = args.optionalInt("dim");
    return views.squeeze(args.tensor("input"), dim === undefined ? undefined : [dim]);
  }),
  define("torch.narrow .narrow", "input, dim, start, length", (args) =>
    views.narrow(args.what, args.tensor("input"), args.int("dim"), args.int("start"), args.int("length")),
  ),
  define("torch.select .select", "input, dim, index", (args) =>
    views.select(args.what, args.tensor("input"), args.int("dim"), args.int("index")),
  ),
  define("torch.diagonal .diagonal", "input, offset=0, dim1=0, dim2=1", (args) =>
    views.diagonal(args.tensor("input"), args.int("offset"), args.int("dim1"), args.int("dim2")),
  ),
  define("torch.diag .diag", "input, diagonal=0", diag),
  define("torch.unbind .unbind", "input, dim=0", (args) => {
    const input = args.tensor("input");
    const axis = axisOf(args.int("dim"), input);
    const length = input.shape[axis] ?? 0;
    return new Tuple(Array.from({ length }, (_, i) => views.select(args.what, input, axis, i)));
  }),
  define("torch.split .split", "input, split_size_or_sections, dim=0", (args) => {
    const sections = args.dims("split_size_or_sections")!;
    const whole = typeof args.value("split_size_or_sections") === "bigint";
    return pieces(args, whole ? undefined : sections, sections[0]);
  }),
  define("torch.chunk .chunk", "input, chunks, dim=0", (args) => {
    const input = args.tensor("input");
    const chunks = args.int("chunks");
    if (chunks < 1) throw new DialectError(`${args.what}: chunks must be positive, not ${chunks}`);
    return pieces(args, undefined, Math.ceil((input.shape[axisOf(args.int("dim"), input)] ?? 1) / chunks));
  }),
  define(".detach torch.detach .cpu .requires_grad_", "input, *args", alias),
  define("torch.clone .clone", "input, *, memory_format=None", (args) =>
    clone(args.tensor("input"), args.ctx),
  ),
  define(".contiguous", "input", (args) => {
    const input = args.tensor("input");
    return input.contiguous ? input : clone(input, args.ctx);
  }),
];

/** Another tensor over the same storage. `.cpu()` and the like do nothing, and return the tensor itself. */
function alias(args: Arguments): Tensor {
  const input = args.tensor("input");
  return args.what.endsWith("detach") ? input.as(input.shape, input.strides) : input;
}

/** A matrix's diagonal, or the matrix with this diagonal; both are copies. */
function diag(args: Arguments): Tensor {
  const input = args.tensor("input");
  const shift = args.int("diagonal");
  if (input.ndim === 2) return clone(views.diagonal(input, shift, 0, 1), args.ctx);
  if (input.ndim !== 1) throw new DialectError(`${args.what} needs one or two dimensions, not ${input}`);
  const size = input.shape[0] + Math.abs(shift);
  const out = filled(input.dtype, [size, size], 0, args.ctx);
  assign(views.diagonal(out, shift, 0, 1), input, args.ctx, args.what);
  return out;
}

function pieces(args: Arguments, sections: readonly number[] | undefined, size: number): Tuple {
  const input = args.tensor("input");
  const axis = axisOf(args.int("dim"), input);
  const extent = input.shape[axis] ?? 1;
  if (!sections && size < 1)
    throw new DialectError(`${args.what}: the size of a piece must be positive, not ${size}`);
  const lengths =
    sections ??
    Array.from({ length: Math.max(1, Math.ceil(extent / size)) }, (_, i) =>
      Math.min(size, extent - i * size),
    );
  if (lengths.reduce((sum, length) => sum + length, 0) !== extent) {
    throw new DialectError(
      `${args.what}: the pieces (${lengths.join(", ")}) do not add up to the ${extent} of ${input}`,
    );
  }
  let start = 0;
  return new Tuple(
    lengths.map((length) => {
      const piece = views.narrow(args.what, input, axis, start, length);
      start += length;
      return piece;
    }),
  );
}

const JOINS: readonly Entry[] = [
  define("torch.cat torch.concat torch.concatenate", "tensors, dim=0", (args) =>
    cat(args.what, args.tensors("tensors"), args.int("dim"), args.ctx),
  ),
  define("torch.stack", "tensors, dim=0", (args) =>
    stack(args.what, args.tensors("tensors"), args.int("dim"), args.ctx),
  ),
  define("torch.hstack", "tensors", (args) => {
    const tensors = args
      .tensors("tensors")
      .map((tensor) => (tensor.ndim === 0 ? tensor.as([1], [1]) : tensor));
    return cat(args.what, tensors, tensors[0]?.ndim === 1 ? 0 : 1, args.ctx);
  }),
  define("torch.vstack", "tensors", (args) => {
    const tensors = args.tensors("tensors").map((tensor) => {
      const row = tensor.ndim === 0 ? tensor.as([1], [1]) : tensor;
      return row.ndim === 1 ? views.unsqueeze(row, 0) : row;
    });
    return cat(args.what, tensors, 0, args.ctx);
  }),
  define(".repeat", "input, *sizes", (args) => repeat(args.tensor("input"), args.ints("sizes"), args.ctx)),
  define(".tile torch.tile", "input, *dims", (args) => {
    const input = args.tensor("input");
    const dims = args.ints("dims");
    return repeat(input, [...Array(Math.max(0, input.ndim - dims.length)).fill(1), ...dims], args.ctx);
  }),
  define("torch.repeat_interleave .repeat_interleave", "input, repeats, dim=None", (args) => {
    const times = args.int("repeats");
    const dim = args.optionalInt("dim");
    const input =
      dim === undefined ? views.flatten(args.tensor("input"), 0, -1, args.ctx) : args.tensor("input");
    const axis = axisOf(dim ?? 0, input);
    checkedShape(args.what, [times]);
    args.ctx.allocate(input.shape[axis] * times);
    const rows = Array.from({ length: input.shape[axis] * times }, (_, i) => Math.floor(i / times));
    return indexSelect(input, axis, tensorOf("int64", [rows.length], rows, args.ctx), args.ctx);
  }),
  define(".flip torch.flip", "input, *dims", (args) => {
    let out = args.tensor("input");
    for (const dim of args.ints("dims")) {
      const extent = out.shape[axisOf(dim, out)] ?? 1;
      const rows = Array.from({ length: extent }, (_, i) => extent - 1 - i);
      out = indexSelect(out, dim, tensorOf("int64", [extent], rows, args.ctx), args.ctx);
    }
    return out;
  }),
  define("torch.tril .tril torch.triu .triu", "input, diagonal=0", (args) => {
    const shift = args.int("diagonal");
    const lower = args.what.endsWith("tril");
    const keeps = (row: number, column: number) => (lower ? column - row <= shift : column - row >= shift);
    return triangle(args.what, args.tensor("input"), keeps, args.ctx);
  }),
  define("F.one_hot", "input, num_classes=-1", (args) =>
    oneHot(args.what, args.tensor("input"), args.int("num_classes"), args.ctx),
  ),
];

/** A tensor, or a number, as `scatter_` and `index_fill_` take it. */
function source(args: Arguments, name: string): Tensor | number {
  const value = args.value(name);
  return value instanceof Tensor ? value : args.ctx.round(Number(args.number(name)));
}

function scatterInto(input: Tensor, args: Arguments, how: Combine): Tensor {
  const from = args.has("value") ? "value" : "src";
  return scatter(args.what, input, args.int("dim"), args.tensor("index"), source(args, from), how, args.ctx);
}

function scatterHow(args: Arguments): Combine {
  if (!args.has("reduce")) return "set";
  const reduce = args.string("reduce");
  if (reduce !== "add" && reduce !== "multiply")
    throw new DialectError(`${args.what}: reduce is "add" or "multiply"`);
  return reduce;
}

function addInto(input: Tensor, args: Arguments): Tensor {
  const scale = Number(args.number("alpha"));
  const from = args.tensor("source");
  return indexAdd(args.what, input, args.int("dim"), args.tensor("index"), from, scale, "add", args.ctx);
}

function maskFill(input: Tensor, args: Arguments): Tensor {
  const mask = args.tensor("mask");
  if (mask.dtype !== "bool")
    throw new DialectError(`${args.what} needs a bool mask, and ${mask} is ${mask.dtype}`);
  const [wide] = broadcastAll(args.what, [mask, input], args.ctx);
  if (shapeText(wide.shape) !== shapeText(input.shape))
    throw new DialectError(`${args.what}: ${mask} does not fit ${input}`);
  const value = wrapped(args.number("value"), args.ctx);
  if (promoted(value.dtype, input.dtype) !== input.dtype) {
    throw new DialectError(`${args.what}: ${input}, ${input.dtype}, cannot hold a ${value.dtype}`);
  }
  setItem(input, wide, args.value("value"), args.ctx);
  return input;
}

/** The method with `_` changes its tensor; the one without changes a copy. */
function both(name: string, parameters: string, run: (input: Tensor, args: Arguments) => Tensor): Entry[] {
  return [
    define(`.${name}_`, parameters, (args) => run(args.tensor("input"), args)),
    define(`torch.${name} .${name}`, parameters, (args) => run(clone(args.tensor("input"), args.ctx), args)),
  ];
}

const INDEXING: readonly Entry[] = [
  define("torch.gather .gather", "input, dim, index", (args) =>
    gather(args.tensor("input"), args.int("dim"), args.tensor("index"), args.ctx),
  ),
  define("torch.take .take", "input, index", (args) =>
    take(args.tensor("input"), args.tensor("index"), args.ctx),
  ),
  define("torch.index_select .index_select", "input, dim, index", (args) =>
    indexSelect(args.tensor("input"), args.int("dim"), args.tensor("index"), args.ctx),
  ),
  define("F.embedding", "input, weight", (args) => {
    if (args.tensor("input").dtype !== "int64") throw new DialectError(`${args.what} needs int64 indices`);
    return getItem(args.tensor("weight"), args.tensor("input"), args.ctx);
  }),
  define("torch.masked_select .masked_select", "input, mask", (args) => {
    const [input, mask] = broadcastAll(args.what, [args.tensor("input"), args.tensor("mask")], args.ctx);
    if (mask.dtype !== "bool")
      throw new DialectError(`${args.what} needs a bool mask, and ${mask} is ${mask.dtype}`);
    return getItem(input, mask, args.ctx);
  }),
  define("torch.nonzero .nonzero", "input, *, as_tuple=False", (args) => {
    const found = maskIndices(args.tensor("input"), args.ctx);
    if (args.bool("as_tuple")) return new Tuple(found);
    if (found.length === 0) return empty("int64", [args.tensor("input").scalar === 0 ? 0 : 1, 0], args.ctx);
    return stack(args.what, found, 1, args.ctx);
  }),
  ...both("scatter", "input, dim, index, src=None, value=None, reduce=None", (input, args) =>
    scatterInto(input, args, scatterHow(args)),
  ),
  ...both("scatter_add", "input, dim, index, src", (input, args) => {
    args.tensor("src");
    return scatterInto(input, args, "add");
  }),
  ...both("index_add", "input, dim, index, source, *, alpha=1", addInto),
  ...both("index_copy", "input, dim, index, source", (input, args) =>
    indexAdd(
      args.what,
      input,
      args.int("dim"),
      args.tensor("index"),
      args.tensor("source"),
      1,
      "set",
      args.ctx,
    ),
  ),
  ...both("index_fill", "input, dim, index, value", (input, args) => {
    const value = args.ctx.round(Number(args.number("value")));
    return indexAdd(args.what, input, args.int("dim"), args.tensor("index"), value, 1, "set", args.ctx);
  }),
  ...both("masked_fill", "input, mask, value", maskFill),
  ...both("index_put", "input, indices, values, accumulate=False", (input, args) => {
    const index = args.value("indices");
    const items = index instanceof Tuple || index instanceof List ? index.items : [index];
    if (!args.bool("accumulate")) {
      setItem(input, new Tuple(items), args.tensor("values"), args.ctx);
      return input;
    }
    // Adding through a flat index counts repeated places as often as they come.
    const numbers = tensorOf(
      "int64",
      input.shape,
      Float64Array.from({ length: input.numel }, (_, i) => i),
      args.ctx,
    );
    const places = getItem(numbers, new Tuple(items), args.ctx) as Tensor;
    const values = views.expand(args.what, args.tensor("values"), places.shape, args.ctx);
    const flat = views.flatten(input, 0, -1, args.ctx);
    const added = indexAdd(
      args.what,
      flat,
      0,
      views.flatten(places, 0, -1, args.ctx),
      views.flatten(values, 0, -1, args.ctx),
      1,
      "add",
      args.ctx,
    );
    if (added.storage !== input.storage) assign(input, views.view(added, input.shape), args.ctx, args.what);
    return input;
  }),
  define(".fill_", "input, value", (args) => {
    assign(args.tensor("input"), args.operand("value"), args.ctx, args.what, true);
    return args.tensor("input");
  }),
  define(".zero_", "input", (args) => {
    assign(args.tensor("input"), wrapped(0n, args.ctx), args.ctx, args.what, true);
    return args.tensor("input");
  }),
  define(".copy_", "input, src, non_blocking=False", (args) => {
    assign(args.tensor("input"), args.tensor("src"), args.ctx, args.what, true);
    return args.tensor("input");
  }),
];

const TYPES: readonly Entry[] = [
  ...["float", "double", "long", "int", "bool"].map((name) => {
    const full = DTYPE_ALIASES.find(([alias]) => alias === name)?.[1] ?? name;
    const dtype = DTYPES.find((known) => known.name === full)!;
    return define(`.${name}`, "input", (args) => converted(args.tensor("input"), dtype, args));
  }),
  define(".to", "input, *args, dtype=None, device=None, copy=False", (args) => {
    const input = args.tensor("input");
    const given = args.value("args");
    const first = given instanceof Tuple ? given.items[0] : null;
    const dtype = first instanceof DtypeValue ? first : args.dtype("dtype");
    const out = first instanceof Tensor ? converted(input, dtypeValue(first.dtype), args) : input;
    const typed = dtype ? converted(out, dtype, args) : out;
    return args.bool("copy") && typed === input ? clone(typed, args.ctx) : typed;
  }),
  define(".type", "input, dtype", (args) => converted(args.tensor("input"), args.dtype("dtype")!, args)),
  define(".type_as", "input, other", (args) =>
    converted(args.tensor("input"), dtypeValue(args.tensor("other").dtype), args),
  ),
  define(".item", "input", (args) => itemOf(args.tensor("input"))),
  define(".tolist", "input", (args) => nested(args.tensor("input"), args)),
  define("torch.numel .numel .nelement", "input", (args) => BigInt(args.tensor("input").numel)),
  define(".dim .ndimension", "input", (args) => BigInt(args.tensor("input").ndim)),
  define(".size", "input, dim=None", (args) => {
    const input = args.tensor("input");
    if (!args.has("dim")) return sizeValue(input.shape);
    const extent = input.shape[axisOf(args.int("dim"), input)];
    if (extent === undefined)
      throw new DialectError(`${args.what}: a tensor without dimensions has no size(0)`);
    return BigInt(extent);
  }),
  define(".stride", "input, dim=None", (args) => {
    const input = args.tensor("input");
    if (!args.has("dim")) return new Tuple(input.strides.map(BigInt));
    return BigInt(input.strides[axisOf(args.int("dim"), input)] ?? 0);
  }),
  define(".is_contiguous", "input", (args) => args.tensor("input").contiguous),
  define("torch.is_tensor", "obj", (args) => args.value("obj") instanceof Tensor),
];

function nested(tensor: Tensor, args: Arguments): Value {
  if (tensor.ndim === 0) return itemOf(tensor);
  args.ctx.compute(tensor.shape[0]);
  args.ctx.allocate(tensor.shape[0]);
  return new List(
    Array.from({ length: tensor.shape[0] }, (_, i) => nested(views.select(args.what, tensor, 0, i), args)),
  );
}

/** Everything of torch that is understood; calls, refusals and the table in the docs all follow from it. */
export const ENTRIES: readonly Entry[] = [
  ...CREATION,
  ...ELEMENTWISE,
  ...REDUCTIONS,
  ...LINEAR,
  ...VIEWS,
  ...JOINS,
  ...INDEXING,
  ...TYPES,
];
