import { forEach, type Spread } from "./elements.ts";

/**
 * emb = C[Xb]: y[n,t,:] = table[tokens[n,t],:]
 *
 * tokens (N,T) · table (V,E) → y (N,T,E), all row-major. Writes with `=`.
 */
export const gather = (s: Spread): string =>
  forEach(s, "N * T * E", "y[i] = table[tokens[i / E] * E + i % E];");

/**
 * dtable[v,:] = Σ over the positions p = (n,t) with tokens[p] = v of dy[p,:], in the order of p.
 *
 * tokens (N,T) · dy (N,T,E) → dtable (V,E). One item per (v,e) looks through all positions, which is good for few of them; for many see
 * {@link scatterSlices}. Writes with `=`. Source: exercise 1's loop `dC[ix] += demb[k,j]`.
 */
export const scan = (s: Spread): string =>
  forEach(
    s,
    "V * E",
    `let v = i / E;
    let e = i % E;
    var sum = 0.0;
    // A partial sum per 32 positions keeps the rounding error of frequent characters down.
    for (var start = 0u; start < N * T; start += 32u) {
      var block = 0.0;
      for (var p = start; p < min(start + 32u, N * T); p++) {
        if (tokens[p] == v) { block += dy[p * E + e]; }
      }
      sum += block;
    }
    dtable[i] = sum;`,
  );

/**
 * partial[slice,v,:] = Σ over the slice's positions p with tokens[p] = v of dy[p,:], in the order of p.
 *
 * tokens (N,T) · dy (N,T,E) → partial (slices,V,E). One item per (slice,e), which alone writes its elements of `partial`: adding into
 * dtable itself would need float atomics, which WGSL has not and whose order would differ from run to run. Writes with `=`.
 */
export const scatterSlices = (o: { slices: number; positions: number }, s: Spread): string =>
  forEach(
    s,
    `${o.slices}u * E`,
    `let slice = i / E;
    let e = i % E;
    let own = slice * V * E + e;
    for (var v = 0u; v < V; v++) { partial[own + v * E] = 0.0; }
    for (var p = slice * ${o.positions}u; p < min((slice + 1u) * ${o.positions}u, N * T); p++) {
      partial[own + tokens[p] * E] += dy[p * E + e];
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
