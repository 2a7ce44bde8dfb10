import type { Context } from "./context.ts";
import {
  BINARY,
  type BinaryName,
  elementwise,
  elementwiseInPlace,
  floorDivide,
  mapped,
  mapValues,
  remainder,
  wrapped,
} from "./elementwise.ts";
import { DialectError } from "./error.ts";
import { matmul } from "./linear.ts";
import { Tensor } from "./tensor.ts";
import { insteadOfTensor, List, Range, Tuple, type Value } from "./values.ts";

export type BinaryOperator = "+" | "-" | "*" | "/" | "//" | "%" | "**" | "@" | "&" | "|" | "^";
export type UnaryOperator = "-" | "+" | "~" | "not";
export type Comparison = "==" | "!=" | "<" | "<=" | ">" | ">=" | "is" | "is not" | "in" | "not in";

const NAMES = new Map<string, BinaryName>(
  (Object.keys(BINARY) as BinaryName[]).map((name) => [BINARY[name].symbol, name]),
);

export function isNumber(value: Value): value is boolean | bigint | number {
  return typeof value === "boolean" || typeof value === "bigint" || typeof value === "number";
}

/** A tensor, or a number as one; undefined for anything else. */
export function operand(value: Value, ctx: Context): Tensor | undefined {
  if (value instanceof Tensor) return value;
  return isNumber(value) ? wrapped(value, ctx) : undefined;
}

function refuse(op: string, a: Value, b: Value): never {
  const instead = op === "%" && typeof a === "string" ? "; write an f-string: f'{x:.4f}'" : "";
  throw new DialectError(`${op} has no meaning between ${described(a)} and ${described(b)}${instead}`);
}

function described(value: Value): string {
  return value instanceof Tensor ? `${value}` : insteadOfTensor(value);
}

/** `a op b` */
export function binary(op: BinaryOperator, a: Value, b: Value, ctx: Context): Value {
  if (a instanceof Tensor || b instanceof Tensor) {
    const left = operand(a, ctx);
    const right = operand(b, ctx);
    if (!left || !right) refuse(op, a, b);
    if (op === "@") {
      if (isNumber(a) || isNumber(b)) refuse(op, a, b);
      return matmul(left, right, ctx);
    }
    const name = NAMES.get(op)!;
    checkIntegerPower(name, left, b);
    return elementwise(name, left, right, ctx);
  }
  if (isNumber(a) && isNumber(b)) return numbers(op, a, b);
  return sequences(op, a, b, ctx) ?? refuse(op, a, b);
}

/** PyTorch refuses an int64 tensor to a negative whole power: the result would be a fraction. */
function checkIntegerPower(name: BinaryName, base: Tensor, exponent: Value): void {
  if (name === "pow" && base.dtype !== "float" && typeof exponent === "bigint" && exponent < 0n) {
    throw new DialectError(
      `${base} holds integers, and an integer to the power ${exponent} is a fraction; use .float()`,
    );
  }
}

/** `a op= b`: a tensor or a list is changed in place and returned, anything else gives a new value. */
export function inPlace(op: BinaryOperator, a: Value, b: Value, ctx: Context): Value {
  if (a instanceof Tensor && op !== "@") {
    const right = operand(b, ctx);
    if (!right) refuse(`${op}=`, a, b);
    const name = NAMES.get(op)!;
    checkIntegerPower(name, a, b);
    return elementwiseInPlace(name, a, right, ctx);
  }
  if (a instanceof List && op === "+" && (b instanceof List || b instanceof Tuple)) {
    ctx.allocate(b.items.length);
    for (const item of [...b.items]) a.items.push(item);
    return a;
  }
  return binary(op, a, b, ctx);
}

/** Strings, lists and tuples have + and a multiple. */
function sequences(op: string, a: Value, b: Value, ctx: Context): Value | undefined {
  if (op === "*" && typeof a === "bigint") return sequences(op, b, a, ctx);
  const length = (value: Value) =>
    typeof value === "string"
      ? value.length
      : value instanceof List || value instanceof Tuple
        ? value.items.length
        : 0;
  if (op === "+") {
    ctx.compute(length(a) + length(b));
    ctx.allocate(length(a) + length(b));
    if (typeof a === "string" && typeof b === "string") return a + b;
    if (a instanceof List && b instanceof List) return new List([...a.items, ...b.items]);
    if (a instanceof Tuple && b instanceof Tuple) return new Tuple([...a.items, ...b.items]);
  }
  if (op === "*" && (typeof b === "bigint" || typeof b === "boolean")) {
    if (typeof a !== "string" && !(a instanceof List) && !(a instanceof Tuple)) return undefined;
    const times = Math.max(0, Number(b));
    ctx.compute(length(a) * times);
    ctx.allocate(length(a) * times);
    if (typeof a === "string") return length(a) === 0 ? "" : a.repeat(times);
    const items = a.items.length === 0 ? [] : Array.from({ length: times }, () => a.items).flat();
    return a instanceof List ? new List(items) : new Tuple(items);
  }
  return undefined;
}

const LARGEST = 2n ** 63n;

/** Integers have 64 bits here; Python's may grow without end. */
export function bounded(value: bigint): bigint {
  if (value >= LARGEST || value < -LARGEST)
    throw new DialectError("the integer is too large: it must fit 64 bits");
  return value;
}

/** Operators between two Python numbers; a bool counts as 0 or 1. */
function numbers(op: BinaryOperator, a: boolean | bigint | number, b: boolean | bigint | number): Value {
  if (typeof a === "boolean" && typeof b === "boolean" && (op === "&" || op === "|" || op === "^")) {
    return op === "&" ? a && b : op === "|" ? a || b : a !== b;
  }
  const left = typeof a === "boolean" ? BigInt(a) : a;
  const right = typeof b === "boolean" ? BigInt(b) : b;
  if ((op === "/" || op === "//" || op === "%") && Number(right) === 0)
    throw new DialectError(`${op}: division by zero`);
  if (typeof left === "bigint" && typeof right === "bigint") {
    switch (op) {
      case "+":
        return bounded(left + right);
      case "-":
        return bounded(left - right);
      case "*":
        return bounded(left * right);
      case "/":
        return Number(left) / Number(right);
      case "//":
        return bounded(floorBig(left, right));
      case "%":
        return left - floorBig(left, right) * right;
      case "**":
        return integerPower(left, right);
      case "&":
        return left & right;
      case "|":
        return left | right;
      case "^":
        return left ^ right;
      default:
        return refuse(op, a, b);
    }
  }
  const x = Number(left);
  const y = Number(right);
  switch (op) {
    case "+":
      return x + y;
    case "-":
      return x - y;
    case "*":
      return x * y;
    case "/":
      return x / y;
    case "//":
      return floorDivide(x, y);
    case "%":
      return remainder(x, y);
    case "**":
      return floatPower(x, y);
    default:
      return refuse(op, a, b);
  }
}

function floorBig(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a % b !== 0n && a < 0n !== b < 0n ? quotient - 1n : quotient;
}

function integerPower(base: bigint, exponent: bigint): Value {
  if (exponent < 0n) return floatPower(Number(base), Number(exponent));
  // A larger exponent leaves 64 bits for every base but these three; so nothing long is begun.
  if (base === 0n || base === 1n) return exponent === 0n ? 1n : base;
  if (base === -1n) return exponent % 2n === 0n ? 1n : -1n;
  if (exponent > 64n) return bounded(LARGEST);
  return bounded(base ** exponent);
}

function floatPower(base: number, exponent: number): number {
  if (base === 0 && exponent < 0) throw new DialectError("**: 0 cannot be raised to a negative power");
  const out = base === 1 ? 1 : base ** exponent;
  if (Number.isNaN(out) && !Number.isNaN(base) && !Number.isNaN(exponent)) {
    throw new DialectError(`**: ${base} to the power ${exponent} is no real number`);
  }
  if (!Number.isFinite(out) && Number.isFinite(base) && Number.isFinite(exponent)) {
    throw new DialectError(`**: ${base} to the power ${exponent} is too large`);
  }
  return out;
}

export function unary(op: UnaryOperator, a: Value, ctx: Context): Value {
  if (op === "not") return !truth(a);
  if (a instanceof Tensor) {
    if (op === "-") return mapped("neg", a, ctx);
    if (op === "+") return mapped("positive", a, ctx);
    return bitwiseNot(a, ctx);
  }
  if (!isNumber(a)) throw new DialectError(`${op} has no meaning for ${described(a)}`);
  const value = typeof a === "boolean" ? BigInt(a) : a;
  if (op === "-") return typeof value === "bigint" ? bounded(-value) : -value;
  if (op === "+") return value;
  if (typeof value !== "bigint") throw new DialectError("~ has no meaning for a float");
  return ~value;
}

export function bitwiseNot(a: Tensor, ctx: Context): Tensor {
  if (a.dtype === "float") throw new DialectError(`~ takes bool and int64 tensors, and ${a} holds floats`);
  return mapValues(a, a.dtype, a.dtype === "bool" ? (value) => 1 - value : (value) => -value - 1, ctx);
}

export function compare(op: Comparison, a: Value, b: Value, ctx: Context): Value {
  switch (op) {
    case "is":
      return same(a, b);
    case "is not":
      return !same(a, b);
    case "in":
    case "not in":
      return contains(b, a, ctx) === (op === "in");
  }
  if (a instanceof Tensor || b instanceof Tensor) {
    const left = operand(a, ctx);
    const right = operand(b, ctx);
    if (left && right) return elementwise(NAMES.get(op)!, left, right, ctx);
    if (op === "==" || op === "!=") return op === "!=";
    refuse(op, a, b);
  }
  if (op === "==" || op === "!=") return equal(a, b, ctx) === (op === "==");
  if (isNumber(a) && isNumber(b)) return ordered(op, a, b);
  if (typeof a === "string" && typeof b === "string") return ordered(op, a, b);
  return refuse(op, a, b);
}

function ordered<T extends boolean | bigint | number | string>(op: Comparison, a: T, b: T): boolean {
  return op === "<" ? a < b : op === "<=" ? a <= b : op === ">" ? a > b : a >= b;
}

function same(a: Value, b: Value): boolean {
  return a === b;
}

/** `==` of anything but tensors: numbers by value, sequences by their items. */
function equal(a: Value, b: Value, ctx: Context): boolean {
  ctx.compute(1);
  // biome-ignore lint/suspicious/noDoubleEquals: an int and a float of one value are equal in Python, and 1n == 1 too
  if (isNumber(a) && isNumber(b)) return Number(a) === Number(b) || a == b;
  if ((a instanceof List && b instanceof List) || (a instanceof Tuple && b instanceof Tuple)) {
    return a.items.length === b.items.length && a.items.every((item, i) => equal(item, b.items[i], ctx));
  }
  if (a instanceof Range && b instanceof Range) {
    return (
      a.length === b.length &&
      (a.length === 0 || (a.start === b.start && (a.length === 1 || a.step === b.step)))
    );
  }
  return same(a, b);
}

function contains(container: Value, value: Value, ctx: Context): boolean {
  if (typeof container === "string" && typeof value === "string") return container.includes(value);
  if (container instanceof List || container instanceof Tuple) {
    return container.items.some((item) => equal(item, value, ctx));
  }
  if (container instanceof Range && isNumber(value)) {
    const at = (Number(value) - container.start) / container.step;
    return Number.isInteger(at) && at >= 0 && at < container.length;
  }
  if (container instanceof Tensor && isNumber(value)) {
    ctx.compute(container.numel);
    return container.read().includes(Number(value));
  }
  throw new DialectError(`in: ${described(container)} has no members`);
}

/** What `if` and `not` take a value for; a tensor of several elements has no truth. */
export function truth(value: Value): boolean {
  if (value === null) return false;
  if (value instanceof Tensor) {
    if (value.numel === 1) return value.scalar !== 0;
    throw new DialectError(
      `${value} has ${value.numel} elements, so it is neither true nor false; use .all() or .any()`,
    );
  }
  if (isNumber(value)) return Number(value) !== 0;
  if (typeof value === "string") return value.length > 0;
  if (value instanceof List || value instanceof Tuple) return value.items.length > 0;
  if (value instanceof Range) return value.length > 0;
  return true;
}
