import type { Arguments } from "../arguments.ts";
import { stack } from "../creation.ts";
import { assign, broadcastAll, promoted, wrapped } from "../elementwise.ts";
import { DialectError } from "../error.ts";
import { type Combine, gather, indexAdd, indexSelect, scatter, take } from "../gather.ts";
import { getItem, maskIndices, setItem } from "../indexing.ts";
import { define, type Entry } from "../registry.ts";
import { clone, empty, shapeText, Tensor, tensorOf } from "../tensor.ts";
import { List, Tuple } from "../values.ts";
import * as views from "../views.ts";

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

export const INDEXING: readonly Entry[] = [
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
