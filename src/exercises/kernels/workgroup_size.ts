/** `@workgroup_size` of a kernel's `main`, which the grid and the cases follow from. */
import type { Scan } from "./scan.ts";
import type { Token } from "./tokens.ts";
import type { WorkgroupSize } from "./types.ts";

/** What cannot be worked out, in words. */
export class SizeError extends Error {
  override name = "SizeError";
}

/** Constants that are defined by constants that are defined by …, at most. */
const DEPTH = 30;

/** @throws SizeError */
export function workgroupSize({ constants }: Scan, args: readonly Token[]): WorkgroupSize {
  const reader = new Reader(args, { constants, known: new Map() }, 0);
  const values: number[] = [];
  while (!reader.done) {
    values.push(reader.expression());
    if (!reader.done) reader.expect(",");
  }
  const wrong = values.find((value) => !Number.isInteger(value) || value < 1);
  if (wrong !== undefined) throw new SizeError(`a workgroup size of ${wrong} is none: use 1 or more`);
  const [x, y = 1, z = 1] = values;
  if (x === undefined) throw new SizeError("it needs at least one number");
  return [x, y, z];
}

export const invocationsOf = (size: WorkgroupSize): number => size.reduce((product, n) => product * n);

/** A whole number that follows from constants and these sizes; undefined if it does not. */
export function wholeNumber(
  { constants }: Scan,
  tokens: readonly Token[],
  sizes: Readonly<Record<string, number>>,
): number | undefined {
  const reader = new Reader(tokens, { constants, known: new Map(Object.entries(sizes)) }, 0);
  try {
    const value = reader.expression();
    return Number.isFinite(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SizeError) return undefined;
    throw error;
  }
}

/** From what binds least to what binds most. */
const LEVELS: readonly Readonly<Record<string, (a: number, b: number) => number>>[] = [
  { "|": (a, b) => a | b },
  { "^": (a, b) => a ^ b },
  { "&": (a, b) => a & b },
  { "<<": (a, b) => a * 2 ** b, ">>": (a, b) => Math.floor(a / 2 ** b) },
  { "+": (a, b) => a + b, "-": (a, b) => a - b },
  { "*": (a, b) => a * b, "/": (a, b) => Math.trunc(a / b), "%": (a, b) => a % b },
];

const FUNCTIONS: Readonly<Record<string, (...values: number[]) => number>> = {
  u32: (value) => value,
  i32: (value) => value,
  min: Math.min,
  max: Math.max,
  abs: Math.abs,
};

interface Names {
  readonly constants: ReadonlyMap<string, readonly Token[]>;
  /** Values of constants that were read before. */
  readonly known: Map<string, number>;
}

/** A constant expression of whole numbers. */
class Reader {
  readonly #tokens: readonly Token[];
  readonly #names: Names;
  readonly #depth: number;
  #at = 0;

  constructor(tokens: readonly Token[], names: Names, depth: number) {
    this.#tokens = tokens;
    this.#names = names;
    this.#depth = depth;
  }

  get done(): boolean {
    return this.#at >= this.#tokens.length;
  }

  expect(text: string): void {
    if (!this.#accept(text)) throw this.#unknown();
  }

  expression(level = 0): number {
    if (level === LEVELS.length) return this.#unary();
    let value = this.expression(level + 1);
    for (;;) {
      const sign = Object.keys(LEVELS[level]).find((s) => this.#accept(s));
      if (!sign) return value;
      value = LEVELS[level][sign](value, this.expression(level + 1));
    }
  }

  #unary(): number {
    if (this.#accept("-")) return -this.#unary();
    if (this.#accept("~")) return ~this.#unary();
    if (this.#accept("(")) {
      const value = this.expression();
      this.expect(")");
      return value;
    }
    const token = this.#tokens[this.#at++];
    if (token?.kind === "number") return this.#number(token.text);
    if (token?.kind !== "name") throw this.#unknown();
    if (Object.hasOwn(FUNCTIONS, token.text) && this.#accept("(")) {
      const values = [this.expression()];
      while (this.#accept(",")) values.push(this.expression());
      this.expect(")");
      return FUNCTIONS[token.text](...values);
    }
    return this.#constant(token.text);
  }

  #number(text: string): number {
    const value = Number(text.replace(/^(0[xX][\da-fA-F]+|\d+)[iu]$/, "$1"));
    if (!Number.isInteger(value)) throw new SizeError(`${text} is no whole number`);
    return value;
  }

  #constant(name: string): number {
    const { constants, known } = this.#names;
    const before = known.get(name);
    if (before !== undefined) return before;
    const tokens = constants.get(name);
    if (!tokens) throw new SizeError(`\`${name}\` is no constant of yours: give it a number`);
    if (this.#depth === DEPTH) throw new SizeError("its constants lead too far: give it a number");
    const reader = new Reader(tokens, this.#names, this.#depth + 1);
    const value = reader.expression();
    if (!reader.done) throw reader.#unknown();
    known.set(name, value);
    return value;
  }

  /** Signs of two characters, such as <<, are two tokens side by side. */
  #accept(text: string): boolean {
    for (let k = 0; k < text.length; k++) if (this.#tokens[this.#at + k]?.text !== text[k]) return false;
    this.#at += text.length;
    return true;
  }

  #unknown(): SizeError {
    return new SizeError("it is more than whole numbers and your constants: give it a number");
  }
}
