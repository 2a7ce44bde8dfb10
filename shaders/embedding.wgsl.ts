import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { builtins, LINEAR, linearWorkgroup } from "./common.ts";

/**
 * emb = C[Xb]: y[n,t,:] = table[tokens[n,t],:]
 *
 * tokens (N,T) · table (V,E) → y (N,T,E), all row-major. One invocation per element of y. Writes with `=`.
 */
export const gather = (): string => wgsl`
@compute @workgroup_size(${LINEAR})
fn main(${builtins}) {
  let i = ${linearWorkgroup} * ${LINEAR}u + local.x;
  if (i >= N * T * E) { return; }
  y[i] = table[tokens[i / E] * E + i % E];
}`;

/**
 * dtable[v,:] = Σ over the positions p = (n,t) with tokens[p] = v of dy[p,:], in the order of p.
 *
 * tokens (N,T) · dy (N,T,E) → dtable (V,E). One invocation per (slice, v, e) scans a slice of the positions in
 * order; with more than one slice the sums go to `partial` and {@link combineSlices} adds them in slice order. A
 * scatter would need float atomics, which WGSL has not and whose order would differ from run to run.
 * Writes with `=`. Source: exercise 1's loop `dC[ix] += demb[k,j]`.
 */
export const scatterAdd = (o: { slices: number; positions: number }): string => wgsl`
@compute @workgroup_size(${LINEAR})
fn main(${builtins}) {
  let i = ${linearWorkgroup} * ${LINEAR}u + local.x;
  if (i >= ${o.slices}u * V * E) { return; }
  let slice = i / (V * E);
  let v = i / E % V;
  let e = i % E;
  let last = min((slice + 1u) * ${o.positions}u, N * T);
  var sum = 0.0;
  // A partial sum per 32 positions keeps the rounding error of frequent characters down.
  for (var start = slice * ${o.positions}u; start < last; start += 32u) {
    var block = 0.0;
    for (var p = start; p < min(start + 32u, last); p++) {
      if (tokens[p] == v) { block += dy[p * E + e]; }
    }
    sum += block;
  }
#if ${o.slices > 1}
  partial[i] = sum;
#else
  dtable[i] = sum;
#endif
}`;

/** dtable[v,e] = Σ over slices of partial[slice,v,e], in slice order. One invocation per (v,e). Writes with `=`. */
export const combineSlices = (o: { slices: number }): string => wgsl`
@compute @workgroup_size(${LINEAR})
fn main(${builtins}) {
  let i = ${linearWorkgroup} * ${LINEAR}u + local.x;
  if (i >= V * E) { return; }
  var sum = 0.0;
  for (var s = 0u; s < ${o.slices}u; s++) { sum += partial[s * V * E + i]; }
  dtable[i] = sum;
}`;
