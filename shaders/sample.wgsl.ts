import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { perItem } from "./grid.ts";
import { accurateExp } from "./math.wgsl.ts";
import { f32 } from "./text.ts";

/** The logit of a character that cannot be drawn: exp gives 0 for it, whatever the other logits are. WGSL has no infinity to rely on. */
export const NEVER = Math.fround(-3e38);

/**
 * y[n,c] = x[n,c] where x[n,c] ≥ the k-th largest of x[n,:], else {@link NEVER}.
 *
 * x (N,V) · k, 1 ≤ k < V → y (N,V). One invocation per row, 33 readings of it. Writes with `=`. Source: generate() of makemore.py.
 */
export const topK = wgsl`
// Numbers in the order of floats: of a negative float all bits are turned, of another one the sign. −0 is like 0.
fn ordered(x: f32) -> u32 {
  let bits = bitcast<u32>(x);
  return select(bits | 0x80000000u, ~bits, bits > 0x80000000u);
}

${perItem("n", "N")}
  let row = n * V;
  // Bit by bit from the highest: the largest number that k elements of the row reach, which is the k-th largest element.
  var kth = 0u;
  for (var bit = 0x80000000u; bit > 0u; bit >>= 1u) {
    var reached = 0u;
    for (var c = 0u; c < V; c++) { reached += select(0u, 1u, ordered(x[row + c]) >= (kth | bit)); }
    if (reached >= k[0]) { kth |= bit; }
  }
  for (var c = 0u; c < V; c++) {
    y[row + c] = select(${f32(NEVER)}, x[row + c], ordered(x[row + c]) >= kth);
  }
}`;

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
