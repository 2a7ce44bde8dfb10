import type { Context } from "./context.ts";
import { DialectError } from "./error.ts";
import { axisOf, type DType, empty, type Tensor, tensorOf } from "./tensor.ts";
import { permute } from "./views.ts";

/** A tensor as rows of what is reduced: `values` holds `count` rows of `length`, one for each element of the result. */
interface Rows {
  readonly values: Float32Array | Float64Array;
  readonly count: number;
  readonly length: number;
  /** The result's shape. */
  readonly shape: number[];
}

function rowsOf(tensor: Tensor, dims: readonly number[] | undefined, keepdim: boolean): Rows {
  const all = tensor.shape.map((_, axis) => axis);
  const reduced = dims === undefined || dims.length === 0 ? all : dims.map((dim) => axisOf(dim, tensor));
  if (new Set(reduced).size !== reduced.length) {
    throw new DialectError(`a dimension is named twice in (${dims?.join(", ")})`);
  }
  // In a tensor without axes, dim=0 names nothing.
  const inside = all.filter((axis) => reduced.includes(axis));
  const kept = all.filter((axis) => !reduced.includes(axis));
  const length = inside.reduce((size, axis) => size * tensor.shape[axis], 1);
  const count = kept.reduce((size, axis) => size * tensor.shape[axis], 1);
  const shape = keepdim
    ? tensor.shape.map((extent, axis) => (reduced.includes(axis) ? 1 : extent))
    : kept.map((axis) => tensor.shape[axis]);
  return { values: permute(tensor, [...kept, ...inside]).read(), count, length, shape };
}

/** One number for each row. */
function reduce(
  tensor: Tensor,
  dims: readonly number[] | undefined,
  keepdim: boolean,
  dtype: DType,
  ctx: Context,
  of: (values: Float32Array | Float64Array, start: number, end: number) => number,
): Tensor {
  const { values, count, length, shape } = rowsOf(tensor, dims, keepdim);
  ctx.compute(tensor.numel);
  const out = empty(dtype, shape, ctx);
  for (let i = 0; i < count; i++) out.storage.values[i] = of(values, i * length, (i + 1) * length);
  return out;
}

type Dims = readonly number[] | undefined;

function total(values: Float32Array | Float64Array, start: number, end: number): number {
  let sum = 0;
  for (let i = start; i < end; i++) sum += values[i];
  return sum;
}

function needsFloat(what: string, tensor: Tensor): void {
  if (tensor.dtype !== "float")
    throw new DialectError(`${what} needs floats, and ${tensor} is ${tensor.dtype}; use .float()`);
}

export function sum(tensor: Tensor, dims: Dims, keepdim: boolean, ctx: Context): Tensor {
  return reduce(tensor, dims, keepdim, tensor.dtype === "float" ? "float" : "int64", ctx, total);
}

export function mean(tensor: Tensor, dims: Dims, keepdim: boolean, ctx: Context): Tensor {
  needsFloat("mean", tensor);
  return reduce(tensor, dims, keepdim, "float", ctx, (v, start, end) => total(v, start, end) / (end - start));
}

/** The mean of the squared distances from the mean, over n - `correction`. */
export function variance(
  tensor: Tensor,
  dims: Dims,
  keepdim: boolean,
  correction: number,
  ctx: Context,
): Tensor {
  needsFloat("var", tensor);
  return reduce(tensor, dims, keepdim, "float", ctx, (v, start, end) => {
    const middle = total(v, start, end) / (end - start);
    let squares = 0;
    for (let i = start; i < end; i++) squares += (v[i] - middle) ** 2;
    return squares / Math.max(0, end - start - correction);
  });
}

export function product(tensor: Tensor, dims: Dims, keepdim: boolean, ctx: Context): Tensor {
  return reduce(tensor, dims, keepdim, tensor.dtype === "float" ? "float" : "int64", ctx, (v, start, end) => {
    let out = 1;
    for (let i = start; i < end; i++) out *= v[i];
    return out;
  });
}

/** The square root of the sum of squares. */
export function norm(tensor: Tensor, dims: Dims, keepdim: boolean, ctx: Context): Tensor {
  needsFloat("norm", tensor);
  return reduce(tensor, dims, keepdim, "float", ctx, (v, start, end) => {
    let squares = 0;
    for (let i = start; i < end; i++) squares += v[i] * v[i];
    return Math.sqrt(squares);
  });
}

export function some(tensor: Tensor, dims: Dims, keepdim: boolean, every: boolean, ctx: Context): Tensor {
  return reduce(tensor, dims, keepdim, "bool", ctx, (v, start, end) => {
    for (let i = start; i < end; i++) if ((v[i] !== 0) !== every) return every ? 0 : 1;
    return every ? 1 : 0;
  });
}

export function countNonzero(tensor: Tensor, dims: Dims, ctx: Context): Tensor {
  return reduce(tensor, dims, false, "int64", ctx, (v, start, end) => {
    let count = 0;
    for (let i = start; i < end; i++) if (v[i] !== 0) count++;
    return count;
  });
}

/** Where the largest (or smallest) of a row is: the first of equal ones, and a NaN before all. */
function extremeAt(v: Float32Array | Float64Array, start: number, end: number, largest: boolean): number {
  let at = start;
  for (let i = start; i < end && !Number.isNaN(v[at]); i++) {
    if (Number.isNaN(v[i]) || (largest ? v[i] > v[at] : v[i] < v[at])) at = i;
  }
  return at - start;
}

function notEmpty(what: string, tensor: Tensor, dims: Dims): void {
  const over = dims?.map((dim) => tensor.shape[axisOf(dim, tensor)]) ?? tensor.shape;
  if (over.includes(0)) throw new DialectError(`${what} of no elements: ${tensor}`);
}

/** The largest (or smallest) values. */
export function extremes(
  what: string,
  tensor: Tensor,
  dims: Dims,
  keepdim: boolean,
  largest: boolean,
  ctx: Context,
): Tensor {
  notEmpty(what, tensor, dims);
  return reduce(
    tensor,
    dims,
    keepdim,
    tensor.dtype,
    ctx,
    (v, start, end) => v[start + extremeAt(v, start, end, largest)],
  );
}

/** Where they are. Without a dimension, the place is counted in row-major order. */
export function extremeIndices(
  what: string,
  tensor: Tensor,
  dim: number | undefined,
  keepdim: boolean,
  largest: boolean,
  ctx: Context,
): Tensor {
  const dims = dim === undefined ? undefined : [dim];
  notEmpty(what, tensor, dims);
  return reduce(tensor, dims, keepdim, "int64", ctx, (v, start, end) => extremeAt(v, start, end, largest));
}

/** A tensor of the same shape, made row by row along one dimension. */
function alongRows(
  tensor: Tensor,
  dim: number,
  dtype: DType,
  ctx: Context,
  of: (row: Float32Array | Float64Array) => ArrayLike<number>,
): Tensor {
  return rowsTo(tensor, dim, dtype, tensor.shape[axisOf(dim, tensor)] ?? 1, ctx, of);
}

/** As `alongRows`, with rows of another length. */
function rowsTo(
  tensor: Tensor,
  dim: number,
  dtype: DType,
  width: number,
  ctx: Context,
  of: (row: Float32Array | Float64Array) => ArrayLike<number>,
): Tensor {
  const axis = axisOf(dim, tensor);
  const { values, count, length } = rowsOf(tensor, [dim], false);
  const made = new Float64Array(count * width);
  // Every row makes arrays of its own, and sorts or exponentiates.
  ctx.compute(tensor.numel * 8 + count * 10);
  for (let i = 0; i < count; i++) made.set(of(values.subarray(i * length, (i + 1) * length)), i * width);
  if (tensor.ndim === 0) return tensorOf(dtype, [], made, ctx);
  const order = tensor.shape.map((_, at) => at).filter((at) => at !== axis);
  order.push(axis);
  const shape = order.map((at) => (at === axis ? width : tensor.shape[at]));
  const permuted = tensorOf(dtype, shape, made, ctx);
  const back = permute(
    permuted,
    order.map((_, at) => order.indexOf(at)),
  );
  return back.contiguous ? back : tensorOf(dtype, back.shape, back.read(), ctx);
}

export function cumsum(tensor: Tensor, dim: number, ctx: Context): Tensor {
  return alongRows(tensor, dim, tensor.dtype === "float" ? "float" : "int64", ctx, (row) => {
    let running = 0;
    return Float64Array.from(row, (value) => {
      running += value;
      return running;
    });
  });
}

function largestOf(row: Float32Array | Float64Array): number {
  return row[extremeAt(row, 0, row.length, true)];
}

export function softmax(tensor: Tensor, dim: number, ctx: Context): Tensor {
  needsFloat("softmax", tensor);
  return alongRows(tensor, dim, "float", ctx, (row) => {
    const largest = largestOf(row);
    const counts = Float64Array.from(row, (value) => Math.exp(value - largest));
    const all = total(counts, 0, counts.length);
    return counts.map((count) => count / all);
  });
}

export function logSoftmax(tensor: Tensor, dim: number, ctx: Context): Tensor {
  needsFloat("log_softmax", tensor);
  return alongRows(tensor, dim, "float", ctx, (row) => {
    const largest = largestOf(row);
    let all = 0;
    for (const value of row) all += Math.exp(value - largest);
    return Float64Array.from(row, (value) => value - largest - Math.log(all));
  });
}

export function logsumexp(tensor: Tensor, dims: Dims, keepdim: boolean, ctx: Context): Tensor {
  needsFloat("logsumexp", tensor);
  return reduce(tensor, dims, keepdim, "float", ctx, (v, start, end) => {
    const largest = v[start + extremeAt(v, start, end, true)];
    if (!Number.isFinite(largest)) return largest;
    let all = 0;
    for (let i = start; i < end; i++) all += Math.exp(v[i] - largest);
    return largest + Math.log(all);
  });
}

/** The order that sorts each row, equal ones in the order they came; NaN counts as the largest. */
export function sortedIndices(
  tensor: Tensor,
  dim: number,
  descending: boolean,
  ctx: Context,
  width?: number,
): Tensor {
  const extent = tensor.shape[axisOf(dim, tensor)] ?? 1;
  return rowsTo(tensor, dim, "int64", width ?? extent, ctx, (row) => {
    const compare = (a: number, b: number) => {
      const nanA = Number.isNaN(row[a]);
      const nanB = Number.isNaN(row[b]);
      if (nanA || nanB) return Number(nanA) - Number(nanB);
      return row[a] - row[b];
    };
    const order = Array.from(row, (_, i) => i).sort((a, b) => (descending ? compare(b, a) : compare(a, b)));
    return order.slice(0, width ?? extent);
  });
}
