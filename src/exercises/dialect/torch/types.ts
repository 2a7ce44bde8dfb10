import { type Arguments, itemOf } from "../arguments.ts";
import { DialectError } from "../error.ts";
import { define, type Entry } from "../registry.ts";
import { axisOf, clone, Tensor } from "../tensor.ts";
import { DtypeValue, List, sizeValue, Tuple, type Value } from "../values.ts";
import { select } from "../views.ts";
import { converted, DTYPE_ALIASES, DTYPES, dtypeValue } from "./dtypes.ts";

function nested(tensor: Tensor, args: Arguments): Value {
  if (tensor.ndim === 0) return itemOf(tensor);
  // Each item is a view of its own.
  args.ctx.compute(4 * tensor.shape[0]);
  args.ctx.allocate(tensor.shape[0]);
  return new List(
    Array.from({ length: tensor.shape[0] }, (_, i) => nested(select(args.what, tensor, 0, i), args)),
  );
}

export const TYPES: readonly Entry[] = [
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
