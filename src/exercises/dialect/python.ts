import type { Context } from "./context.ts";
import { mapped, roundHalfEven } from "./elementwise.ts";
import { DialectError } from "./error.ts";
import { asIndex, iterate } from "./indexing.ts";
import { binary, compare, isNumber, truth } from "./operators.ts";
import { Tensor } from "./tensor.ts";
import { Func, type Keywords, Lazy, List, Module, Range, Tuple, typeName, type Value } from "./values.ts";

type Call = (args: readonly Value[], ctx: Context, keywords: Keywords) => Value;

/** A function of Python's own. `least` and `most` are how many arguments it takes. */
function builtin(name: string, least: number, most: number, run: Call, keyword?: string): [string, Func] {
  const func = new Func(name, (args, keywords, ctx) => {
    for (const key of keywords.keys()) {
      if (key !== keyword) throw new DialectError(`${name}() has no argument \`${key}\``);
    }
    if (args.length < least || args.length > most) {
      const count = least === most ? `${least}` : `${least} to ${most}`;
      throw new DialectError(`${name}() takes ${count} arguments, and ${args.length} are given`);
    }
    return run(args, ctx, keywords);
  });
  return [name, func];
}

/** What an item of a list costs, measured in elements of a tensor: it is a value of its own, made one at a time. */
const ITEM = 50;

/** Everything a loop would go through; each item counts, so that a long range ends in a message. */
function collect(value: Value, ctx: Context): Value[] {
  const out: Value[] = [];
  for (const item of iterate(value, ctx)) {
    ctx.compute(ITEM);
    ctx.allocate(ITEM);
    out.push(item);
  }
  return out;
}

function range(args: readonly Value[]): Range {
  const [first, second, step] = args.map((arg) => {
    const at = asIndex(arg);
    if (at === undefined) throw new DialectError(`range() takes ints, not ${typeName(arg)}`);
    return at;
  });
  if (step === 0) throw new DialectError("range(): the step cannot be 0");
  return second === undefined ? new Range(0, first) : new Range(first, second, step);
}

function length(value: Value): bigint {
  if (value instanceof Tensor) {
    if (value.ndim === 0) throw new DialectError(`len(): ${value} has no dimensions`);
    return BigInt(value.shape[0]);
  }
  if (value instanceof List || value instanceof Tuple) return BigInt(value.items.length);
  if (value instanceof Range || typeof value === "string") return BigInt(value.length);
  throw new DialectError(`len(): a value of type ${typeName(value)} has no length`);
}

function* numbered(value: Value, start: bigint, ctx: Context): Generator<Value> {
  let at = start;
  for (const item of iterate(value, ctx)) yield new Tuple([at++, item]);
}

function* zipped(values: readonly Value[], ctx: Context): Generator<Value> {
  const iterators = values.map((value) => iterate(value, ctx)[Symbol.iterator]());
  while (iterators.length > 0) {
    const items: Value[] = [];
    for (const iterator of iterators) {
      const next = iterator.next();
      if (next.done) return;
      items.push(next.value);
    }
    yield new Tuple(items);
  }
}

function extreme(name: string, args: readonly Value[], largest: boolean, ctx: Context): Value {
  const items = args.length === 1 ? collect(args[0], ctx) : args;
  if (items.length === 0) throw new DialectError(`${name}() of no items`);
  return items.reduce((best, item) => (truth(compare(largest ? ">" : "<", item, best, ctx)) ? item : best));
}

function toFloat(value: Value, what = "float"): number {
  if (isNumber(value)) return Number(value);
  if (value instanceof Tensor && value.numel === 1) return value.scalar;
  if (typeof value === "string") {
    const text = value.trim().toLowerCase();
    const infinite = /^([+-]?)inf(inity)?$/.exec(text);
    if (infinite) return infinite[1] === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
    if (/^[+-]?nan$/.test(text)) return Number.NaN;
    if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/.test(text)) return Number(text);
  }
  throw new DialectError(
    `${what}() needs a number or a tensor of one element, not ${value instanceof Tensor ? value : typeName(value)}`,
  );
}

function toInt(value: Value): bigint {
  if (typeof value === "bigint") return value;
  if (typeof value === "string" && /^\s*[+-]?\d{1,18}\s*$/.test(value)) return BigInt(value.trim());
  if (typeof value === "string") throw new DialectError(`int() cannot read "${value.slice(0, 40)}"`);
  const number = toFloat(value, "int");
  if (!Number.isFinite(number)) throw new DialectError(`int() of ${number} has no meaning`);
  return BigInt.asIntN(64, BigInt(Math.trunc(number)));
}

function round(args: readonly Value[], ctx: Context): Value {
  const [value, digits] = args;
  if (value instanceof Tensor && digits === undefined) return mapped("round", value, ctx);
  if (typeof value === "bigint" || typeof value === "boolean") return BigInt(value);
  if (typeof value !== "number") throw new DialectError(`round() needs a number, not ${typeName(value)}`);
  if (digits === undefined || digits === null) return toInt(roundHalfEven(value));
  const places = asIndex(digits);
  if (places === undefined) throw new DialectError(`round(): the digits are an int, not ${typeName(digits)}`);
  if (!Number.isFinite(value) || places > 20) return value;
  if (places < 0) return roundHalfEven(value / 10 ** -places) * 10 ** -places;
  // 2.675 is a little less than it looks, so its exact digits decide; a true half goes to the even digit.
  const half = /^50*$/.test(value.toFixed(80).split(".")[1]?.slice(places) ?? "");
  return half ? roundHalfEven(value * 10 ** places) / 10 ** places : Number(value.toFixed(places));
}

function absolute(value: Value, ctx: Context): Value {
  if (value instanceof Tensor) return mapped("abs", value, ctx);
  if (!isNumber(value)) throw new DialectError(`abs() needs a number or a tensor, not ${typeName(value)}`);
  if (typeof value === "number") return Math.abs(value);
  const whole = BigInt(value);
  return whole < 0n ? -whole : whole;
}

function sorted(args: readonly Value[], ctx: Context, keywords: Keywords): Value {
  const items = collect(args[0], ctx);
  ctx.compute(items.length * 20);
  const before = (a: Value, b: Value) => truth(compare("<", a, b, ctx));
  items.sort((a, b) => (before(a, b) ? -1 : before(b, a) ? 1 : 0));
  return new List(truth(keywords.get("reverse") ?? false) ? items.reverse() : items);
}

const MANY = 1_000;

/** Python's own functions. `print` is the evaluator's. */
export const PYTHON: ReadonlyMap<string, Value> = new Map<string, Value>([
  builtin("range", 1, 3, range),
  builtin("len", 1, 1, ([value]) => length(value)),
  builtin(
    "enumerate",
    1,
    2,
    ([value, start], ctx, keywords) => {
      const first = start ?? keywords.get("start") ?? 0n;
      if (typeof first !== "bigint") throw new DialectError("enumerate(): start is an int");
      iterate(value, ctx);
      return new Lazy("enumerate", numbered(value, first, ctx));
    },
    "start",
  ),
  builtin("zip", 0, MANY, (args, ctx) => {
    for (const arg of args) iterate(arg, ctx);
    return new Lazy("zip", zipped(args, ctx));
  }),
  builtin("reversed", 1, 1, ([value], ctx) => new Lazy("reversed", collect(value, ctx).reverse())),
  builtin("sorted", 1, 1, sorted, "reverse"),
  builtin("list", 0, 1, ([value], ctx) => new List(value === undefined ? [] : collect(value, ctx))),
  builtin("tuple", 0, 1, ([value], ctx) => new Tuple(value === undefined ? [] : collect(value, ctx))),
  builtin("sum", 1, 2, ([value, start], ctx) =>
    collect(value, ctx).reduce((total, item) => binary("+", total, item, ctx), start ?? 0n),
  ),
  builtin("max", 1, MANY, (args, ctx) => extreme("max", args, true, ctx)),
  builtin("min", 1, MANY, (args, ctx) => extreme("min", args, false, ctx)),
  builtin("all", 1, 1, ([value], ctx) => collect(value, ctx).every(truth)),
  builtin("any", 1, 1, ([value], ctx) => collect(value, ctx).some(truth)),
  builtin("abs", 1, 1, ([value], ctx) => absolute(value, ctx)),
  builtin("round", 1, 2, round),
  builtin("float", 0, 1, ([value]) => (value === undefined ? 0 : toFloat(value))),
  builtin("int", 0, 1, ([value]) => (value === undefined ? 0n : toInt(value))),
  builtin("bool", 0, 1, ([value]) => (value === undefined ? false : truth(value))),
  builtin("pow", 2, 2, ([base, exponent], ctx) => binary("**", base, exponent, ctx)),
  builtin("slice", 1, 3, () => {
    throw new DialectError("slice() is not understood; write start:stop:step between the brackets");
  }),
]);

/** A function of the module `math`: a number in, a float out. */
function mathFunction(name: string, of: (x: number) => number): [string, Func] {
  return builtin(name, 1, 1, ([value]) => {
    const x = toFloat(value);
    const out = of(x);
    if (Number.isNaN(out) && !Number.isNaN(x)) throw new DialectError(`math.${name}(${x}) is no real number`);
    return out;
  });
}

export const MATH = new Module(
  "math",
  new Map<string, Value>([
    mathFunction("sqrt", Math.sqrt),
    mathFunction("exp", Math.exp),
    builtin("log", 1, 2, ([value, base]) => {
      const x = toFloat(value);
      if (!(x > 0)) throw new DialectError(`math.log(${x}) is no real number`);
      return base === undefined ? Math.log(x) : Math.log(x) / Math.log(toFloat(base));
    }),
    mathFunction("log2", Math.log2),
    mathFunction("log10", Math.log10),
    mathFunction("tanh", Math.tanh),
    mathFunction("fabs", Math.abs),
    builtin("floor", 1, 1, ([value]) => toInt(Math.floor(toFloat(value)))),
    builtin("ceil", 1, 1, ([value]) => toInt(Math.ceil(toFloat(value)))),
    builtin("pow", 2, 2, ([a, b], ctx) => binary("**", toFloat(a), toFloat(b), ctx)),
    ["pi", Math.PI],
    ["e", Math.E],
    ["inf", Number.POSITIVE_INFINITY],
    ["nan", Number.NaN],
  ]),
);
