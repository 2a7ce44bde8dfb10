import type { Context } from "./context.ts";
import { DialectError } from "./error.ts";
import {
  broadcast,
  cast,
  type DType,
  empty,
  expanded,
  rowsOf,
  shapeText,
  sizeOf,
  Tensor,
  write,
} from "./tensor.ts";

/** A number beside a tensor; it has the type of Python's number and takes no part in the shape. */
export function wrapped(value: boolean | bigint | number, ctx: Context): Tensor {
  const dtype = typeof value === "boolean" ? "bool" : typeof value === "bigint" ? "int64" : "float";
  const number = Number(value);
  const values = Float64Array.of(dtype === "float" ? ctx.round(number) : number);
  return new Tensor(dtype, [], { values, version: 0 });
}

const RANK: Record<DType, number> = { bool: 0, int64: 1, float: 2 };

/** The type of a result of two types: bool, then int64, then float. */
export function promoted(a: DType, b: DType): DType {
  return RANK[a] >= RANK[b] ? a : b;
}

interface BinaryRule {
  /** How a text writes it, for messages. */
  readonly symbol: string;
  readonly of: (a: number, b: number) => number;
  /** What two bools, or two values that are no floats, give where it is something else. */
  readonly ofBool?: (a: number, b: number) => number;
  readonly ofInt?: (a: number, b: number) => number;
  /** The type of the result, where it is not the promoted one. */
  readonly result?: DType;
  readonly refuses?: (a: DType, b: DType) => string | undefined;
}

/** A JavaScript remainder has the sign of the dividend; Python's has that of the divisor. */
export function remainder(a: number, b: number): number {
  const rest = a % b;
  return rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest;
}

export function floorDivide(a: number, b: number): number {
  if (b === 0) return a / b;
  const rest = a % b;
  const quotient = (a - rest) / b;
  return Math.round(rest !== 0 && rest < 0 !== b < 0 ? quotient - 1 : quotient);
}

function integerDivisor(b: number): number {
  if (b === 0) throw new DialectError("an int64 tensor is divided by zero");
  return b;
}

/** C's `pow`: 1 to any power is 1, where JavaScript gives NaN. The small powers are products, as PyTorch's are. */
export function power(a: number, b: number): number {
  switch (b) {
    case 2:
      return a * a;
    case 3:
      return a * a * a;
    case -1:
      return 1 / a;
    case -2:
      return 1 / (a * a);
    case 0.5:
      return Math.sqrt(a);
    case -0.5:
      return 1 / Math.sqrt(a);
  }
  if (a === 1 || (a === -1 && !Number.isFinite(b) && !Number.isNaN(b))) return 1;
  return a ** b;
}

const noBool = (what: string) => (a: DType, b: DType) =>
  a === "bool" && b === "bool" ? `${what} of two bool tensors has no meaning; use .float() first` : undefined;
const noFloat = (what: string) => (a: DType, b: DType) =>
  a === "float" || b === "float" ? `${what} takes bool and int64 tensors, not floats` : undefined;
const truthy = (test: (a: number, b: number) => boolean) => (a: number, b: number) => (test(a, b) ? 1 : 0);

/** Bit operations on integers up to 2**53. */
const bits = (of: (a: bigint, b: bigint) => bigint) => (a: number, b: number) =>
  Number(of(BigInt(a), BigInt(b)));

const plus = (a: number, b: number): number => a + b;
const minus = (a: number, b: number): number => a - b;
const times = (a: number, b: number): number => a * b;
const over = (a: number, b: number): number => a / b;

export const BINARY = {
  add: { symbol: "+", of: plus, ofBool: (a, b) => a | b },
  sub: {
    symbol: "-",
    of: minus,
    refuses: (a, b) =>
      a === "bool" || b === "bool"
        ? "- with a bool tensor has no meaning; use ~mask, or mask.float()"
        : undefined,
  },
  mul: { symbol: "*", of: times },
  div: { symbol: "/", of: over, result: "float" },
  floor_divide: {
    symbol: "//",
    of: floorDivide,
    ofInt: (a, b) => floorDivide(a, integerDivisor(b)),
    refuses: noBool("//"),
  },
  remainder: {
    symbol: "%",
    of: remainder,
    ofInt: (a, b) => remainder(a, integerDivisor(b)),
    refuses: noBool("%"),
  },
  fmod: {
    symbol: "fmod",
    of: (a, b) => a % b,
    ofInt: (a, b) => a % integerDivisor(b),
    refuses: noBool("fmod"),
  },
  pow: { symbol: "**", of: power, ofInt: (a, b) => Math.trunc(power(a, b)), refuses: noBool("**") },
  maximum: {
    symbol: "maximum",
    of: (a, b) => (Number.isNaN(a) || Number.isNaN(b) ? Number.NaN : Math.max(a, b)),
  },
  minimum: {
    symbol: "minimum",
    of: (a, b) => (Number.isNaN(a) || Number.isNaN(b) ? Number.NaN : Math.min(a, b)),
  },
  eq: { symbol: "==", of: truthy((a, b) => a === b), result: "bool" },
  ne: { symbol: "!=", of: truthy((a, b) => a !== b), result: "bool" },
  lt: { symbol: "<", of: truthy((a, b) => a < b), result: "bool" },
  le: { symbol: "<=", of: truthy((a, b) => a <= b), result: "bool" },
  gt: { symbol: ">", of: truthy((a, b) => a > b), result: "bool" },
  ge: { symbol: ">=", of: truthy((a, b) => a >= b), result: "bool" },
  logical_and: { symbol: "logical_and", of: truthy((a, b) => a !== 0 && b !== 0), result: "bool" },
  logical_or: { symbol: "logical_or", of: truthy((a, b) => a !== 0 || b !== 0), result: "bool" },
  logical_xor: { symbol: "logical_xor", of: truthy((a, b) => (a !== 0) !== (b !== 0)), result: "bool" },
  bitwise_and: { symbol: "&", of: bits((a, b) => a & b), refuses: noFloat("&") },
  bitwise_or: { symbol: "|", of: bits((a, b) => a | b), refuses: noFloat("|") },
  bitwise_xor: { symbol: "^", of: bits((a, b) => a ^ b), refuses: noFloat("^") },
} satisfies Record<string, BinaryRule>;

export type BinaryName = keyof typeof BINARY;

/** The shape that two tensors broadcast to; the error names them, their sizes and the dimension. */
function broadcastShape(symbol: string, a: Tensor, b: Tensor): number[] {
  const shape = broadcast(a.shape, b.shape);
  if (shape) return shape;
  const axes = Math.max(a.ndim, b.ndim);
  for (let axis = 0; ; axis++) {
    const [ofA, ofB] = [a, b].map(({ shape, ndim }) => shape[axis - axes + ndim] ?? 1);
    if (ofA === ofB || ofA === 1 || ofB === 1) continue;
    const nameA = a.title ? `\`${a.title}\`` : "on the left";
    const nameB = b.title ? `\`${b.title}\`` : "on the right";
    throw new DialectError(
      `${symbol}: the size of the tensor ${nameA} (${ofA}) must match the size of the tensor ${nameB} (${ofB}) at dimension ${axis}; ` +
        `their shapes are ${shapeText(a.shape)} and ${shapeText(b.shape)}`,
    );
  }
}

/** Several tensors broadcast to one shape. */
export function broadcastAll(what: string, tensors: readonly Tensor[], ctx: Context): Tensor[] {
  if (tensors.length === 0) return [];
  let shape = tensors[0];
  for (const [i, tensor] of tensors.slice(1).entries()) {
    // What does not fit the shape so far does not fit one of the tensors before, and the error is to name that one.
    if (i > 0 && !broadcast(shape.shape, tensor.shape))
      for (const before of tensors.slice(0, i + 1)) broadcastShape(what, before, tensor);
    const next = broadcastShape(what, shape, tensor);
    shape = shape.as(
      next,
      next.map(() => 0),
    );
  }
  ctx.view(shape.numel);
  return tensors.map((tensor) => expanded(tensor, shape.shape)!);
}

/** (5) with (5,1) makes 25 elements of 5 and 5: allowed, and hardly ever meant where one has fewer dimensions. */
function noteGrowth(symbol: string, a: Tensor, b: Tensor, shape: readonly number[], ctx: Context): void {
  if (a.ndim === b.ndim || a.numel < 2 || b.numel < 2) return;
  const size = sizeOf(shape);
  if (size > a.numel && size > b.numel) {
    ctx.warn(
      `${symbol} of shapes ${shapeText(a.shape)} and ${shapeText(b.shape)} is broadcast to ${shapeText(shape)}`,
    );
  }
}

/** Whether a tensor's values stand in the storage as they do in a result of this shape. */
function fills(tensor: Tensor, shape: readonly number[]): boolean {
  if (tensor.ndim !== shape.length || !tensor.contiguous) return false;
  for (let axis = 0; axis < shape.length; axis++) if (tensor.shape[axis] !== shape[axis]) return false;
  return true;
}

/** `of` for each pair of elements, written to `into` in the order of the broadcast shape. */
function map2(
  a: Tensor,
  b: Tensor,
  shape: readonly number[],
  of: (a: number, b: number) => number,
  into: Float32Array | Float64Array,
): void {
  const stepA = fills(a, shape) ? 1 : a.numel === 1 ? 0 : undefined;
  const stepB = fills(b, shape) ? 1 : b.numel === 1 ? 0 : undefined;
  if (stepA !== undefined && stepB !== undefined) {
    mapRow(a, a.offset, stepA, b, b.offset, stepB, of, into, 0, into.length);
    return;
  }
  const rowsA = rowsOf(expanded(a, shape)!);
  const rowsB = rowsOf(expanded(b, shape)!);
  const { length } = rowsA;
  for (let row = 0; row < rowsA.starts.length; row++) {
    mapRow(
      a,
      rowsA.starts[row],
      rowsA.step,
      b,
      rowsB.starts[row],
      rowsB.step,
      of,
      into,
      row * length,
      (row + 1) * length,
    );
  }
}

/** One stretch of {@link map2}. The four rules of arithmetic are written out: a call for each element takes several times as long. */
function mapRow(
  a: Tensor,
  fromA: number,
  stepA: number,
  b: Tensor,
  fromB: number,
  stepB: number,
  of: (a: number, b: number) => number,
  into: Float32Array | Float64Array,
  start: number,
  end: number,
): void {
  const valuesA = a.storage.values;
  const valuesB = b.storage.values;
  let atA = fromA;
  let atB = fromB;
  for (let i = start; i < end; i++, atA += stepA, atB += stepB) {
    const x = valuesA[atA];
    const y = valuesB[atB];
    if (of === times) into[i] = x * y;
    else if (of === plus) into[i] = x + y;
    else if (of === minus) into[i] = x - y;
    else if (of === over) into[i] = x / y;
    else into[i] = of(x, y);
  }
}

function ruleFor(
  name: BinaryName,
  a: Tensor,
  b: Tensor,
): { dtype: DType; of: (a: number, b: number) => number } {
  const rule: BinaryRule = BINARY[name];
  const refusal = rule.refuses?.(a.dtype, b.dtype);
  if (refusal) throw new DialectError(refusal);
  const dtype = promoted(a.dtype, b.dtype);
  const of = (dtype === "bool" && rule.ofBool) || (dtype !== "float" && rule.ofInt) || rule.of;
  return { dtype: rule.result ?? dtype, of };
}

/** `a op b`, elementwise. */
export function elementwise(name: BinaryName, a: Tensor, b: Tensor, ctx: Context): Tensor {
  const { symbol } = BINARY[name];
  const { dtype, of } = ruleFor(name, a, b);
  const shape = broadcastShape(symbol, a, b);
  noteGrowth(symbol, a, b, shape, ctx);
  ctx.compute(sizeOf(shape));
  const out = empty(dtype, shape, ctx);
  map2(a, b, shape, of, out.storage.values);
  return out;
}

/** `a op= b`: `a` keeps its storage, its shape and its type. */
export function elementwiseInPlace(name: BinaryName, a: Tensor, b: Tensor, ctx: Context): Tensor {
  const { symbol } = BINARY[name];
  const { dtype } = ruleFor(name, a, b);
  if (RANK[dtype] > RANK[a.dtype]) {
    throw new DialectError(
      `${symbol}= gives ${dtype} values, which ${a}, ${a.dtype}, cannot hold; write a new tensor instead of changing it`,
    );
  }
  const shape = broadcastShape(symbol, a, b);
  if (shape.length !== a.ndim || shape.some((extent, axis) => extent !== a.shape[axis])) {
    throw new DialectError(
      `${symbol}= cannot change ${a} to the shape ${shapeText(shape)}, which it makes with ${b}; sum over what was copied first`,
    );
  }
  checkWritable(a);
  checkOverlap(a, b);
  write(a, elementwise(name, a, b, ctx).read(), ctx);
  return a;
}

/** A view in which one place stands for several elements, like that of `.expand`, cannot be written to. */
export function checkWritable(tensor: Tensor): void {
  if (tensor.shape.some((extent, axis) => extent > 1 && tensor.strides[axis] === 0)) {
    throw new DialectError(
      `several elements of ${tensor} are one place in memory, as .expand makes them; .clone() it before changing it`,
    );
  }
}

/** Whether a view fills one stretch of memory, each place once, in whatever order of its axes. */
function dense(tensor: Tensor): boolean {
  const axes = tensor.shape
    .map((extent, axis) => ({ extent, stride: tensor.strides[axis] }))
    .filter(({ extent }) => extent !== 1)
    .sort((a, b) => a.stride - b.stride);
  let expected = 1;
  for (const { extent, stride } of axes) {
    if (stride !== expected) return false;
    expected *= extent;
  }
  return true;
}

/** `x += x.T` reads what it has already changed; PyTorch refuses it too. */
function checkOverlap(into: Tensor, from: Tensor): void {
  if (into.storage !== from.storage || !dense(into) || !dense(from)) return;
  const apart = into.offset + into.numel <= from.offset || from.offset + from.numel <= into.offset;
  const alike =
    into.offset === from.offset &&
    into.ndim === from.ndim &&
    into.shape.every(
      (extent, axis) =>
        extent === from.shape[axis] && (extent === 1 || into.strides[axis] === from.strides[axis]),
    );
  if (!apart && !alike) {
    throw new DialectError(
      `${into} and what is written to it share memory in another order; .clone() the latter first`,
    );
  }
}

interface UnaryRule {
  readonly of: (a: number) => number;
  /** Whether an int64 tensor stays one; otherwise it becomes a float tensor. */
  readonly keeps?: true;
  readonly result?: DType;
  readonly refuses?: readonly DType[];
}

/** Half to even, as Python and PyTorch round. */
export function roundHalfEven(a: number): number {
  const floor = Math.floor(a);
  if (a - floor !== 0.5) return Math.round(a);
  return floor % 2 === 0 ? floor : floor + 1;
}

const sigmoid = (a: number) => 1 / (1 + Math.exp(-a));

export const UNARY = {
  exp: { of: Math.exp },
  exp2: { of: (a) => 2 ** a },
  expm1: { of: Math.expm1 },
  log: { of: Math.log },
  log2: { of: Math.log2 },
  log10: { of: Math.log10 },
  log1p: { of: Math.log1p },
  sqrt: { of: Math.sqrt },
  rsqrt: { of: (a) => 1 / Math.sqrt(a) },
  reciprocal: { of: (a) => 1 / a },
  tanh: { of: Math.tanh },
  sinh: { of: Math.sinh },
  cosh: { of: Math.cosh },
  sin: { of: Math.sin },
  cos: { of: Math.cos },
  tan: { of: Math.tan },
  sigmoid: { of: sigmoid },
  relu: { of: (a) => (a < 0 ? 0 : a), keeps: true, refuses: ["bool"] },
  abs: { of: Math.abs, keeps: true, refuses: ["bool"] },
  neg: { of: (a) => -a, keeps: true, refuses: ["bool"] },
  positive: { of: (a) => a, keeps: true, refuses: ["bool"] },
  square: { of: (a) => a * a, keeps: true },
  // Of NaN, PyTorch's sign is 0.
  sign: { of: (a) => Math.sign(a) || 0, keeps: true },
  floor: { of: Math.floor, keeps: true, refuses: ["bool"] },
  ceil: { of: Math.ceil, keeps: true, refuses: ["bool"] },
  trunc: { of: Math.trunc, keeps: true, refuses: ["bool"] },
  round: { of: roundHalfEven, keeps: true, refuses: ["bool"] },
  logical_not: { of: (a) => (a === 0 ? 1 : 0), result: "bool" },
  isnan: { of: (a) => (Number.isNaN(a) ? 1 : 0), result: "bool" },
  isinf: { of: (a) => (Math.abs(a) === Number.POSITIVE_INFINITY ? 1 : 0), result: "bool" },
  isfinite: { of: (a) => (Number.isFinite(a) ? 1 : 0), result: "bool" },
} satisfies Record<string, UnaryRule>;

export type UnaryName = keyof typeof UNARY;

export function mapped(name: UnaryName, a: Tensor, ctx: Context): Tensor {
  const rule: UnaryRule = UNARY[name];
  if (rule.refuses?.includes(a.dtype)) {
    throw new DialectError(`${name} has no meaning for ${a}, ${a.dtype}; use .float() first`);
  }
  return mapValues(a, rule.result ?? (rule.keeps ? a.dtype : "float"), rule.of, ctx);
}

export function mapValues(a: Tensor, dtype: DType, of: (a: number) => number, ctx: Context): Tensor {
  ctx.compute(a.numel);
  const out = empty(dtype, a.shape, ctx);
  const from = a.read();
  const into = out.storage.values;
  for (let i = 0; i < from.length; i++) into[i] = cast(of(from[i]), dtype);
  return out;
}

export function mappedInPlace(name: UnaryName, a: Tensor, ctx: Context): Tensor {
  const result = mapped(name, a, ctx);
  assign(a, result, ctx, `${name}_`);
  return a;
}

/** Writes a result over `into`, which must be able to hold its type and have its shape or one that it broadcasts to. */
export function assign(into: Tensor, from: Tensor, ctx: Context, what: string, anyType = false): void {
  if (!anyType && RANK[from.dtype] > RANK[into.dtype]) {
    throw new DialectError(
      `${what} gives ${from.dtype} values, which ${into}, ${into.dtype}, cannot hold; write a new tensor instead`,
    );
  }
  const source = expanded(from, into.shape);
  if (!source) {
    throw new DialectError(`${what}: ${from} does not fit ${into}`);
  }
  checkWritable(into);
  // Reading is finished before writing starts, in case both share a storage.
  const values = from.storage === into.storage ? source.read().slice() : source.read();
  write(into, values, ctx);
}

/** `where(condition, a, b)` */
export function where(condition: Tensor, a: Tensor, b: Tensor, ctx: Context): Tensor {
  if (condition.dtype !== "bool") {
    throw new DialectError(
      `where: the condition must be a bool tensor, and ${condition} is ${condition.dtype}`,
    );
  }
  const [mask, left, right] = broadcastAll("where", [condition, a, b], ctx);
  const choose = mask.read();
  const fromA = left.read();
  const fromB = right.read();
  ctx.compute(mask.numel);
  const out = empty(promoted(a.dtype, b.dtype), mask.shape, ctx);
  const into = out.storage.values;
  for (let i = 0; i < into.length; i++) into[i] = choose[i] !== 0 ? fromA[i] : fromB[i];
  return out;
}
