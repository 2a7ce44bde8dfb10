import type { Arguments } from "./arguments.ts";
import type { Context } from "./context.ts";
import { promoted } from "./elementwise.ts";
import { DialectError } from "./error.ts";
import { isNumber } from "./operators.ts";
import {
  axisOf,
  type DType,
  empty,
  filled,
  shapeText,
  sizeOf,
  type Tensor,
  Tensor as TensorClass,
  tensorOf,
} from "./tensor.ts";
import { List, Range, Tuple, typeName, type Value } from "./values.ts";
import { narrow, unsqueeze } from "./views.ts";

/** A shape that a text asks for, before anything is allocated. */
export function checkedShape(what: string, shape: readonly number[]): readonly number[] {
  if (shape.some((extent) => extent < 0))
    throw new DialectError(`${what}: a size cannot be negative: ${shapeText(shape)}`);
  return shape;
}

/** `torch.tensor(...)`: a number, lists of them, or a copy of a tensor. */
export function fromNested(what: string, value: Value, dtype: DType | undefined, ctx: Context): Tensor {
  const numbers: number[] = [];
  let found: DType | undefined;
  const visit = (item: Value, depth: number): number[] => {
    ctx.compute(1);
    if (isNumber(item)) {
      const own: DType = typeof item === "number" ? "float" : typeof item === "bigint" ? "int64" : "bool";
      found = found ? promoted(found, own) : own;
      numbers.push(Number(item));
      return [];
    }
    if (item instanceof TensorClass) {
      found = found ? promoted(found, item.dtype) : item.dtype;
      if (depth > 0 && item.numel !== 1) {
        throw new DialectError(`${what}: only tensors of one element can be in a list; use torch.stack`);
      }
      ctx.compute(item.numel);
      for (const number of item.read()) numbers.push(number);
      return depth > 0 ? [] : [...item.shape];
    }
    const items =
      item instanceof List || item instanceof Tuple
        ? item.items
        : item instanceof Range
          ? rangeValues(item, ctx)
          : undefined;
    if (!items || depth > 16)
      throw new DialectError(`${what} takes numbers and lists of them, not ${typeName(item)}`);
    let inner: number[] | undefined;
    for (const each of items) {
      const shape = visit(each, depth + 1);
      if (inner && shapeText(inner) !== shapeText(shape)) {
        throw new DialectError(
          `${what}: the lists are not all of one length: ${shapeText(inner)} and ${shapeText(shape)}`,
        );
      }
      inner = shape;
    }
    return [items.length, ...(inner ?? [])];
  };
  const shape = visit(value, 0);
  return tensorOf(dtype ?? found ?? "float", shape, numbers, ctx);
}

function rangeValues(range: Range, ctx: Context): Value[] {
  ctx.compute(range.length);
  return Array.from({ length: range.length }, (_, i) => BigInt(range.start + i * range.step));
}

export function arange(args: Arguments): Tensor {
  const given = ["start", "end", "step"].map((name) => (args.has(name) ? args.number(name) : undefined));
  const [first, second, third] = given;
  const start = second === undefined ? 0 : Number(first);
  const end = Number(second ?? first);
  const step = Number(third ?? 1);
  const whole = given.every((value) => typeof value !== "number");
  const length = Math.ceil((end - start) / step);
  if (!(length >= 0) || !Number.isFinite(length)) {
    throw new DialectError(`${args.what} from ${start} to ${end} in steps of ${step} does not end`);
  }
  args.ctx.compute(length);
  args.ctx.allocate(length);
  const values = Float64Array.from({ length }, (_, i) => start + i * step);
  return tensorOf(args.dtype("dtype")?.dtype ?? (whole ? "int64" : "float"), [length], values, args.ctx);
}

export function eye(n: number, m: number, dtype: DType, ctx: Context): Tensor {
  const out = filled(dtype, checkedShape("torch.eye", [n, m]), 0, ctx);
  for (let i = 0; i < Math.min(n, m); i++) out.storage.values[i * m + i] = 1;
  return out;
}

/** Tensors one behind the other along a dimension that they have. */
export function cat(what: string, tensors: readonly Tensor[], dim: number, ctx: Context): Tensor {
  if (tensors.length === 0) throw new DialectError(`${what} needs at least one tensor`);
  const [first] = tensors;
  if (first.ndim === 0) throw new DialectError(`${what} needs tensors with dimensions; use torch.stack`);
  const axis = axisOf(dim, first);
  for (const tensor of tensors) {
    const fits =
      tensor.ndim === first.ndim &&
      tensor.shape.every((extent, at) => at === axis || extent === first.shape[at]);
    if (!fits) throw new DialectError(`${what}: ${first} and ${tensor} may differ in dimension ${axis} only`);
  }
  const extent = tensors.reduce((sum, tensor) => sum + tensor.shape[axis], 0);
  const dtype = tensors.map((tensor) => tensor.dtype).reduce(promoted);
  const out = empty(dtype, first.shape.with(axis, extent), ctx);
  // Each tensor is written through a view of its own.
  ctx.compute(out.numel + 60 * tensors.length);
  let start = 0;
  for (const tensor of tensors) {
    const values = tensor.read();
    const where = narrow(what, out, axis, start, tensor.shape[axis]).offsets();
    for (let i = 0; i < where.length; i++) out.storage.values[where[i]] = values[i];
    start += tensor.shape[axis];
  }
  return out;
}

/** Tensors of one shape side by side along a new dimension. */
export function stack(what: string, tensors: readonly Tensor[], dim: number, ctx: Context): Tensor {
  for (const tensor of tensors) {
    if (shapeText(tensor.shape) !== shapeText(tensors[0].shape)) {
      throw new DialectError(`${what} needs tensors of one shape: ${tensors[0]}, and then ${tensor}`);
    }
  }
  const lifted = tensors.map((tensor) => unsqueeze(tensor, dim));
  return cat(what, lifted, dim, ctx);
}

/** `x.repeat(2, 3)`: whole copies of a tensor, in rows and columns. */
export function repeat(tensor: Tensor, times: readonly number[], ctx: Context): Tensor {
  if (times.length < tensor.ndim) {
    throw new DialectError(`.repeat needs one number for each of the ${tensor.ndim} dimensions of ${tensor}`);
  }
  checkedShape(".repeat", times);
  const lead = times.length - tensor.ndim;
  const own = times.map((_, axis) => (axis < lead ? 1 : tensor.shape[axis - lead]));
  const strides = times.map((_, axis) => (axis < lead ? 0 : tensor.strides[axis - lead]));
  const shape = times.map((count, axis) => count * own[axis]);
  ctx.compute(sizeOf(shape));
  const out = empty(tensor.dtype, shape, ctx);
  // Each axis is seen as two: which copy, and where in it.
  const copies = tensor.as(
    times.flatMap((count, axis) => [count, own[axis]]),
    strides.flatMap((stride) => [0, stride]),
  );
  const values = copies.read();
  for (let i = 0; i < values.length; i++) out.storage.values[i] = values[i];
  return out;
}

/** What `tril` and `triu` keep: the elements that `keeps` says, by row and column of the last two dimensions. */
export function triangle(
  what: string,
  tensor: Tensor,
  keeps: (row: number, column: number) => boolean,
  ctx: Context,
): Tensor {
  if (tensor.ndim < 2)
    throw new DialectError(`${what} needs at least 2 dimensions, and ${tensor} has ${tensor.ndim}`);
  const [rows, columns] = tensor.shape.slice(-2);
  const out = tensorOf(tensor.dtype, tensor.shape, tensor.read(), ctx);
  const values = out.storage.values;
  for (let i = 0; i < values.length; i++) {
    if (!keeps(Math.floor(i / columns) % rows, i % columns)) values[i] = 0;
  }
  return out;
}

export function oneHot(what: string, tensor: Tensor, classes: number, ctx: Context): Tensor {
  if (tensor.dtype !== "int64") {
    throw new DialectError(`${what} needs int64 indices, and ${tensor} is ${tensor.dtype}; use .long()`);
  }
  const indices = tensor.read();
  let largest = -1;
  for (const index of indices) largest = Math.max(largest, index);
  if (classes <= 0 && classes !== -1)
    throw new DialectError(`${what}: num_classes must be positive, not ${classes}`);
  if (classes === -1 && tensor.numel === 0)
    throw new DialectError(`${what} of no elements needs num_classes`);
  const width = classes === -1 ? largest + 1 : classes;
  const wrong = indices.find((index) => index < 0 || index >= width);
  if (wrong !== undefined)
    throw new DialectError(`${what}: ${tensor} holds ${wrong}, and there are ${width} classes`);
  const out = filled("int64", [...tensor.shape, width], 0, ctx);
  for (let i = 0; i < indices.length; i++) out.storage.values[i * width + indices[i]] = 1;
  return out;
}
