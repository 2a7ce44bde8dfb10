import { forEach, type Spread } from "./elements.ts";

/** y[n,t,:] = table[tokens[n,t],:], several elements an invocation. tokens (N,T) · table (V,E) → y (N,T,E). Writes with `=`. */
export const gather = (s: Spread): string =>
  forEach(s, "N * T * E", "y[i] = table[tokens[i / E] * E + i % E];");

/**
 * partial[slice,v,:] = Σ over the slice's positions p with tokens[p] = v of dy[p,:], in the order of p.
 *
 * tokens (N,T) · dy (N,T,E) → partial (slices,V,E). One item per (slice,e), which alone writes its elements of `partial`: no atomics, and every
 * position is looked at once per e, where the plain kernel does so for every character. Writes with `=`.
 */
export const scatterSlices = (o: { slices: number; positions: number }, s: Spread): string =>
  forEach(
    s,
    `${o.slices}u * E`,
    `let slice = i / E;
let e = i % E;
let start = slice * V * E + e;
for (var v = 0u; v < V; v++) { partial[start + v * E] = 0.0; }
for (var p = slice * ${o.positions}u; p < min((slice + 1u) * ${o.positions}u, N * T); p++) {
partial[start + tokens[p] * E] += dy[p * E + e];
}`,
  );

/** dtable[v,e] = Σ over slices of partial[slice,v,e], in slice order. Writes with `=`. */
export const combineSlices = (o: { slices: number }, s: Spread): string =>
  forEach(
    s,
    "V * E",
    `var sum = 0.0;
for (var s = 0u; s < ${o.slices}u; s++) { sum += partial[s * V * E + i]; }
dtable[i] = sum;`,
  );
