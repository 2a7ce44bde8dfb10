import { DialectError } from "./error.ts";
import type { Tensor } from "./tensor.ts";
import { shapeText } from "./tensor.ts";
import type { Value } from "./values.ts";
import { typeName } from "./values.ts";

/** Characters that a text made of values may have. */
export const LONGEST = 200_000;

/** What `str(value)` and `print` give: a string without its quotes. */
export function str(value: Value): string {
  return typeof value === "string" ? value : repr(value);
}

export function repr(value: Value): string {
  if (value === null) return "None";
  switch (typeof value) {
    case "boolean":
      return value ? "True" : "False";
    case "bigint":
      return value.toString();
    case "number":
      return floatText(value);
    case "string":
      return quoted(value);
  }
  switch (value.kind) {
    case "tensor":
      return tensorText(value);
    case "tuple": {
      const items = reprs(value.items);
      if (value.type === "torch.Size") return `torch.Size([${items.join(", ")}])`;
      if (value.fields) {
        const fields = value.fields.map((field, i) => `${field}=${items[i]}`);
        return `torch.return_types.${value.type}(\n${fields.join(",\n")})`;
      }
      return items.length === 1 ? `(${items[0]},)` : `(${items.join(", ")})`;
    }
    case "list":
      return `[${reprs(value.items).join(", ")}]`;
    case "range":
      return `range(${value.start}, ${value.stop}${value.step === 1 ? "" : `, ${value.step}`})`;
    case "slice":
      return `slice(${[value.start, value.stop, value.step].map(repr).join(", ")})`;
    case "ellipsis":
      return "Ellipsis";
    case "dtype":
      return `torch.${value.name}`;
    default:
      return `<${typeName(value)} ${value.name}>`;
  }
}

/** The items' texts, as long as they are not too long together: a list may hold one tensor many times over. */
function reprs(items: readonly Value[]): string[] {
  let length = 0;
  return items.map((item) => {
    const text = repr(item);
    length += text.length;
    if (length > LONGEST)
      throw new DialectError(`this text has more than ${LONGEST} characters, which is the limit here`);
    return text;
  });
}

function quoted(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const inside = text
    .replaceAll("\\", "\\\\")
    .replaceAll("\n", "\\n")
    .replaceAll("\t", "\\t")
    .replaceAll(quote, `\\${quote}`);
  return quote + inside + quote;
}

/** Python's shortest text of a float: JavaScript's digits, with an exponent outside 1e-4 … 1e16. */
function floatText(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value < 0 ? "-inf" : "inf";
  if (value === 0) return Object.is(value, -0) ? "-0.0" : "0.0";
  const [digits, exponentText] = value.toExponential().split("e");
  const exponent = Number(exponentText);
  if (exponent < -4 || exponent >= 16) return `${digits}e${paddedExponent(exponent)}`;
  const text =
    exponent < 0
      ? value.toFixed(Math.max(0, digits.replace(/[-.]/g, "").length - exponent - 1))
      : String(value);
  return text.includes(".") ? text : `${text}.0`;
}

function paddedExponent(exponent: number): string {
  return `${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
}

function fixed(value: number, places: number): string {
  // Beyond 1e21 JavaScript gives an exponent where Python writes all digits.
  if (Math.abs(value) >= 1e21)
    return places > 0 ? `${BigInt(value)}.${"0".repeat(places)}` : String(BigInt(value));
  return Object.is(value, -0)
    ? `-${(0).toFixed(places)}`
    : halfEven(value, places, (digits) => value.toFixed(digits));
}

/** Python rounds a value exactly between two decimals to the even one, JavaScript to the larger one. */
function halfEven(value: number, places: number, written: (places: number) => string): string {
  const rounded = written(places);
  const more = Math.min(30, 100 - places);
  const [digits, exponent] = written(places + more).split("e");
  if (!/^50*$/.test(digits.slice(-more)) || !Number.isFinite(value)) return rounded;
  const cut = digits.slice(0, -more).replace(/\.$/, "");
  if (!/[02468]$/.test(cut)) return rounded;
  return exponent === undefined ? cut : `${cut}e${exponent}`;
}

function scientific(value: number, places: number): string {
  const text = halfEven(value, places, (count) => value.toExponential(count));
  const [digits, exponent] = text.split("e");
  return `${Object.is(value, -0) ? "-" : ""}${digits}e${paddedExponent(Number(exponent))}`;
}

function general(value: number, precision: number, alternative: boolean): string {
  const digits = Math.max(precision, 1);
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  const exponent = Number(value.toExponential(digits - 1).split("e")[1]);
  const trim = (text: string): string =>
    alternative || !text.includes(".") ? text : text.replace(/\.?0+$/, "");
  if (exponent < -4 || exponent >= digits) {
    const [mantissa] = value.toExponential(digits - 1).split("e");
    return `${trim(mantissa)}e${paddedExponent(exponent)}`;
  }
  return trim(fixed(value, digits - 1 - exponent));
}

/** A format without a type, like `.4`: as `g`, but a float keeps a digit behind its point. */
function withPoint(value: number, precision: number): string {
  const text = general(value, precision, false);
  if (/[.e]/.test(text)) return text;
  return text.length < Math.max(precision, 1) ? `${text}.0` : scientificShort(value, precision);
}

function scientificShort(value: number, precision: number): string {
  const [mantissa, exponent] = scientific(value, Math.max(precision, 1) - 1).split("e");
  return `${mantissa.includes(".") ? mantissa.replace(/\.?0+$/, "") : mantissa}e${exponent}`;
}

const SPEC = /^(?:(.)?([<>=^]))?([+\- ])?(#)?(0)?(\d+)?([,_])?(?:\.(\d+))?([a-zA-Z%])?$/su;
const WIDEST = 1000;

/** What `f"{value:spec}"` gives. */
export function format(value: Value, spec: string): string {
  if (spec === "") return str(value);
  if (value !== null && typeof value === "object") {
    if (value.kind === "tensor" && value.ndim === 0) value = scalarOf(value);
    else throw new DialectError(`a ${typeName(value)} cannot be printed with the format \`${spec}\``);
  }
  const match = SPEC.exec(spec);
  if (!match)
    throw new DialectError(`\`${spec}\` is no format that is understood; write one like \`.4f\` or \`>10s\``);
  const [, fill, align, sign, alternative, zero, widthText, group, precisionText, type] = match;
  const width = Number(widthText ?? 0);
  const precision = precisionText === undefined ? undefined : Number(precisionText);
  if (width > WIDEST || (precision ?? 0) > 100)
    throw new DialectError(`\`${spec}\` is too wide; write at most .100f`);
  const wrong = (): never => {
    throw new DialectError(`a ${typeName(value)} cannot be printed with the format \`${spec}\``);
  };
  let body: string;
  let negative = false;
  const isText = value === null || typeof value === "string" || (typeof value === "boolean" && !type);
  if (isText) {
    if ((type && type !== "s") || value === null) wrong();
    body = str(value);
    if (precision !== undefined) body = body.slice(0, precision);
  } else {
    const whole = typeof value === "bigint" || typeof value === "boolean";
    const number = Number(value);
    negative = number < 0 || Object.is(number, -0);
    const size = Math.abs(number);
    const kind = type ?? (whole ? "d" : "");
    if (!Number.isFinite(size)) body = Number.isNaN(size) ? "nan" : "inf";
    else {
      switch (kind) {
        case "d":
          if (!whole) wrong();
          body = (typeof value === "bigint" ? (value < 0n ? -value : value) : BigInt(size)).toString();
          break;
        case "f":
        case "F":
          body = fixed(size, precision ?? 6);
          break;
        case "%":
          body = `${fixed(size * 100, precision ?? 6)}%`;
          break;
        case "e":
        case "E":
          body = scientific(size, precision ?? 6);
          break;
        case "g":
        case "G":
          body = general(size, precision ?? 6, alternative !== undefined);
          break;
        case "":
          body = precision === undefined ? floatText(size) : withPoint(size, precision);
          break;
        default:
          return wrong();
      }
    }
    if (/[A-Z]/.test(kind)) body = body.toUpperCase();
    if (group) body = body.replace(/^\d+/, (digits) => digits.replace(/\B(?=(?:\d{3})+$)/g, group));
  }
  const lead = negative ? "-" : isText ? "" : sign === "+" ? "+" : sign === " " ? " " : "";
  const missing = Math.max(0, width - lead.length - body.length);
  const by = align ?? (zero && !isText ? "=" : isText ? "<" : ">");
  const padding = fill ?? (zero ? "0" : " ");
  if (by === "=") return lead + padding.repeat(missing) + body;
  if (by === "<") return lead + body + padding.repeat(missing);
  if (by === ">") return padding.repeat(missing) + lead + body;
  const left = Math.floor(missing / 2);
  return padding.repeat(left) + lead + body + padding.repeat(missing - left);
}

function scalarOf(tensor: Tensor): Value {
  const value = tensor.scalar;
  return tensor.dtype === "float" ? value : tensor.dtype === "bool" ? value !== 0 : BigInt(value);
}

// PyTorch's text of a tensor, as its _tensor_str.py makes it: four decimals, or an exponent where the sizes are far apart.

const LINE = 80;
const EDGE = 3;
const SUMMARY_FROM = 1000;

function tensorText(tensor: Tensor): string {
  const suffixes: string[] = [];
  if (tensor.numel === 0) {
    if (tensor.ndim > 1) suffixes.push(`size=${shapeText(tensor.shape)}`);
    if (tensor.dtype !== "float") suffixes.push(`dtype=torch.${tensor.dtype}`);
    return `tensor([]${suffixes.map((suffix) => `, ${suffix}`).join("")})`;
  }
  const summarised = tensor.numel > SUMMARY_FROM;
  const values = tensor.read();
  const shown = summarised ? edges(tensor).map((at) => values[at]) : [...values];
  const formatter = formatterOf(shown, tensor.dtype);
  const indent = "tensor(".length;
  const text = (axis: number, start: number, depth: number): string => {
    if (axis === tensor.ndim) return formatter.text(values[start]);
    const size = tensor.shape[axis];
    const step = tensor.shape.slice(axis + 1).reduce((product, extent) => product * extent, 1);
    const indices =
      summarised && size > 2 * EDGE ? [0, 1, 2, -1, size - 3, size - 2, size - 1] : [...Array(size).keys()];
    if (axis === tensor.ndim - 1) {
      const perLine = Math.max(1, Math.floor((LINE - depth) / (formatter.width + 2)));
      const items = indices.map((i) => (i < 0 ? " ..." : formatter.text(values[start + i])));
      const lines: string[] = [];
      for (let i = 0; i < items.length; i += perLine) lines.push(items.slice(i, i + perLine).join(", "));
      return `[${lines.join(`,\n${" ".repeat(depth + 1)}`)}]`;
    }
    const parts = indices.map((i) => (i < 0 ? "..." : text(axis + 1, start + i * step, depth + 1)));
    return `[${parts.join(`,${"\n".repeat(tensor.ndim - axis - 1)}${" ".repeat(depth + 1)}`)}]`;
  };
  return `tensor(${text(0, 0, indent)})`;
}

/** The elements that a summary shows. */
function edges(tensor: Tensor): number[] {
  let at = [0];
  for (const size of tensor.shape) {
    const indices =
      size > 2 * EDGE ? [0, 1, 2, size - 3, size - 2, size - 1] : Array.from({ length: size }, (_, i) => i);
    at = at.flatMap((start) => indices.map((i) => start * size + i));
  }
  return at;
}

function formatterOf(
  values: readonly number[],
  dtype: Tensor["dtype"],
): { width: number; text: (value: number) => string } {
  const padded = (
    plain: (value: number) => string,
    all: readonly number[],
    extra: number,
  ): ReturnType<typeof formatterOf> => {
    const width = all.reduce((widest, value) => Math.max(widest, plain(value).length), 1);
    return { width: Math.max(width, extra), text: (value) => plain(value).padStart(Math.max(width, extra)) };
  };
  if (dtype === "bool") return padded((value) => (value ? "True" : "False"), values, 1);
  if (dtype === "int64") return padded((value) => String(value), values, 1);
  const finite = values.filter((value) => Number.isFinite(value) && value !== 0);
  const sizes = finite.map(Math.abs);
  const largest = sizes.reduce((a, b) => Math.max(a, b), 0);
  const smallest = sizes.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const odd = (value: number): string | null => (Number.isFinite(value) ? null : floatText(value));
  const whole = finite.every(Number.isInteger);
  const apart = finite.length > 0 && (largest / smallest > 1000 || largest > 1e8);
  if (apart || (!whole && smallest < 1e-4)) {
    return padded((value) => odd(value) ?? scientific(value, 4), finite, 1);
  }
  if (whole) return padded((value) => odd(value) ?? `${fixed(value, 0)}.`, finite, 1);
  return padded((value) => odd(value) ?? fixed(value, 4), finite, 1);
}
