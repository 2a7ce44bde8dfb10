/** How much memory an invocation of a kernel has to itself: software devices compile each element of an array by itself. */
import type { Scan } from "./scan.ts";
import type { Token } from "./tokens.ts";
import { wholeNumber } from "./workgroup_size.ts";

/** Named types that are made of named types that are made of …, at most. */
const DEPTH = 20;
/** More than any kernel has; keeps products finite. */
const MOST = 1e9;

/** A type's elements: 1 for a number, 4 for a vec4f, 12 for an array of three of these. */
class Types {
  readonly #scan: Scan;
  readonly #sizes: Readonly<Record<string, number>>;
  readonly #known = new Map<string, number>();

  constructor(scan: Scan, sizes: Readonly<Record<string, number>>) {
    this.#scan = scan;
    this.#sizes = sizes;
  }

  /** Of the arrays, and the named types that have some, in these tokens. */
  arrays(tokens: readonly Token[], depth = 0): number {
    let sum = 0;
    for (let i = 0; i < tokens.length; i++) {
      if (tokens[i].text === "array" && tokens[i + 1]?.text === "<") {
        const end = closing(tokens, i + 1);
        sum += this.#array(tokens.slice(i + 2, end), depth);
        i = end;
      } else sum += this.#named(tokens[i].text, depth);
      sum = Math.min(sum, MOST);
    }
    return sum;
  }

  #array(inside: readonly Token[], depth: number): number {
    const comma = commaOf(inside);
    // Without a number of elements it is a buffer's.
    if (comma < 0) return 0;
    const element = inside.slice(0, comma);
    const each = Math.max(numbers(element[0]?.text ?? ""), this.arrays(element, depth));
    const count = wholeNumber(this.#scan, inside.slice(comma + 1), this.#sizes) ?? 1;
    return Math.min(each * count, MOST);
  }

  #named(name: string, depth: number): number {
    const tokens = this.#scan.types.get(name);
    if (!tokens || depth > DEPTH) return 0;
    const before = this.#known.get(name);
    if (before !== undefined) return before;
    this.#known.set(name, 0);
    const size = this.arrays(tokens, depth + 1);
    this.#known.set(name, size);
    return size;
  }
}

/** Where the list of a type's parameters that opens here is closed. */
function closing(tokens: readonly Token[], open: number): number {
  let depth = 0;
  for (let i = open; i < tokens.length; i++) {
    if (tokens[i].text === "<") depth++;
    if (tokens[i].text === ">" && --depth === 0) return i;
  }
  return tokens.length;
}

/** The first comma outside of brackets, or −1. */
function commaOf(tokens: readonly Token[]): number {
  let depth = 0;
  for (const [i, { text }] of tokens.entries()) {
    if ("<([".includes(text)) depth++;
    if (">)]".includes(text)) depth--;
    if (text === "," && depth === 0) return i;
  }
  return -1;
}

/** Numbers in a vector or a matrix, by its name. */
function numbers(type: string): number {
  const [, columns, rows] = /^(?:vec|mat)([234])(?:x([234]))?/.exec(type) ?? [];
  return Number(columns ?? 1) * Number(rows ?? 1);
}

/** Elements of all arrays that a text mentions, but for those in workgroup memory and where a type gets a name. */
export function ownElements(scan: Scan, sizes: Readonly<Record<string, number>>): number {
  return new Types(scan, sizes).arrays(scan.own);
}
