import type { Context } from "./context.ts";
import { wrapped } from "./elementwise.ts";
import { DialectError } from "./error.ts";
import { asIndex } from "./indexing.ts";
import { isNumber } from "./operators.ts";
import { Tensor } from "./tensor.ts";
import { DtypeValue, type Keywords, List, Range, Tuple, typeName, type Value } from "./values.ts";

interface Parameter {
  readonly name: string;
  /** undefined: it must be given. */
  readonly fallback: Value | undefined;
  readonly keywordOnly: boolean;
  /** Whether it takes all positional arguments that are left, as `*size` does. */
  readonly rest: boolean;
}

/** What a function's parameters are, as Python writes them: "input, dim=None, keepdim=False, *, dtype=None". */
export interface Signature {
  readonly text: string;
  readonly parameters: readonly Parameter[];
}

function fallbackOf(text: string): Value {
  if (text === "None") return null;
  if (text === "True" || text === "False") return text === "True";
  if (/^'.*'$/.test(text)) return text.slice(1, -1);
  return /^-?\d+$/.test(text) ? BigInt(text) : Number(text);
}

export function signature(text: string): Signature {
  const parameters: Parameter[] = [];
  let keywordOnly = false;
  for (const part of text.split(",").map((piece) => piece.trim())) {
    if (part === "*") keywordOnly = true;
    if (part === "*" || part === "") continue;
    const [name, fallback] = part.split("=");
    const rest = name.startsWith("*");
    parameters.push({
      name: rest ? name.slice(1) : name,
      fallback: rest ? new Tuple([]) : fallback === undefined ? undefined : fallbackOf(fallback),
      keywordOnly,
      rest,
    });
    if (rest) keywordOnly = true;
  }
  return { text, parameters };
}

/** NumPy's spellings, which PyTorch takes too. */
const SPELLINGS = new Map([
  ["axis", "dim"],
  ["keepdims", "keepdim"],
  ["axes", "dim"],
  ["x", "input"],
  ["axis0", "dim0"],
  ["axis1", "dim1"],
]);

/** The arguments of one call by the parameters' names, each read as the type that the function needs. */
export class Arguments {
  readonly ctx: Context;
  readonly #what: string;
  readonly #values: ReadonlyMap<string, Value>;

  constructor(what: string, values: ReadonlyMap<string, Value>, ctx: Context) {
    this.#what = what;
    this.#values = values;
    this.ctx = ctx;
  }

  /** Puts positional and named arguments in the places of the parameters; `self` is what a method is called on. */
  static bind(
    what: string,
    { text, parameters }: Signature,
    args: readonly Value[],
    keywords: Keywords,
    ctx: Context,
    self?: Value,
  ): Arguments {
    const values = new Map<string, Value>();
    if (self !== undefined) {
      values.set(parameters[0].name, self);
      parameters = parameters.slice(1);
    }
    const takes = (): string =>
      `its arguments are (${self === undefined ? text : text.replace(/^\w+,? ?/, "")})`;
    const positional = parameters.filter(({ keywordOnly, rest }) => rest || !keywordOnly);
    for (const [i, arg] of args.entries()) {
      const parameter = positional[i];
      if (!parameter) {
        throw new DialectError(
          `${what} takes at most ${positional.length} arguments in order, and ${args.length} are given; ${takes()}`,
        );
      }
      if (parameter.rest) {
        values.set(parameter.name, new Tuple(args.slice(i)));
        break;
      }
      values.set(parameter.name, arg);
    }
    for (const [keyword, value] of keywords) {
      const known = (name: string | undefined) => parameters.find((parameter) => parameter.name === name);
      const parameter = known(keyword) ?? known(SPELLINGS.get(keyword));
      if (!parameter) throw new DialectError(`${what} has no argument \`${keyword}\`; ${takes()}`);
      if (values.has(parameter.name))
        throw new DialectError(`${what} gets \`${parameter.name}\` twice; ${takes()}`);
      values.set(parameter.name, parameter.rest ? new Tuple([value]) : value);
    }
    for (const { name, fallback } of parameters) {
      if (values.has(name)) continue;
      if (fallback === undefined) throw new DialectError(`${what} needs \`${name}\`; ${takes()}`);
      values.set(name, fallback);
    }
    return new Arguments(what, values, ctx);
  }

  get what(): string {
    return this.#what;
  }

  value(name: string): Value {
    return this.#values.get(name) ?? null;
  }

  /** Whether it is given, and not None. */
  has(name: string): boolean {
    return this.value(name) !== null;
  }

  #wrong(name: string, needed: string, value: Value): never {
    throw new DialectError(`${this.#what}: \`${name}\` must be ${needed}, not ${typeName(value)}`);
  }

  tensor(name: string): Tensor {
    const value = this.value(name);
    return value instanceof Tensor ? value : this.#wrong(name, "a tensor", value);
  }

  /** A tensor, or a number as one. */
  operand(name: string): Tensor {
    const value = this.value(name);
    if (value instanceof Tensor) return value;
    return isNumber(value) ? wrapped(value, this.ctx) : this.#wrong(name, "a tensor or a number", value);
  }

  /** A number, or the only element of a tensor without dimensions. */
  number(name: string): boolean | bigint | number {
    const value = this.value(name);
    if (isNumber(value)) return value;
    if (value instanceof Tensor && value.ndim === 0) return itemOf(value);
    return this.#wrong(name, "a number", value);
  }

  int(name: string): number {
    const value = this.value(name);
    const at = typeof value === "boolean" ? undefined : asIndex(value);
    return at ?? this.#wrong(name, "an int", value);
  }

  optionalInt(name: string): number | undefined {
    return this.has(name) ? this.int(name) : undefined;
  }

  bool(name: string): boolean {
    const value = this.value(name);
    return typeof value === "boolean" ? value : this.#wrong(name, "True or False", value);
  }

  string(name: string): string {
    const value = this.value(name);
    return typeof value === "string" ? value : this.#wrong(name, "a string", value);
  }

  /** One dimension or several; undefined for None. */
  dims(name: string): number[] | undefined {
    const value = this.value(name);
    if (value === null) return undefined;
    if (value instanceof Tuple || value instanceof List) return this.#ints(name, value.items);
    return [this.int(name)];
  }

  /** Sizes or dimensions, given one by one or as one tuple: `.view(2, 3)`, `.view((2, 3))`. */
  ints(name: string): number[] {
    const value = this.value(name);
    if (value instanceof Range)
      return this.#ints(
        name,
        [...Array(value.length).keys()].map((i) => BigInt(value.start + i * value.step)),
      );
    if (!(value instanceof Tuple || value instanceof List)) return [this.int(name)];
    const only = value.items.length === 1 ? value.items[0] : undefined;
    if (only instanceof Tuple || only instanceof List) return this.#ints(name, only.items);
    return this.#ints(name, value.items);
  }

  #ints(name: string, items: readonly Value[]): number[] {
    return items.map((item) => {
      const at = typeof item === "boolean" ? undefined : asIndex(item);
      return at ?? this.#wrong(name, "ints", item);
    });
  }

  /** Several tensors: one by one, or as one tuple or list. */
  tensors(name: string): Tensor[] {
    const value = this.value(name);
    let items =
      value instanceof Tuple || value instanceof List ? value.items : this.#wrong(name, "tensors", value);
    if (items.length === 1 && (items[0] instanceof Tuple || items[0] instanceof List)) items = items[0].items;
    return items.map((item) => (item instanceof Tensor ? item : this.#wrong(name, "tensors", item)));
  }

  dtype(name: string): DtypeValue | undefined {
    const value = this.value(name);
    if (value === null) return undefined;
    return value instanceof DtypeValue ? value : this.#wrong(name, "a dtype like torch.float32", value);
  }
}

/** The only element of a tensor as a Python number. */
export function itemOf(tensor: Tensor): boolean | bigint | number {
  if (tensor.numel !== 1) {
    throw new DialectError(`.item() needs one element, and ${tensor} has ${tensor.numel}`);
  }
  const value = tensor.scalar;
  if (tensor.dtype === "float") return value;
  return tensor.dtype === "bool" ? value !== 0 : BigInt(value);
}
