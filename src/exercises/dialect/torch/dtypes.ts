import type { Arguments } from "../arguments.ts";
import { clone, type DType, type Tensor } from "../tensor.ts";
import { DtypeValue } from "../values.ts";

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
export function converted(tensor: Tensor, to: DtypeValue, args: Arguments): Tensor {
  if (to === dtypeValue(tensor.dtype)) return tensor;
  return clone(tensor, args.ctx, to.dtype);
}

/** A function's result in the type that `dtype=` asks for. */
export function asked(args: Arguments, input: Tensor): Tensor {
  const dtype = args.dtype("dtype");
  return dtype && dtype.dtype !== input.dtype ? clone(input, args.ctx, dtype.dtype) : input;
}
