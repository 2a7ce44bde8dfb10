import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { perItem } from "./grid.ts";
import { accurateExp } from "./math.wgsl.ts";

/**
 * Draws the next character of every name: the first c with Σ_{j≤c} exp(x[n,j]−m) > u[n]·Σ_j exp(x[n,j]−m), the inverse
 * of the softmax's distribution function; then shifts it into the name's context.
 *
 * logits (N,V) · u (N) in [0,1) · tokens (N,T), updated → drawn (N). One invocation per name.
 */
export const draw = wgsl`${accurateExp}

${perItem("n", "N")}
  let row = n * V;
  var top = logits[row];
  for (var c = 1u; c < V; c++) { top = max(top, logits[row + c]); }
  var total = 0.0;
  for (var c = 0u; c < V; c++) { total += accurate_exp(logits[row + c] - top); }
  let threshold = u[n] * total;
  var cumulative = 0.0;
  // Rounding may leave the last partial sum at the threshold: then the last class is drawn.
  var next = V - 1u;
  for (var c = 0u; c < V; c++) {
    cumulative += accurate_exp(logits[row + c] - top);
    if (cumulative > threshold) {
      next = c;
      break;
    }
  }
  for (var t = 1u; t < T; t++) { tokens[n * T + t - 1u] = tokens[n * T + t]; }
  tokens[n * T + T - 1u] = next;
  drawn[n] = next;
}`;
