import type { Context } from "./context.ts";
import { DialectError } from "./error.ts";

/** "float" stands for torch.float32 and torch.float64 alike: the context says which of the two is computed. */
export type DType = "float" | "int64" | "bool";

/** Dimensions that a tensor may have, as in PyTorch. */
const MOST_DIMENSIONS = 64;

/** What tensors that are views of each other share. `version` goes up with every change in place. */
export interface Storage {
  readonly values: Float32Array | Float64Array;
  version: number;
}

/** A strided view of a storage, as in PyTorch: element (i, j) is at `offset + i * strides[0] + j * strides[1]`. */
export class Tensor {
  readonly kind = "tensor";
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly offset: number;
  readonly storage: Storage;
  /** The name the learner gave this tensor. */
  name: string | undefined;
  /** How a tensor without a name was made: `dprobs.sum(1)`. */
  origin: string | undefined;

  constructor(
    dtype: DType,
    shape: readonly number[],
    storage: Storage,
    strides: readonly number[] = rowMajor(shape),
    offset = 0,
  ) {
    if (shape.length > MOST_DIMENSIONS)
      throw new DialectError(`a tensor has at most ${MOST_DIMENSIONS} dimensions, not ${shape.length}`);
    this.dtype = dtype;
    this.shape = shape;
    this.strides = strides;
    this.offset = offset;
    this.storage = storage;
  }

  get ndim(): number {
    return this.shape.length;
  }

  get numel(): number {
    return sizeOf(this.shape);
  }

  /** Whether the elements lie one after the other in row-major order; axes of size 1 may have any stride. */
  get contiguous(): boolean {
    let expected = 1;
    for (let axis = this.shape.length - 1; axis >= 0; axis--) {
      if (this.shape[axis] === 0) return true;
      if (this.shape[axis] === 1) continue;
      if (this.strides[axis] !== expected) return false;
      expected *= this.shape[axis];
    }
    return true;
  }

  /** Another view of the same storage. */
  as(shape: readonly number[], strides: readonly number[], offset = this.offset): Tensor {
    return new Tensor(this.dtype, shape, this.storage, strides, offset);
  }

  /** Where each element lies in the storage, in row-major order. */
  offsets(): Int32Array {
    return offsetsOf(this.shape, this.strides, this.offset);
  }

  /** The values in row-major order. Read only: it may be the storage itself. */
  read(): Float32Array | Float64Array {
    const { values } = this.storage;
    const { numel } = this;
    if (this.contiguous)
      return numel === values.length ? values : values.subarray(this.offset, this.offset + numel);
    const out = values instanceof Float32Array ? new Float32Array(numel) : new Float64Array(numel);
    const rows = rowsOf(this);
    for (let row = 0, i = 0; row < rows.starts.length; row++) {
      let from = rows.starts[row];
      for (let k = 0; k < rows.length; k++, i++, from += rows.step) out[i] = values[from];
    }
    return out;
  }

  /** The only value of a tensor of one element. */
  get scalar(): number {
    return this.storage.values[this.offset];
  }

  /** What messages call it, if it can be called anything. */
  get title(): string | undefined {
    return this.name ?? this.origin;
  }

  /** For messages: `dprobs` of shape (32, 27). */
  toString(): string {
    const { title } = this;
    return `${title ? `\`${title}\`` : "a tensor"} of shape ${shapeText(this.shape)}`;
  }
}

export function sizeOf(shape: readonly number[]): number {
  let size = 1;
  for (const extent of shape) size *= extent;
  return size;
}

/** As Python writes it: (32, 27), (5,), (). */
export function shapeText(shape: readonly number[]): string {
  return shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
}

export function rowMajor(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= Math.max(shape[axis], 1);
  }
  return strides;
}

/** The offsets of a strided view's elements in row-major order. */
export function offsetsOf(shape: readonly number[], strides: readonly number[], offset: number): Int32Array {
  const size = sizeOf(shape);
  const out = new Int32Array(size);
  if (size === 0) return out;
  out[0] = offset;
  // The elements of the last axes are already there; each axis before them repeats those, shifted by its stride.
  let done = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const block = done;
    for (let k = 1; k < shape[axis]; k++) {
      const shift = k * strides[axis];
      for (let i = 0; i < block; i++) out[done++] = out[i] + shift;
    }
  }
  return out;
}

/** The last axis of a view: where each of its rows starts in the storage, how many elements it has and how far apart they are. */
export interface ViewRows {
  readonly starts: Int32Array;
  readonly length: number;
  readonly step: number;
}

export function rowsOf({ shape, strides, offset }: Tensor): ViewRows {
  const last = shape.length - 1;
  if (last < 0) return { starts: Int32Array.of(offset), length: 1, step: 0 };
  const starts = offsetsOf(shape.slice(0, last), strides.slice(0, last), offset);
  return { starts, length: shape[last], step: strides[last] };
}

/** A new tensor of zeros. */
export function empty(dtype: DType, shape: readonly number[], ctx: Context): Tensor {
  const size = sizeOf(shape);
  const values = dtype === "float" ? ctx.floats(size) : ctx.integers(size);
  return new Tensor(dtype, [...shape], { values, version: 0 });
}

export function filled(dtype: DType, shape: readonly number[], value: number, ctx: Context): Tensor {
  const out = empty(dtype, shape, ctx);
  ctx.compute(out.numel);
  out.storage.values.fill(value);
  return out;
}

/** A new tensor with these values, converted to `dtype`: bool keeps whether they are not 0, int64 drops the fraction. */
export function tensorOf(
  dtype: DType,
  shape: readonly number[],
  values: ArrayLike<number>,
  ctx: Context,
): Tensor {
  const out = empty(dtype, shape, ctx);
  if (values.length !== out.numel) {
    throw new DialectError(`${values.length} values do not fill shape ${shapeText(shape)}`);
  }
  ctx.compute(out.numel);
  const into = out.storage.values;
  if (dtype === "float") into.set(values);
  else for (let i = 0; i < into.length; i++) into[i] = cast(values[i], dtype);
  return out;
}

/** A copy in row-major order. */
export function clone(tensor: Tensor, ctx: Context, dtype: DType = tensor.dtype): Tensor {
  return tensorOf(dtype, tensor.shape, tensor.read(), ctx);
}

/** A value as a tensor of this type stores it. */
export function cast(value: number, dtype: DType): number {
  if (dtype === "float") return value;
  if (dtype === "bool") return value === 0 ? 0 : 1;
  return Number.isNaN(value) ? 0 : Math.trunc(value) + 0;
}

/** Writes `values` (row-major, of the tensor's size) through a view. The read must not be of the same storage. */
export function write(tensor: Tensor, values: ArrayLike<number>, ctx: Context): void {
  ctx.compute(tensor.numel);
  const into = tensor.storage.values;
  const { dtype } = tensor;
  if (tensor.contiguous && dtype === "float") {
    into.set(values, tensor.offset);
  } else if (tensor.contiguous) {
    for (let i = 0, at = tensor.offset; i < values.length; i++, at++) into[at] = cast(values[i], dtype);
  } else {
    const offsets = tensor.offsets();
    for (let i = 0; i < offsets.length; i++) into[offsets[i]] = cast(values[i], dtype);
  }
  tensor.storage.version++;
}

/** The shape that two shapes broadcast to, or undefined where they do not go together. */
export function broadcast(a: readonly number[], b: readonly number[]): number[] | undefined {
  const axes = Math.max(a.length, b.length);
  const shape = new Array<number>(axes);
  for (let axis = 0; axis < axes; axis++) {
    const [ofA, ofB] = [a[axis - axes + a.length] ?? 1, b[axis - axes + b.length] ?? 1];
    if (ofA !== ofB && ofA !== 1 && ofB !== 1) return undefined;
    shape[axis] = ofA === 1 ? ofB : ofA;
  }
  return shape;
}

/** The view of `tensor` that broadcasting to `shape` makes, or undefined where it does not go. */
export function expanded(tensor: Tensor, shape: readonly number[]): Tensor | undefined {
  const lead = shape.length - tensor.ndim;
  if (lead < 0) return undefined;
  const strides = new Array<number>(shape.length).fill(0);
  for (let axis = 0; axis < tensor.ndim; axis++) {
    if (tensor.shape[axis] === shape[axis + lead]) strides[axis + lead] = tensor.strides[axis];
    else if (tensor.shape[axis] !== 1) return undefined;
  }
  return tensor.as(shape, strides);
}

/** The axis that `dim` names, counted from the end if negative; in a tensor without axes 0 and -1 are allowed. */
export function axisOf(dim: number, of: Tensor): number {
  return axisAmong(dim, of.ndim, `${of}`);
}

export function axisAmong(dim: number, ndim: number, what: string): number {
  const axes = Math.max(ndim, 1);
  if (dim < -axes || dim >= axes) {
    throw new DialectError(
      `dimension ${dim} is out of range for ${what}: it is from ${-axes} to ${axes - 1}`,
    );
  }
  return dim < 0 ? dim + axes : dim;
}
