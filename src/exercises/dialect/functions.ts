import type { Context } from "./context.ts";
import { DialectError } from "./error.ts";
import { iterate } from "./indexing.ts";
import { nearest } from "./nearest.ts";
import { MATH, PYTHON } from "./python.ts";
import { asFunction, asMethod, type Entry } from "./registry.ts";
import { Tensor } from "./tensor.ts";
import { DTYPE_ALIASES, DTYPES, dtypeValue } from "./torch/dtypes.ts";
import { ENTRIES } from "./torch/index.ts";
import { Func, type Keywords, List, Module, sizeValue, Tuple, typeName, type Value } from "./values.ts";
import { reversed, transpose } from "./views.ts";

export { nearest } from "./nearest.ts";

const METHODS = new Map<string, Entry>();
const FUNCTIONS = new Map<string, Map<string, Value>>([
  ["torch", new Map<string, Value>()],
  ["F", new Map<string, Value>()],
]);

for (const entry of ENTRIES) {
  for (const name of entry.names) {
    const [module, own] = name.split(".");
    if (module === "") METHODS.set(own, entry);
    else FUNCTIONS.get(module)!.set(own, asFunction(name, entry));
  }
}

const F = new Module("F", FUNCTIONS.get("F")!);
const TORCH = new Module(
  "torch",
  new Map<string, Value>([
    ...FUNCTIONS.get("torch")!,
    ...DTYPES.map((dtype) => [dtype.name, dtype] as const),
    ...DTYPE_ALIASES.map(([alias, name]) => [alias, DTYPES.find((dtype) => dtype.name === name)!] as const),
    ["nn", new Module("torch.nn", new Map<string, Value>([["functional", F]]))],
    ["pi", Math.PI],
    ["e", Math.E],
    ["inf", Number.POSITIVE_INFINITY],
    ["nan", Number.NaN],
  ]),
);

/** The names that every text has: `torch`, `F`, `math`, `range`, `len`, … (`print` and `cmp` are the evaluator's). */
export const BUILTINS: ReadonlyMap<string, Value> = new Map<string, Value>([
  ...PYTHON,
  ["torch", TORCH],
  ["F", F],
  ["math", MATH],
]);

/** What a tensor has without a call. */
const ATTRIBUTES: ReadonlyMap<string, (tensor: Tensor) => Value> = new Map<string, (tensor: Tensor) => Value>(
  [
    ["shape", (tensor) => sizeValue(tensor.shape)],
    ["T", reversed],
    [
      "mT",
      (tensor) => {
        if (tensor.ndim < 2)
          throw new DialectError(`.mT needs at least 2 dimensions, and ${tensor} has ${tensor.ndim}`);
        return transpose(tensor, -2, -1);
      },
    ],
    ["data", (tensor) => tensor.as(tensor.shape, tensor.strides)],
    ["dtype", (tensor) => dtypeValue(tensor.dtype)],
    ["ndim", (tensor) => BigInt(tensor.ndim)],
    ["device", () => "cpu"],
    ["requires_grad", () => false],
  ],
);

const RANDOM =
  "random values differ at every run; the parameters are there under the notebook's names, `C`, `W1`, `b1`, `W2`, `b2`, `bngain` and `bnbias`";

/** What exists in PyTorch and is refused here, with the reason. */
const REFUSED: ReadonlyMap<string, string> = new Map([
  [
    "grad",
    "it is PyTorch's own gradient, the answer to the exercise; derive it from the line of the forward pass",
  ],
  [
    "backward",
    "it computes the gradients that are asked for here; derive them from the lines of the forward pass",
  ],
  [
    "autograd",
    "it computes the gradients that are asked for here; derive them from the lines of the forward pass",
  ],
  ["retain_grad", "no gradients are recorded here"],
  ["numpy", "NumPy's arrays are not understood; a tensor has the same operations"],
  ["tensordot", "write it with `@`, or with torch.einsum"],
  ["unflatten", "write it with .view"],
  ["Softmax", "write F.softmax(x, dim)"],
  ["randn", RANDOM],
  ["rand", RANDOM],
  ["randint", RANDOM],
  ["randn_like", RANDOM],
  ["rand_like", RANDOM],
]);

function unknown(what: string, name: string, known: readonly string[], common: string): never {
  const reason = REFUSED.get(name);
  if (reason) throw new DialectError(`${what}${name} is not understood here: ${reason}`);
  const near = nearest(name, known);
  throw new DialectError(
    `${what}${name} is not understood here; ${near ? `did you mean ${what}${near}?` : `understood are, among others, ${common}`}`,
  );
}

/** `value.name`: a tensor's attribute or bound method, a field of a named tuple, a member of a module. */
export function attribute(value: Value, name: string, _ctx: Context): Value {
  if (value instanceof Tensor) {
    const read = ATTRIBUTES.get(name);
    if (read) return read(value);
    const entry = METHODS.get(name);
    if (entry) return asMethod(`.${name}`, entry, value);
    return unknown(
      ".",
      name,
      [...ATTRIBUTES.keys(), ...METHODS.keys()],
      ".sum, .max, .mean, .exp, .clone, .view, .expand, .unsqueeze, .shape and .T",
    );
  }
  if (value instanceof Module) {
    const member = value.members.get(name);
    if (member !== undefined) return member;
    const known = [...value.members.keys()];
    return unknown(`${value.name}.`, name, known, known.slice(0, 10).join(", "));
  }
  if (value instanceof Tuple) {
    const at = value.fields?.indexOf(name) ?? -1;
    if (at >= 0) return value.items[at];
    if (value.type === "torch.Size" && name === "numel") {
      return new Func(".numel", () =>
        value.items.reduce((size: bigint, extent) => size * (extent as bigint), 1n),
      );
    }
  }
  if (value instanceof List && (name === "append" || name === "extend")) {
    return new Func(`.${name}`, (args, _keywords, ctx) => {
      if (args.length !== 1) throw new DialectError(`.${name} takes one value`);
      for (const item of name === "append" ? args : iterate(args[0], ctx)) {
        ctx.allocate(1);
        value.items.push(item);
      }
      return null;
    });
  }
  throw new DialectError(`a value of type ${typeName(value)} has no .${name}${insteadOf(value)}`);
}

/** What there is where a value has no such attribute. */
function insteadOf(value: Value): string {
  if (value instanceof List) return "; it has .append and .extend";
  if (value instanceof Tuple && value.fields) return `; it has .${value.fields.join(" and .")}`;
  if (typeof value === "string") return "; texts are written with f-strings";
  return value instanceof Func ? `; call it with \`( )\` first` : "; tensors have methods here";
}

/** `callee(args, name=value)` */
export function call(callee: Value, args: readonly Value[], keywords: Keywords, ctx: Context): Value {
  if (!(callee instanceof Func))
    throw new DialectError(`a value of type ${typeName(callee)} cannot be called`);
  return callee.call(args, keywords, ctx);
}

/** Every name of torch that is understood, with its parameters, for the documentation and for the test of each. */
export function understood(): { names: readonly string[]; parameters: string }[] {
  return [
    ...[...ATTRIBUTES.keys()].map((name) => ({ names: [`.${name}`], parameters: "" })),
    ...ENTRIES.map(({ names, signature }) => ({ names, parameters: signature.text })),
  ];
}
