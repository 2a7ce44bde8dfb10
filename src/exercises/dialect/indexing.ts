import type { Context } from "./context.ts";
import { assign, broadcastAll, wrapped } from "./elementwise.ts";
import { DialectError } from "./error.ts";
import { isNumber } from "./operators.ts";
import { cast, empty, expanded, offsetsOf, shapeText, sizeOf, Tensor, tensorOf } from "./tensor.ts";
import { Ellipsis, Lazy, List, Range, Slice, Tuple, typeName, type Value } from "./values.ts";
import { select, unsqueeze } from "./views.ts";

/** An int, or an int64 tensor of one element and no dimensions, as Python's `__index__` takes it. */
export function asIndex(value: Value): number | undefined {
  if (typeof value === "bigint") return Number(value);
  if (typeof value === "boolean") return Number(value);
  if (value instanceof Tensor && value.ndim === 0 && value.dtype === "int64") return value.scalar;
  return undefined;
}

/** A slice's first place, step and length along something of this extent. */
function sliceBounds(
  slice: Slice,
  extent: number,
  what: string,
): { start: number; step: number; length: number } {
  const bound = (value: Value, fallback: number): number => {
    if (value === null) return fallback;
    const at = asIndex(value);
    if (at === undefined) throw new DialectError(`${what}: a slice needs ints, not ${typeName(value)}`);
    return at;
  };
  const step = bound(slice.step, 1);
  if (step === 0) throw new DialectError(`${what}: the step of a slice cannot be 0`);
  // A negative step goes from the last element down to the first.
  const [low, high] = step > 0 ? [0, extent] : [-1, extent - 1];
  const clamp = (at: number) => Math.min(Math.max(at < 0 ? at + extent : at, low), high);
  const start = slice.start === null ? (step > 0 ? 0 : extent - 1) : clamp(bound(slice.start, 0));
  const stop = slice.stop === null ? (step > 0 ? extent : -1) : clamp(bound(slice.stop, 0));
  return { start, step, length: Math.max(0, Math.ceil((stop - start) / step)) };
}

/** A list or a range of ints, or of bools, as a tensor of indices. */
function indexTensor(items: Value, ctx: Context): Tensor {
  if (items instanceof Tensor) return items;
  if (items instanceof Range) {
    ctx.allocate(items.length);
    const values = Array.from({ length: items.length }, (_, i) => items.start + i * items.step);
    const indices = tensorOf("int64", [values.length], values, ctx);
    indices.origin = `range(${items.start}, ${items.stop})`;
    return indices;
  }
  if (items instanceof List || items instanceof Tuple) {
    const bools = items.items.length > 0 && items.items.every((item) => typeof item === "boolean");
    const values = items.items.map((item) => {
      const at = bools ? Number(item) : asIndex(item);
      if (at === undefined) {
        throw new DialectError(`an index is a list of ints or of bools, and one in it is ${typeName(item)}`);
      }
      return at;
    });
    return tensorOf(bools ? "bool" : "int64", [values.length], values, ctx);
  }
  throw new DialectError(
    `an index is an int, a slice, None, ..., a list, a range or a tensor, not ${typeName(items)}`,
  );
}

/** The index tensors of the places where a mask is true, one for each of its dimensions. */
export function maskIndices(mask: Tensor, ctx: Context): Tensor[] {
  ctx.compute(mask.numel);
  const values = mask.read();
  const found: number[] = [];
  for (let i = 0; i < values.length; i++) if (values[i] !== 0) found.push(i);
  return mask.shape.map((extent, axis) => {
    const inside = sizeOf(mask.shape.slice(axis + 1));
    return tensorOf(
      "int64",
      [found.length],
      found.map((at) => Math.floor(at / inside) % extent),
      ctx,
    );
  });
}

/** What an index picks: a view, or, once a tensor of indices takes part, the places in the storage one by one. */
type Picked =
  | { readonly view: Tensor }
  | { readonly view?: undefined; readonly shape: number[]; readonly offsets: Int32Array };

/** A tensor of indices along a dimension of the view so far, which comes from this dimension of the tensor. */
interface Advanced {
  readonly axis: number;
  readonly dim: number;
  readonly index: Tensor;
}

function checkBounds(at: number, tensor: Tensor, dim: number): void {
  const extent = tensor.shape[dim];
  if (at < -extent || at >= extent)
    throw new DialectError(
      `index ${at} is out of bounds for dimension ${dim} with size ${extent} of ${tensor}`,
    );
}

function pick(tensor: Tensor, index: Value, ctx: Context): Picked {
  const entries = index instanceof Tuple ? index.items : asTuple(index);
  const uses = (entry: Value): number => {
    if (entry === null || entry instanceof Ellipsis || typeof entry === "boolean") return 0;
    if (entry instanceof Tensor && entry.dtype === "bool") return entry.ndim;
    return 1;
  };
  const used = entries.reduce((count: number, entry) => count + uses(entry), 0);
  if (used > tensor.ndim) {
    throw new DialectError(`too many indices: ${used} for ${tensor}, which has ${tensor.ndim} dimensions`);
  }
  if (entries.filter((entry) => entry instanceof Ellipsis).length > 1) {
    throw new DialectError("an index can have one ... only");
  }
  let view = tensor;
  // The next dimension of the view so far, and the one of the tensor that it comes from.
  let axis = 0;
  let dim = 0;
  const advanced: Advanced[] = [];
  for (const entry of entries) {
    const at = typeof entry === "boolean" ? undefined : asIndex(entry);
    if (at !== undefined) {
      checkBounds(at, tensor, dim++);
      view = select("[ ]", view, axis, at);
    } else if (entry === null) {
      view = unsqueeze(view, axis++);
    } else if (entry instanceof Ellipsis) {
      axis += tensor.ndim - used;
      dim += tensor.ndim - used;
    } else if (entry instanceof Slice) {
      const { start, step, length } = sliceBounds(entry, view.shape[axis], `${tensor}`);
      if (step < 0) throw new DialectError(`${tensor}: the step of a slice must be positive; use .flip`);
      view = view.as(
        view.shape.with(axis, length),
        view.strides.with(axis, view.strides[axis] * step),
        view.offset + start * view.strides[axis],
      );
      axis++;
      dim++;
    } else if (
      typeof entry === "boolean" ||
      (entry instanceof Tensor && entry.dtype === "bool" && entry.ndim === 0)
    ) {
      // True is one copy along a new dimension, False is none.
      const yes = entry instanceof Tensor ? entry.scalar !== 0 : entry;
      view = unsqueeze(view, axis);
      advanced.push({ axis: axis++, dim, index: tensorOf("int64", [yes ? 1 : 0], yes ? [0] : [], ctx) });
    } else {
      const indices = indexTensor(entry, ctx);
      if (indices.dtype === "float") {
        throw new DialectError(`${indices} holds floats, and an index needs ints or bools; use .long()`);
      }
      if (indices.dtype === "int64") {
        advanced.push({ axis: axis++, dim: dim++, index: indices });
        continue;
      }
      for (const [i, extent] of indices.shape.entries()) {
        if (extent !== view.shape[axis + i]) {
          throw new DialectError(
            `a mask of shape ${shapeText(indices.shape)} does not match ${tensor} at dimension ${dim + i}`,
          );
        }
      }
      for (const found of maskIndices(indices, ctx))
        advanced.push({ axis: axis++, dim: dim++, index: found });
    }
  }
  return advanced.length === 0 ? { view } : pickPlaces(view, advanced, tensor, ctx);
}

/** `x[[0, 1]]` is a list of indices, while `x[[i, slice]]` counts as a tuple. */
function asTuple(index: Value): readonly Value[] {
  if (index instanceof List) {
    if (index.items.some((item) => item instanceof List || item instanceof Tuple || item instanceof Range)) {
      throw new DialectError(
        "a list of lists is no index here; use x[rows, columns], or torch.tensor([...])",
      );
    }
    const mixed = index.items.some(
      (item) =>
        item === null ||
        item instanceof Slice ||
        item instanceof Ellipsis ||
        (item instanceof Tensor && item.ndim > 0),
    );
    if (mixed) return index.items;
  }
  return [index];
}

function pickPlaces(view: Tensor, advanced: readonly Advanced[], tensor: Tensor, ctx: Context): Picked {
  const tensors = broadcastAll(
    "the indices",
    advanced.map(({ index }) => index),
    ctx,
  );
  const shape = tensors[0].shape;
  const size = sizeOf(shape);
  // Index tensors are brought to one shape, however few places they name.
  ctx.compute(100 * advanced.length);
  const places = new Int32Array(size);
  for (const [i, { axis, dim }] of advanced.entries()) {
    const extent = view.shape[axis];
    const stride = view.strides[axis];
    const values = tensors[i].read();
    for (let k = 0; k < size; k++) {
      const at = values[k];
      if (at < -extent || at >= extent) checkBounds(at, tensor, dim);
      places[k] += (at < 0 ? at + extent : at) * stride;
    }
  }
  const taken = advanced.map(({ axis }) => axis);
  const rest = view.shape.map((_, axis) => axis).filter((axis) => !taken.includes(axis));
  // Index tensors side by side leave their dimensions in that place; apart, they go to the front.
  const adjacent = taken.at(-1)! - taken[0] === taken.length - 1;
  const before = adjacent ? rest.filter((axis) => axis < taken[0]) : [];
  const after = rest.filter((axis) => !before.includes(axis));
  const offsets = (axes: number[], start: number) =>
    offsetsOf(
      axes.map((axis) => view.shape[axis]),
      axes.map((axis) => view.strides[axis]),
      start,
    );
  const outer = offsets(before, view.offset);
  const inner = offsets(after, 0);
  ctx.compute(outer.length * size * inner.length);
  ctx.allocate(outer.length * size * inner.length);
  const all = new Int32Array(outer.length * size * inner.length);
  let at = 0;
  for (let i = 0; i < outer.length; i++) {
    for (let j = 0; j < size; j++) {
      const base = outer[i] + places[j];
      for (let k = 0; k < inner.length; k++) all[at++] = base + inner[k];
    }
  }
  const extent = (axis: number) => view.shape[axis];
  return { shape: [...before.map(extent), ...shape, ...after.map(extent)], offsets: all };
}

/** `container[index]`; several indices between the brackets are one Tuple. */
export function getItem(container: Value, index: Value, ctx: Context): Value {
  if (container instanceof Tensor) {
    const picked = pick(container, index, ctx);
    if (picked.view) return picked.view;
    ctx.compute(picked.offsets.length);
    const out = empty(container.dtype, picked.shape, ctx);
    const from = container.storage.values;
    const into = out.storage.values;
    for (let i = 0; i < into.length; i++) into[i] = from[picked.offsets[i]];
    return out;
  }
  if (
    container instanceof List ||
    container instanceof Tuple ||
    container instanceof Range ||
    typeof container === "string"
  ) {
    return getSequenceItem(container, index, ctx);
  }
  throw new DialectError(`${typeName(container)} has no [ ]`);
}

function getSequenceItem(container: List | Tuple | Range | string, index: Value, ctx: Context): Value {
  const kind = typeName(container);
  const items = container instanceof List || container instanceof Tuple ? container.items : undefined;
  const length = items ? items.length : (container as Range | string).length;
  const item = (at: number): Value => {
    if (items) return items[at];
    return container instanceof Range
      ? BigInt(container.start + at * container.step)
      : (container as string)[at];
  };
  if (index instanceof Slice) {
    const { start, step, length: count } = sliceBounds(index, length, kind);
    if (container instanceof Range) {
      const first = container.start + start * container.step;
      return new Range(first, first + count * step * container.step, step * container.step);
    }
    ctx.allocate(count);
    const picked = Array.from({ length: count }, (_, i) => item(start + i * step));
    if (container instanceof List) return new List(picked);
    return container instanceof Tuple ? new Tuple(picked, undefined, container.type) : picked.join("");
  }
  return item(sequenceIndex(kind, index, length));
}

function sequenceIndex(kind: string, index: Value, length: number): number {
  const at = asIndex(index);
  if (at === undefined)
    throw new DialectError(`an index of a ${kind} is an int or a slice, not ${typeName(index)}`);
  if (at < -length || at >= length)
    throw new DialectError(`index ${at} is out of range for a ${kind} of ${length}`);
  return at < 0 ? at + length : at;
}

/** `container[index] = value` */
export function setItem(container: Value, index: Value, value: Value, ctx: Context): void {
  if (container instanceof List && !(index instanceof Slice)) {
    container.items[sequenceIndex("list", index, container.items.length)] = value;
    return;
  }
  if (!(container instanceof Tensor)) {
    throw new DialectError(`${typeName(container)} cannot be changed with [ ] =; a tensor or a list can`);
  }
  if (!(value instanceof Tensor) && !isNumber(value)) {
    throw new DialectError(
      `only a tensor or a number can be assigned into ${container}, not ${typeName(value)}`,
    );
  }
  const from = withoutLeadingOnes(value instanceof Tensor ? value : wrapped(value, ctx));
  const picked = pick(container, index, ctx);
  if (picked.view) {
    if (container.title !== undefined && picked.view !== container)
      picked.view.origin = `${container.title}[…]`;
    assign(picked.view, from, ctx, "[ ] =", true);
    return;
  }
  if (value instanceof Tensor && from.dtype !== container.dtype) {
    throw new DialectError(
      `[ ] =: ${container} is ${container.dtype} and ${value} is ${value.dtype}; with a tensor of indices both must be one type`,
    );
  }
  const source = expanded(from, picked.shape);
  if (!source) {
    throw new DialectError(
      `[ ] =: ${value} does not fit the shape ${shapeText(picked.shape)} that the index picks of ${container}`,
    );
  }
  scatterValues(container, picked.offsets, source, ctx);
}

/** Assigning (1, 27) to what has shape (27) is allowed. */
function withoutLeadingOnes(tensor: Tensor): Tensor {
  const first = tensor.shape.findIndex((extent) => extent !== 1);
  const drop = first < 0 ? tensor.ndim : first;
  if (drop === 0) return tensor;
  const out = tensor.as(tensor.shape.slice(drop), tensor.strides.slice(drop));
  out.origin = tensor.title;
  return out;
}

/** Where an index names a place twice, the last value stays. That is hardly ever meant, so it leaves a note. */
function scatterValues(into: Tensor, offsets: Int32Array, source: Tensor, ctx: Context): void {
  ctx.compute(offsets.length);
  const values = source.storage === into.storage ? source.read().slice() : source.read();
  const target = into.storage.values;
  for (let i = 0; i < offsets.length; i++) target[offsets[i]] = cast(values[i], into.dtype);
  into.storage.version++;
  if (values.some((value) => value !== values[0]) && new Set(offsets).size < offsets.length) {
    ctx.warn(
      `the index into ${into} names some places more than once; each keeps the last value only, nothing is added up (index_add_ does that)`,
    );
  }
}

/** What a `for` goes through: a range, a list, a tuple, `enumerate`, `zip`, or a tensor's rows (views of it). */
export function iterate(value: Value, _ctx: Context): Iterable<Value> {
  if (value instanceof Range) return rangeItems(value);
  if (value instanceof Tensor) {
    if (value.ndim === 0) throw new DialectError(`${value} has no dimension to go through`);
    return rowItems(value);
  }
  if (value instanceof List || value instanceof Tuple) return [...value.items];
  if (value instanceof Lazy) return value.items;
  if (typeof value === "string") return [...value];
  throw new DialectError(
    `a value of type ${typeName(value)} has no items to go through; a range, a list, a tuple, enumerate, zip and a tensor have`,
  );
}

function* rangeItems(range: Range): Generator<Value> {
  for (let i = 0; i < range.length; i++) yield BigInt(range.start + i * range.step);
}

function* rowItems(tensor: Tensor): Generator<Value> {
  for (let i = 0; i < tensor.shape[0]; i++) yield select("for", tensor, 0, i);
}
