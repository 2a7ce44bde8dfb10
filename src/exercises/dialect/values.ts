import type { Context } from "./context.ts";
import type { DType, Tensor } from "./tensor.ts";

/**
 * What a name of the dialect can hold. A Python `int` is a bigint and a `float` is a number, so that `7 // 2` and
 * `7 / 2` need no guess; `None` is null.
 */
export type Value =
  | null
  | boolean
  | bigint
  | number
  | string
  | Tensor
  | Tuple
  | List
  | Range
  | Slice
  | Ellipsis
  | DtypeValue
  | Lazy
  | Func
  | Module;

export class Tuple {
  readonly kind = "tuple";
  readonly items: readonly Value[];
  /** The fields of a named tuple, like ("values", "indices") of `x.max(1)`. */
  readonly fields: readonly string[] | undefined;
  /** The type's name where it is not `tuple`: a shape is a `torch.Size`. */
  readonly type: string;

  constructor(items: readonly Value[], fields?: readonly string[], type = "tuple") {
    this.items = items;
    this.fields = fields;
    this.type = type;
  }
}

export class List {
  readonly kind = "list";
  readonly items: Value[];

  constructor(items: Value[]) {
    this.items = items;
  }
}

/** `range(start, stop, step)`, never written out. */
export class Range {
  readonly kind = "range";
  readonly start: number;
  readonly stop: number;
  readonly step: number;

  constructor(start: number, stop: number, step = 1) {
    this.start = start;
    this.stop = stop;
    this.step = step;
  }

  get length(): number {
    return Math.max(0, Math.ceil((this.stop - this.start) / this.step));
  }
}

/** `start:stop:step` between square brackets; what is left out is null. */
export class Slice {
  readonly kind = "slice";
  readonly start: Value;
  readonly stop: Value;
  readonly step: Value;

  constructor(start: Value = null, stop: Value = null, step: Value = null) {
    this.start = start;
    this.stop = stop;
    this.step = step;
  }
}

/** `...` */
export class Ellipsis {
  readonly kind = "ellipsis";
}

export const ELLIPSIS = new Ellipsis();

/** `torch.float32`, `torch.int64`, … */
export class DtypeValue {
  readonly kind = "dtype";
  readonly name: string;
  readonly dtype: DType;

  constructor(name: string, dtype: DType) {
    this.name = name;
    this.dtype = dtype;
  }
}

/** What `enumerate` and `zip` return: gone through once, by a loop, nothing is computed ahead. */
export class Lazy {
  readonly kind = "lazy";
  readonly name: string;
  readonly items: Iterable<Value>;

  constructor(name: string, items: Iterable<Value>) {
    this.name = name;
    this.items = items;
  }
}

export type Keywords = ReadonlyMap<string, Value>;

/** A function or a method bound to its tensor. `name` is how it was written, like `torch.sum` or `.sum`. */
export class Func {
  readonly kind = "function";
  readonly name: string;
  readonly call: (args: readonly Value[], keywords: Keywords, ctx: Context) => Value;

  constructor(name: string, call: (args: readonly Value[], keywords: Keywords, ctx: Context) => Value) {
    this.name = name;
    this.call = call;
  }
}

export class Module {
  readonly kind = "module";
  readonly name: string;
  readonly members: ReadonlyMap<string, Value>;

  constructor(name: string, members: ReadonlyMap<string, Value>) {
    this.name = name;
    this.members = members;
  }
}

/** The shape of a tensor as the text sees it. */
export function sizeValue(shape: readonly number[]): Tuple {
  return new Tuple(shape.map(BigInt), undefined, "torch.Size");
}

/** The name of a value's type, for messages. */
export function typeName(value: Value): string {
  if (value === null) return "None";
  switch (typeof value) {
    case "boolean":
      return "bool";
    case "bigint":
      return "int";
    case "number":
      return "float";
    case "string":
      return "str";
  }
  switch (value.kind) {
    case "tensor":
      return "tensor";
    case "tuple":
      return value.type;
    case "lazy":
      return value.name;
    case "dtype":
      return "torch.dtype";
    default:
      return value.kind;
  }
}

/** A value for a message that wants another: "a str", or what to take of a pair like `x.max(1)`. */
export function insteadOfTensor(value: Value): string {
  if (value instanceof Func) return `the function ${value.name}, which needs \`( )\``;
  if (value instanceof Tuple && value.fields)
    return `a pair of ${value.fields.join(" and ")}; take ${value.fields.map((each) => `\`.${each}\``).join(" or ")}`;
  const name = typeName(value);
  return `${/^[aeiou]/i.test(name) ? "an" : "a"} ${name}`;
}
