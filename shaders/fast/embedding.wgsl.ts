import { forEach, type Spread } from "./elements.ts";

/** y[n,t,:] = table[tokens[n,t],:], several elements an invocation. tokens (N,T) · table (V,E) → y (N,T,E). Writes with `=`. */
export const gather = (s: Spread): string =>
  forEach(s, "N * T * E", "y[i] = table[tokens[i / E] * E + i % E];");

/** How the positions are cut up: few, and fewer where the vocabulary is huge and `partial` would take too much memory. */
export interface Slicing {
  readonly slices: number;
  /** Positions of a slice. */
  readonly positions: number;
  /** In a long slice, positions whose sum is made apart, in `blocks`: rounding errors grow with the length of a sum. 0 in a short one. */
  readonly block: number;
}

/**
 * partial[slice,v,:] = Σ over the slice's positions p with tokens[p] = v of dy[p,:], in the order of p.
 *
 * tokens (N,T) · dy (N,T,E) → partial (slices,V,E). One item per (slice,e), which alone writes its elements of `partial`: no atomics, and every
 * position is looked at once per e, where the plain kernel does so for every character. Writes with `=`.
 */
export const scatterSlices = ({ slices, positions, block }: Slicing, s: Spread): string =>
  forEach(
    s,
    `${slices}u * E`,
    `let slice = i / E;
let e = i % E;
let start = slice * V * E + e;
let last = min((slice + 1u) * ${positions}u, N * T);
${
  block === 0
    ? `for (var v = 0u; v < V; v++) { partial[start + v * E] = 0.0; }
for (var p = slice * ${positions}u; p < last; p++) {
partial[start + tokens[p] * E] += dy[p * E + e];
}`
    : `for (var v = 0u; v < V; v++) {
partial[start + v * E] = 0.0;
blocks[start + v * E] = 0.0;
}
for (var first = slice * ${positions}u; first < last; first += ${block}u) {
let end = min(first + ${block}u, last);
for (var p = first; p < end; p++) { blocks[start + tokens[p] * E] += dy[p * E + e]; }
// A character's second position finds 0 there, and adds it.
for (var p = first; p < end; p++) {
let at = start + tokens[p] * E;
partial[at] += blocks[at];
blocks[at] = 0.0;
}
}`
}`,
  );

/** dtable[v,e] = Σ over slices of partial[slice,v,e], in slice order, in blocks of 16. Writes with `=`. */
export const combineSlices = ({ slices }: Slicing, s: Spread): string =>
  forEach(
    s,
    "V * E",
    `var sum = 0.0;
for (var first = 0u; first < ${slices}u; first += 16u) {
var block = 0.0;
for (var s = first; s < min(first + 16u, ${slices}u); s++) { block += partial[s * V * E + i]; }
sum += block;
}
dtable[i] = sum;`,
  );
