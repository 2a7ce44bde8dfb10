import type { Context } from "./context.ts";
import { DialectError } from "./error.ts";
import type { Tensor } from "./tensor.ts";
import type { Value } from "./values.ts";

export type BinaryOperator = "+" | "-" | "*" | "/" | "//" | "%" | "**" | "@" | "&" | "|" | "^";
export type UnaryOperator = "-" | "+" | "~" | "not";
export type Comparison = "==" | "!=" | "<" | "<=" | ">" | ">=" | "is" | "is not" | "in" | "not in";

/** `a op b` */
export function binary(op: BinaryOperator, _a: Value, _b: Value, _ctx: Context): Value {
  throw new DialectError(`${op} is not built yet`);
}

/** `a op= b`: a tensor or a list is changed in place and returned, anything else gives a new value. */
export function inPlace(op: BinaryOperator, _a: Value, _b: Value, _ctx: Context): Value {
  throw new DialectError(`${op}= is not built yet`);
}

export function unary(op: UnaryOperator, _a: Value, _ctx: Context): Value {
  throw new DialectError(`${op} is not built yet`);
}

export function compare(op: Comparison, _a: Value, _b: Value, _ctx: Context): Value {
  throw new DialectError(`${op} is not built yet`);
}

/** What `if` and `not` take a value for; a tensor of several elements has no truth. */
export function truth(_value: Value): boolean {
  throw new DialectError("not built yet");
}

export function matmul(_a: Tensor, _b: Tensor, _ctx: Context): Tensor {
  throw new DialectError("@ is not built yet");
}
