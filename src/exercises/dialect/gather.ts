import type { Context } from "./context.ts";
import { checkWritable } from "./elementwise.ts";
import { DialectError } from "./error.ts";
import { axisOf, cast, empty, offsetsOf, shapeText, type Tensor } from "./tensor.ts";
import { narrow } from "./views.ts";

function checkIndex(what: string, index: Tensor): void {
  if (index.dtype !== "int64") {
    throw new DialectError(`${what}: the index must be int64, and ${index} is ${index.dtype}; use .long()`);
  }
}

/** A tensor without dimensions counts as one element along one dimension. */
function atLeast1d(tensor: Tensor): Tensor {
  return tensor.ndim === 0 ? tensor.as([1], [1]) : tensor;
}

/** For each element of `index`: the place in `tensor` with that index along `axis`, and its own place otherwise. */
function places(what: string, tensor: Tensor, axis: number, index: Tensor): Int32Array {
  const bare = offsetsOf(
    index.shape,
    tensor.strides.map((stride, at) => (at === axis ? 0 : stride)),
    tensor.offset,
  );
  const extent = tensor.shape[axis];
  const stride = tensor.strides[axis];
  const values = index.read();
  for (let i = 0; i < bare.length; i++) {
    if (values[i] < 0 || values[i] >= extent) {
      throw new DialectError(
        `${what}: index ${values[i]} is out of bounds for dimension ${axis} with size ${extent} of ${tensor}`,
      );
    }
    bare[i] += values[i] * stride;
  }
  return bare;
}

function checkSizes(what: string, index: Tensor, other: Tensor, except: number): void {
  const fits =
    index.ndim === other.ndim &&
    index.shape.every((extent, axis) => axis === except || extent <= other.shape[axis]);
  if (fits) return;
  const why =
    index.ndim === other.ndim
      ? `it may be larger in no dimension${except < 0 ? "" : ` but ${except}`}`
      : `it has ${index.ndim} and not ${other.ndim} dimensions`;
  throw new DialectError(
    `${what}: the index of shape ${shapeText(index.shape)} does not fit ${other}: ${why}`,
  );
}

/** `x.gather(dim, index)`: out[i][j] = x[index[i][j]][j] for dim 0. */
export function gather(tensor: Tensor, dim: number, index: Tensor, ctx: Context): Tensor {
  checkIndex(".gather", index);
  const axis = axisOf(dim, tensor);
  const from = atLeast1d(tensor);
  const at = atLeast1d(index);
  if (index.numel > 0) checkSizes(".gather", at, from, axis);
  ctx.compute(index.numel);
  const out = empty(tensor.dtype, index.shape, ctx);
  if (index.numel === 0) return out;
  const where = places(".gather", from, axis, at);
  for (let i = 0; i < where.length; i++) out.storage.values[i] = from.storage.values[where[i]];
  return out;
}

export type Combine = "set" | "add" | "multiply";

function combined(old: number, value: number, how: Combine): number {
  return how === "set" ? value : how === "add" ? old + value : old * value;
}

/** `x.scatter_(dim, index, source)`: x[index[i][j]][j] = source[i][j] for dim 0, or += where `how` is "add". */
export function scatter(
  what: string,
  tensor: Tensor,
  dim: number,
  index: Tensor,
  source: Tensor | number,
  how: Combine,
  ctx: Context,
): Tensor {
  checkIndex(what, index);
  const axis = axisOf(dim, tensor);
  const into = atLeast1d(tensor);
  const at = atLeast1d(index);
  checkWritable(tensor);
  if (index.numel === 0) return tensor;
  checkSizes(what, at, into, axis);
  let values: ArrayLike<number> | undefined;
  if (typeof source !== "number") {
    if (source.dtype !== tensor.dtype) {
      throw new DialectError(
        `${what}: ${source} is ${source.dtype} and ${tensor} ${tensor.dtype}; both must be one type`,
      );
    }
    const from = atLeast1d(source);
    checkSizes(what, at, from, -1);
    values = from.as(at.shape, from.strides).read().slice();
  }
  const where = places(what, into, axis, at);
  ctx.compute(where.length);
  const target = into.storage.values;
  for (let i = 0; i < where.length; i++) {
    target[where[i]] = cast(
      combined(target[where[i]], values ? values[i] : (source as number), how),
      tensor.dtype,
    );
  }
  tensor.storage.version++;
  return tensor;
}

function indexVector(what: string, index: Tensor): ArrayLike<number> {
  checkIndex(what, index);
  if (index.ndim > 1)
    throw new DialectError(`${what}: the index must have one dimension, and ${index} has ${index.ndim}`);
  return atLeast1d(index).read();
}

/** `x.index_select(dim, index)`: the slices of `dim` that the index names, as a copy. */
export function indexSelect(tensor: Tensor, dim: number, index: Tensor, ctx: Context): Tensor {
  const rows = indexVector(".index_select", index);
  const axis = axisOf(dim, tensor);
  const from = atLeast1d(tensor);
  const shape = from.shape.with(axis, rows.length);
  const out = empty(tensor.dtype, shape, ctx);
  ctx.compute(out.numel);
  for (let i = 0; i < rows.length; i++) {
    const slice = sliceAt(".index_select", from, axis, rows[i]).read();
    const where = narrow("", out, axis, i, 1).offsets();
    for (let k = 0; k < where.length; k++) out.storage.values[where[k]] = slice[k];
  }
  return tensor.ndim === 0 ? out.as([], []) : out;
}

function sliceAt(what: string, tensor: Tensor, axis: number, index: number): Tensor {
  if (index < 0 || index >= tensor.shape[axis]) {
    throw new DialectError(
      `${what}: index ${index} is out of bounds for dimension ${axis} with size ${tensor.shape[axis]} of ${tensor}`,
    );
  }
  return narrow(what, tensor, axis, index, 1);
}

/** `x.index_add_(dim, index, source)`: x[index[i]] += source[i] for dim 0; repeated indices all count. */
export function indexAdd(
  what: string,
  tensor: Tensor,
  dim: number,
  index: Tensor,
  source: Tensor | number,
  scale: number,
  how: Combine,
  ctx: Context,
): Tensor {
  const rows = indexVector(what, index);
  const axis = axisOf(dim, tensor);
  const into = atLeast1d(tensor);
  checkWritable(tensor);
  let from: Tensor | undefined;
  if (typeof source !== "number") {
    if (source.dtype !== tensor.dtype) {
      throw new DialectError(
        `${what}: ${source} is ${source.dtype} and ${tensor} ${tensor.dtype}; both must be one type`,
      );
    }
    from = atLeast1d(source);
    const expected = into.shape.with(axis, rows.length);
    if (from.ndim !== into.ndim || expected.some((extent, at) => extent !== from!.shape[at])) {
      throw new DialectError(
        `${what}: the source must have shape ${shapeText(expected)}, one slice for each index, and ${source} has not`,
      );
    }
    if (from.storage === into.storage)
      throw new DialectError(`${what}: ${source} and ${tensor} share memory; .clone() one`);
  }
  const target = into.storage.values;
  for (let i = 0; i < rows.length; i++) {
    const where = sliceAt(what, into, axis, rows[i]).offsets();
    const values = from ? narrow(what, from, axis, i, 1).read() : undefined;
    // A slice of its own costs as much as many elements, even if it has none.
    ctx.compute(where.length + 40);
    for (let k = 0; k < where.length; k++) {
      const value = values ? values[k] * scale : (source as number);
      target[where[k]] = cast(combined(target[where[k]], value, how), tensor.dtype);
    }
  }
  tensor.storage.version++;
  return tensor;
}

/** `x.take(index)`: as if `x` had one dimension. */
export function take(tensor: Tensor, index: Tensor, ctx: Context): Tensor {
  checkIndex(".take", index);
  const from = tensor.read();
  const at = index.read();
  ctx.compute(index.numel);
  const out = empty(tensor.dtype, index.shape, ctx);
  for (let i = 0; i < at.length; i++) {
    if (at[i] < -from.length || at[i] >= from.length) {
      throw new DialectError(
        `.take: index ${at[i]} is out of bounds for the ${from.length} elements of ${tensor}`,
      );
    }
    out.storage.values[i] = from[at[i] < 0 ? at[i] + from.length : at[i]];
  }
  return out;
}
