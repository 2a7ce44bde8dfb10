/** Short ways to write a kernel task's entries. */
import type { Dims, Op, Tolerance } from "../../../plan/contract.ts";
import { tidy } from "../../../plan/source.ts";
import { TorchGenerator } from "../../../random/torch.ts";
import type { KernelMistake, KernelTask, WorkgroupSize } from "../types.ts";

export type Twin = KernelMistake["twin"];
type Args = Parameters<Twin>[0];
/** A twin for which the workgroup size makes no difference. */
export type Values = (t: Args, d: Dims) => void;
type Says = string | KernelMistake["says"];

/** A mistake, what follows from it, what it computes, and a kernel that makes it. */
export const wrong = (id: string, says: Says, twin: Twin, text: string): KernelMistake => ({
  id,
  says: typeof says === "string" ? () => says : says,
  twin,
  text,
});

/** A text in which each of these places, of which there is just one, reads differently. */
export function changed(text: string, ...edits: readonly (readonly [from: string, to: string])[]): string {
  for (const [from, to] of edits) {
    const parts = text.split(from);
    if (parts.length !== 2) throw new Error(`\`${from}\` stands ${parts.length - 1} times in\n${text}`);
    text = parts.join(to);
  }
  return text;
}

/** A kernel with holes to fill in. */
export const holes = (text: string, ...places: readonly string[]): string =>
  changed(text, ...places.map((place) => [place, "___"] as const));

/** The project's plain kernel, or the first of its passes. */
export const plainText = (op: Pick<Op, "plain">, d: Dims): string => tidy(op.plain!(d)[0].code);

/** What a learner starts from: `main`, and what is to be asked. */
export const stub = (question: string, size = "64"): string => `@compute @workgroup_size(${size})
fn main(@builtin(global_invocation_id) id: vec3u) {
  // ${question}
}`;

type Grid = KernelTask["grid"];

const invocations = ([x, y, z]: WorkgroupSize): number => x * y * z;

/** Workgroups in a row, with an invocation for each of `count` things. */
export const gridOverAll = (what: string, count: string, of: (d: Dims) => number): Grid => ({
  text: `ceil(${count} / (x · y · z)) workgroups in a row: at least one invocation for each ${what}.`,
  of: (d, size) => [Math.ceil(of(d) / invocations(size)), 1, 1],
});

/** Workgroups in a row, with x columns or rows for each; what else a workgroup has, shares them. */
export const gridOver = (what: string, symbol: string): Grid => ({
  text: `ceil(${symbol} / x) workgroups in a row, so that each has x ${what}s. With \`@workgroup_size(64)\` every invocation has a ${what} of its own, with (1, 64) a workgroup of 64 shares one, and with (8, 8) it has 8 ${what}s and 8 invocations for each.`,
  of: (d, [x]) => [Math.ceil(d[symbol] / x), 1, 1],
});

/** Workgroups that lie over a matrix like tiles. */
export const gridOfTiles = (rows: string, columns: string): Grid => ({
  text: `ceil(${columns} / x) workgroups in x and ceil(${rows} / y) in y, which lie like tiles over the ${rows} rows and ${columns} columns of the product.`,
  of: (d, [x, y]) => [Math.ceil(d[columns] / x), Math.ceil(d[rows] / y), 1],
});

/** Prime numbers that do not divide a workgroup's invocations: rows of so many elements end within a workgroup. */
export const indivisible = (size: WorkgroupSize): number[] =>
  [3, 5, 7, 11, 13, 17, 19].filter((p) => invocations(size) % p !== 0);

/** The least number from `least` on that is no multiple of any of a workgroup's extents, except 1. */
export function noMultiple(least: number, ...extents: readonly number[]): number {
  while (extents.some((extent) => extent > 1 && least % extent === 0)) least++;
  return least;
}

/** Rounds of a loop that compilers no longer unroll, which takes a software device's several times as long. */
export const LONG = 35;

/** A multiple of all extents, at least two of each, and not below `least`. */
export function multiple(least: number, ...extents: readonly number[]): number {
  const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));
  const common = extents.reduce((lcm, n) => (lcm * n) / gcd(lcm, n), 1);
  return common * Math.max(2, Math.ceil(least / common));
}

/** The sizes of a matrix N×H whose elements are spread over a row of workgroups, by what is special about them. */
export function spread(
  size: WorkgroupSize,
): Readonly<Record<"least" | "ragged" | "whole", [number, number]>> {
  const all = invocations(size);
  const [rows] = indivisible(size);
  return {
    least: [2, 1],
    ragged: [rows, noMultiple(Math.ceil(all / rows) + 2, all)],
    whole: [2, all],
  };
}

/** Random numbers that are the same each time. */
export const drawn = (n: number, f: (z: number, i: number) => number = (z) => z): Float32Array =>
  new TorchGenerator(n).randn(n).map(f);

/**
 * For a sum of so many products of standard normals. One after another, it is off by about n · 2⁻²⁴; no order is worse than some ten times that,
 * and a lost term is about 1.
 */
export const sumTolerance = (terms: number): Tolerance => ({ rtol: 1e-5, atol: 1e-6 * (1 + terms) });

/** What a gradient or a sum is of which one element is wrong, as a twin that goes through all elements of `out`. */
export const each =
  (out: string, value: (t: Args, i: number, d: Dims, size: WorkgroupSize) => number): Twin =>
  (t, d, size) => {
    for (let i = 0; i < t[out].length; i++) t[out][i] = value(t, i, d, size);
  };

/** Σ of `term(k)` over `from` ≤ k < `to`. */
export function sum(to: number, term: (k: number) => number, from = 0): number {
  let total = 0;
  for (let k = from; k < to; k++) total += term(k);
  return total;
}
