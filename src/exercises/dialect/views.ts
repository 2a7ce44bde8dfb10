import type { Context } from "./context.ts";
import { DialectError } from "./error.ts";
import { axisAmong, axisOf, clone, expanded, shapeText, sizeOf, type Tensor } from "./tensor.ts";

/** Puts the extent in place of a -1, and checks that the sizes agree. */
function completeShape(what: string, tensor: Tensor, shape: readonly number[]): number[] {
  const unknown = shape.indexOf(-1);
  const rest = sizeOf(shape.filter((extent) => extent !== -1));
  const fits =
    unknown < 0
      ? rest === tensor.numel
      : rest > 0 && tensor.numel % rest === 0 && unknown === shape.lastIndexOf(-1);
  if (!fits || shape.some((extent) => extent < -1)) {
    throw new DialectError(
      `${what}: the shape ${shapeText(shape)} does not fit the ${tensor.numel} elements of ${tensor}`,
    );
  }
  return shape.map((extent) => (extent === -1 ? tensor.numel / rest : extent));
}

/** The strides of the same memory in another shape, or undefined where that needs a copy. */
function viewStrides(tensor: Tensor, shape: readonly number[]): number[] | undefined {
  if (tensor.numel === 0) return shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
  const strides = new Array<number>(shape.length);
  let axis = shape.length - 1;
  // Runs of axes that lie one behind the other are one stretch of memory, which may be divided anew.
  let stretch = 1;
  let step = tensor.strides[tensor.ndim - 1] ?? 1;
  for (let from = tensor.ndim - 1; from >= 0; from--) {
    stretch *= tensor.shape[from];
    const ends = from === 0 || (tensor.shape[from - 1] !== 1 && tensor.strides[from - 1] !== stretch * step);
    if (!ends) continue;
    let filled = 1;
    while (axis >= 0 && (filled < stretch || shape[axis] === 1)) {
      strides[axis] = filled * step;
      filled *= shape[axis];
      axis--;
    }
    if (filled !== stretch) return undefined;
    if (from > 0) {
      step = tensor.strides[from - 1];
      stretch = 1;
    }
  }
  for (; axis >= 0; axis--) {
    if (shape[axis] !== 1) return undefined;
    strides[axis] = 1;
  }
  return strides;
}

export function view(tensor: Tensor, shape: readonly number[]): Tensor {
  const complete = completeShape(".view", tensor, shape);
  const strides = viewStrides(tensor, complete);
  if (!strides) {
    throw new DialectError(
      `.view: ${tensor} does not lie in memory so that it can be seen as ${shapeText(complete)}; use .reshape`,
    );
  }
  return tensor.as(complete, strides);
}

/** A view where that is possible, else a copy. */
export function reshape(tensor: Tensor, shape: readonly number[], ctx: Context): Tensor {
  const complete = completeShape(".reshape", tensor, shape);
  const strides = viewStrides(tensor, complete);
  return strides ? tensor.as(complete, strides) : view(clone(tensor, ctx), complete);
}

export function flatten(tensor: Tensor, start: number, end: number, ctx: Context): Tensor {
  const from = axisOf(start, tensor);
  const to = axisOf(end, tensor);
  if (from > to) throw new DialectError(`.flatten: dimension ${start} comes after ${end}`);
  if (tensor.ndim === 0) return tensor.as([1], [1]);
  const middle = sizeOf(tensor.shape.slice(from, to + 1));
  return reshape(tensor, [...tensor.shape.slice(0, from), middle, ...tensor.shape.slice(to + 1)], ctx);
}

/** -1 keeps an extent. */
export function expand(what: string, tensor: Tensor, shape: readonly number[], ctx: Context): Tensor {
  const lead = shape.length - tensor.ndim;
  const complete = shape.map((extent, axis) =>
    extent === -1 && axis >= lead ? tensor.shape[axis - lead] : extent,
  );
  const out = complete.some((extent) => extent < 0) ? undefined : expanded(tensor, complete);
  if (!out) {
    throw new DialectError(
      `${what}: ${tensor} cannot be expanded to ${shapeText(shape)}: only dimensions of size 1, and new ones in front, can`,
    );
  }
  ctx.view(out.numel);
  return out;
}

export function permute(tensor: Tensor, dims: readonly number[]): Tensor {
  const axes = dims.map((dim) => axisOf(dim, tensor));
  if (axes.length !== tensor.ndim || new Set(axes).size !== axes.length) {
    throw new DialectError(
      `.permute: ${shapeText(dims)} does not name each of the ${tensor.ndim} dimensions of ${tensor} once`,
    );
  }
  return tensor.as(
    axes.map((axis) => tensor.shape[axis]),
    axes.map((axis) => tensor.strides[axis]),
  );
}

export function transpose(tensor: Tensor, dim0: number, dim1: number): Tensor {
  const a = axisOf(dim0, tensor);
  const b = axisOf(dim1, tensor);
  if (tensor.ndim === 0) return tensor.as([], []);
  const axes = tensor.shape.map((_, axis) => (axis === a ? b : axis === b ? a : axis));
  return permute(tensor, axes);
}

/** `.T`: all dimensions in reverse. */
export function reversed(tensor: Tensor): Tensor {
  return tensor.as([...tensor.shape].reverse(), [...tensor.strides].reverse());
}

/** `.t()`: of at most two dimensions. */
export function transposed(tensor: Tensor): Tensor {
  if (tensor.ndim > 2)
    throw new DialectError(`.t() needs at most 2 dimensions, and ${tensor} has ${tensor.ndim}`);
  return reversed(tensor);
}

export function unsqueeze(tensor: Tensor, dim: number): Tensor {
  const axis = axisAmong(dim, tensor.ndim + 1, `.unsqueeze of ${tensor}`);
  const stride = axis < tensor.ndim ? tensor.shape[axis] * tensor.strides[axis] : 1;
  return tensor.as(tensor.shape.toSpliced(axis, 0, 1), tensor.strides.toSpliced(axis, 0, stride));
}

/** Without the dimensions of size 1: all of them, or those named. */
export function squeeze(tensor: Tensor, dims: readonly number[] | undefined): Tensor {
  const named = dims?.map((dim) => axisOf(dim, tensor));
  const keeps = tensor.shape.map(
    (extent, axis) => extent !== 1 || (named !== undefined && !named.includes(axis)),
  );
  return tensor.as(
    tensor.shape.filter((_, axis) => keeps[axis]),
    tensor.strides.filter((_, axis) => keeps[axis]),
  );
}

/** The part of a dimension from `start`, `length` long. */
export function narrow(what: string, tensor: Tensor, dim: number, start: number, length: number): Tensor {
  const axis = axisOf(dim, tensor);
  const extent = tensor.shape[axis];
  const from = start < 0 ? start + extent : start;
  if (tensor.ndim === 0 || from < 0 || length < 0 || from + length > extent) {
    throw new DialectError(
      `${what}: ${length} elements from ${start} are not within dimension ${dim} of ${tensor}`,
    );
  }
  return tensor.as(
    tensor.shape.with(axis, length),
    tensor.strides,
    tensor.offset + from * tensor.strides[axis],
  );
}

/** One slice of a dimension, which goes. */
export function select(what: string, tensor: Tensor, dim: number, index: number): Tensor {
  const axis = axisOf(dim, tensor);
  const extent = tensor.shape[axis];
  if (tensor.ndim === 0 || index < -extent || index >= extent) {
    throw new DialectError(`${what}: index ${index} is out of range for dimension ${axis} of ${tensor}`);
  }
  const at = index < 0 ? index + extent : index;
  return tensor.as(
    tensor.shape.toSpliced(axis, 1),
    tensor.strides.toSpliced(axis, 1),
    tensor.offset + at * tensor.strides[axis],
  );
}

/** The elements (i, i + shift) as the last dimension of a view. */
export function diagonal(tensor: Tensor, shift: number, dim1: number, dim2: number): Tensor {
  const a = axisOf(dim1, tensor);
  const b = axisOf(dim2, tensor);
  if (tensor.ndim < 2 || a === b)
    throw new DialectError(`.diagonal needs two different dimensions, and ${tensor} is given`);
  const down = Math.max(-shift, 0);
  const right = Math.max(shift, 0);
  const length = Math.max(0, Math.min(tensor.shape[a] - down, tensor.shape[b] - right));
  const rest = tensor.shape.map((_, axis) => axis).filter((axis) => axis !== a && axis !== b);
  const start = length > 0 ? down * tensor.strides[a] + right * tensor.strides[b] : 0;
  return tensor.as(
    [...rest.map((axis) => tensor.shape[axis]), length],
    [...rest.map((axis) => tensor.strides[axis]), tensor.strides[a] + tensor.strides[b]],
    tensor.offset + start,
  );
}
