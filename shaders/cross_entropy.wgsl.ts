import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { perItem } from "./grid.ts";
import { accurateExp, accurateLog } from "./math.wgsl.ts";
import { single } from "./reduce.wgsl.ts";

/** `top` = max of row n, and `total` = Σ_c exp(x[n,c] − top) in blocks of 16. The shift keeps every exp in (0, 1]. */
const softmax = `${accurateExp}
${accurateLog}

${perItem("n", "N")}
  var top = logits[n * V];
  for (var c = 1u; c < V; c++) { top = max(top, logits[n * V + c]); }
  var total = 0.0;
  for (var first = 0u; first < V; first += 16u) {
    var block = 0.0;
    for (var c = first; c < min(first + 16u, V); c++) { block += accurate_exp(logits[n * V + c] - top); }
    total += block;
  }
  rowLoss[n] = accurate_log(total) - (logits[n * V + targets[n]] - top);`;

/**
 * rowLoss[n] = −log softmax(x[n,:])[y] = log Σ_c exp(x[n,c]−m) − (x[n,y]−m), y = targets[n], m = max x[n,:].
 *
 * logits (N,V) · targets (N) → rowLoss (N). One invocation per row. Writes with `=`.
 */
export const rowLoss = wgsl`${softmax}
}`;

/**
 * The same, and its gradient: dlogits[n,c] = (softmax(x[n,:])[c] − [c = y]) / N.
 *
 * logits (N,V) · targets (N) → rowLoss (N), dlogits (N,V). One invocation per row. Writes with `=`. Source: exercise 2.
 */
export const rows = wgsl`${softmax}
  for (var c = 0u; c < V; c++) {
    let p = accurate_exp(logits[n * V + c] - top) / total;
    dlogits[n * V + c] = (p - select(0.0, 1.0, c == targets[n])) / f32(N);
  }
}`;

/** loss = Σ rowLoss / N. rowLoss (N) → loss, a scalar. One workgroup. Writes with `=`. */
export const meanLoss = single("N", "rowLoss[e]", "loss[0] = partial[0] / f32(N);");

/** loss = −Σ logprobs[r, targets[r]] / R: the notebook's last forward line. One workgroup. Writes with `=`. */
export const pick = single("R", "logprobs[e * C + targets[e]]", "loss[0] = -partial[0] / f32(R);");
