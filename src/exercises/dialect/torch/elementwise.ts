import type { Arguments } from "../arguments.ts";
import {
  assign,
  BINARY,
  type BinaryName,
  broadcastAll,
  elementwise,
  elementwiseInPlace,
  mapped,
  mappedInPlace,
  UNARY,
  type UnaryName,
  where,
  wrapped,
} from "../elementwise.ts";
import { DialectError } from "../error.ts";
import { maskIndices } from "../indexing.ts";
import { bitwiseNot } from "../operators.ts";
import { define, type Entry } from "../registry.ts";
import { shapeText, type Tensor, tensorOf } from "../tensor.ts";
import { Tuple } from "../values.ts";

/** Names beside the table's own. */
const ALIASES: Partial<Record<BinaryName | UnaryName, readonly string[]>> = {
  sub: ["subtract"],
  mul: ["multiply"],
  div: ["divide", "true_divide"],
  ne: ["not_equal"],
  lt: ["less"],
  le: ["less_equal"],
  gt: ["greater"],
  ge: ["greater_equal"],
  abs: ["absolute"],
  neg: ["negative"],
};

/** The functions that PyTorch has no form with `_` of. */
const NOT_IN_PLACE = new Set(["maximum", "minimum", "isnan", "isinf", "isfinite", "positive"]);

function binaryEntries(name: BinaryName): Entry[] {
  const all = [name, ...(ALIASES[name] ?? [])];
  const scaled = name === "add" || name === "sub";
  const parameters = scaled
    ? "input, other, *, alpha=1"
    : name === "div"
      ? "input, other, *, rounding_mode=None"
      : "input, other";
  const first = (args: Arguments) => (name === "pow" ? args.operand("input") : args.tensor("input"));
  const other = (args: Arguments): Tensor => {
    const onlyTensor = name === "maximum" || name === "minimum" || name.startsWith("logical");
    const value = onlyTensor ? args.tensor("other") : args.operand("other");
    if (!scaled || args.value("alpha") === 1n) return value;
    return elementwise("mul", value, wrapped(args.number("alpha"), args.ctx), args.ctx);
  };
  const checked = (args: Arguments, input: Tensor): BinaryName => {
    const exponent = args.value(name === "pow" ? "exponent" : "other");
    if (name === "pow" && input.dtype !== "float" && typeof exponent === "bigint" && exponent < 0n) {
      throw new DialectError(`${args.what}: an integer to the power ${exponent} is a fraction; use .float()`);
    }
    if (name !== "div" || !args.has("rounding_mode")) return name;
    const mode = args.string("rounding_mode");
    if (mode !== "floor")
      throw new DialectError(`${args.what}: rounding_mode="${mode}" is not understood; "floor" is`);
    return "floor_divide";
  };
  const text = name === "pow" ? "input, exponent" : parameters;
  const right = (args: Arguments) => (name === "pow" ? args.operand("exponent") : other(args));
  const entries = [
    define(all.flatMap((each) => [`torch.${each}`, `.${each}`]).join(" "), text, (args) => {
      const input = first(args);
      return elementwise(checked(args, input), input, right(args), args.ctx);
    }),
  ];
  if (!NOT_IN_PLACE.has(name)) {
    entries.push(
      define(all.map((each) => `.${each}_`).join(" "), text, (args) => {
        const input = args.tensor("input");
        return elementwiseInPlace(checked(args, input), input, right(args), args.ctx);
      }),
    );
  }
  return entries;
}

function unaryEntries(name: UnaryName): Entry[] {
  const all = [name, ...(ALIASES[name] ?? [])];
  const functional = name === "relu" || name === "tanh" || name === "sigmoid" ? [`F.${name}`] : [];
  const methods = all.map((each) => `.${each}`);
  const entries = [
    define([...all.map((each) => `torch.${each}`), ...functional, ...methods].join(" "), "input", (args) =>
      mapped(name, args.tensor("input"), args.ctx),
    ),
  ];
  if (!NOT_IN_PLACE.has(name)) {
    entries.push(
      define(all.map((each) => `.${each}_`).join(" "), "input", (args) =>
        mappedInPlace(name, args.tensor("input"), args.ctx),
      ),
    );
  }
  return entries;
}

function clamped(args: Arguments): Tensor {
  let out = args.tensor("input");
  if (!args.has("min") && !args.has("max")) throw new DialectError(`${args.what} needs min or max`);
  if (args.has("min")) out = elementwise("maximum", out, args.operand("min"), args.ctx);
  if (args.has("max")) out = elementwise("minimum", out, args.operand("max"), args.ctx);
  return out;
}

function sameTensors(args: Arguments): Tensor[] {
  return broadcastAll(args.what, [args.tensor("input"), args.tensor("other")], args.ctx);
}

/** |a - b| <= atol + rtol |b|, and equal infinities. */
function close(args: Arguments): Tensor {
  const [a, b] = sameTensors(args).map((tensor) => tensor.read());
  const rtol = Number(args.number("rtol"));
  const atol = Number(args.number("atol"));
  const equalNan = args.bool("equal_nan");
  args.ctx.compute(a.length);
  const shape = sameTensors(args)[0].shape;
  const values = Array.from(a, (x, i) => {
    const y = b[i];
    if (Number.isNaN(x) && Number.isNaN(y)) return equalNan ? 1 : 0;
    return x === y || (Number.isFinite(y) && Math.abs(x - y) <= atol + rtol * Math.abs(y)) ? 1 : 0;
  });
  return tensorOf("bool", shape, values, args.ctx);
}

export const ELEMENTWISE: readonly Entry[] = [
  ...(Object.keys(BINARY) as BinaryName[]).flatMap(binaryEntries),
  ...(Object.keys(UNARY) as UnaryName[]).flatMap(unaryEntries),
  define("torch.bitwise_not .bitwise_not", "input", (args) => bitwiseNot(args.tensor("input"), args.ctx)),
  define("torch.clamp .clamp torch.clip .clip", "input, min=None, max=None", clamped),
  define(".clamp_ .clip_", "input, min=None, max=None", (args) => {
    const input = args.tensor("input");
    assign(input, clamped(args), args.ctx, args.what);
    return input;
  }),
  define("torch.where", "condition, input=None, other=None", (args) => {
    if (!args.has("input")) return new Tuple(maskIndices(args.tensor("condition"), args.ctx));
    return where(args.tensor("condition"), args.operand("input"), args.operand("other"), args.ctx);
  }),
  define(".where", "input, condition, other", (args) =>
    where(args.tensor("condition"), args.tensor("input"), args.operand("other"), args.ctx),
  ),
  define("torch.isclose .isclose", "input, other, rtol=1e-05, atol=1e-08, equal_nan=False", close),
  define("torch.allclose .allclose", "input, other, rtol=1e-05, atol=1e-08, equal_nan=False", (args) =>
    close(args)
      .read()
      .every((value) => value !== 0),
  ),
  define("torch.equal .equal", "input, other", (args) => {
    const a = args.tensor("input");
    const b = args.tensor("other");
    if (shapeText(a.shape) !== shapeText(b.shape)) return false;
    const values = b.read();
    args.ctx.compute(a.numel);
    return a.read().every((value, i) => value === values[i]);
  }),
];
