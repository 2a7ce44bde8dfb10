import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { perItem } from "./grid.ts";

/**
 * emb = C[Xb]: y[n,t,:] = table[tokens[n,t],:]
 *
 * tokens (N,T) · table (V,E) → y (N,T,E), all row-major. One invocation per element of y. Writes with `=`.
 */
export const gather = wgsl`${perItem("i", "N * T * E")}
  let token = tokens[i / E];
  y[i] = table[token * E + i % E];
}`;

/**
 * dtable[v,:] = Σ over the positions p = (n,t) with tokens[p] = v of dy[p,:], in the order of p.
 *
 * tokens (N,T) · dy (N,T,E) → dtable (V,E). A character may stand in many places, and WGSL has no float atomics, whose order would differ
 * from run to run anyway: so each element of dtable has one invocation, which looks through all positions. Writes with `=`.
 * Source: exercise 1's loop `dC[ix] += demb[k,j]`.
 * @param positions N·T
 */
export const backward = (
  positions: number,
): string => wgsl`const BLOCK = ${Math.max(32, Math.ceil(Math.sqrt(positions)))}u; // at least √${positions}

${perItem("i", "V * E")}
  let v = i / E;
  let e = i % E;
  // Sums of BLOCK positions: frequent characters have many terms, and rounding errors grow with the length of a sum.
  var sum = 0.0;
  for (var first = 0u; first < N * T; first += BLOCK) {
    var block = 0.0;
    for (var p = first; p < min(first + BLOCK, N * T); p++) {
      if (tokens[p] == v) { block += dy[p * E + e]; }
    }
    sum += block;
  }
  dtable[i] = sum;
}`;
