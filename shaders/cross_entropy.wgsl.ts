import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import {
  add,
  builtins,
  combine,
  type Lanes,
  lanesHeader,
  linearWorkgroup,
  maximum,
  opaqueOne,
  sumTerms,
} from "./common.ts";
import { accurateExp, accurateLog } from "./math.wgsl.ts";

/**
 * Softmax cross-entropy, forward and backward at once: rowLoss[n] = log Σ_c exp(x[n,c]−m) − (x[n,y]−m), m = max x[n,:],
 * and, unless `lossOnly`, dlogits[n,c] = (softmax(x[n,:])[c] − [c = y]) / N.
 *
 * logits (N,V) · targets (N) → rowLoss (N), dlogits (N,V). One workgroup per 32 rows; one or eight lanes share a row's
 * classes. Shifting by the maximum keeps every exp in (0, 1]. Writes with `=`. Source: exercise 2.
 */
export const rows = (
  l: Lanes,
  o: { lossOnly: boolean },
): string => wgsl`${accurateExp}${accurateLog}${lanesHeader(l)}
@compute @workgroup_size(OUTPUTS, LANES)
fn main(${builtins}) {
  let row = ${linearWorkgroup} * OUTPUTS + local.x;
  let n = min(row, N - 1u);
  let first = local.y * SHARE;
  let last = min(first + SHARE, V) * ${opaqueOne};
  // A lane without classes of its own (V < 8·share) starts from the row's first, which cannot exceed the maximum.
  var top = logits[n * V];
  for (var c = first; c < last; c++) { top = max(top, logits[n * V + c]); }
${combine("top", l, maximum)}
${sumTerms(l, "V", { total: "accurate_exp(logits[n * V + e] - top)" })}
${combine("total", l, add, { again: true })}
  if (row < N) {
    let target_class = targets[n];
    if (local.y == 0u) { rowLoss[n] = accurate_log(total) - (logits[n * V + target_class] - top); }
#if ${!o.lossOnly}
    for (var c = first; c < last; c++) {
      let p = accurate_exp(logits[n * V + c] - top) / total;
      dlogits[n * V + c] = (p - select(0.0, 1.0, c == target_class)) * (1.0 / f32(N));
    }
#endif
  }
}`;

/** loss[0] = Σ rowLoss / N, in blocks of 16. rowLoss (N) → loss, a scalar. `l` has one output. Writes with `=`. */
export const meanLoss = (l: Lanes): string => wgsl`${lanesHeader(l)}
@compute @workgroup_size(OUTPUTS, LANES)
fn main(${builtins}) {
  let first = local.y * SHARE;
${sumTerms(l, "N", { total: "rowLoss[e]" })}
${combine("total", l, add)}
  if (local.y == 0u) { loss[0] = total * (1.0 / f32(N)); }
}`;

/** loss[0] = −Σ logprobs[n, targets[n]] / N: the notebook's last forward line. One output, lanes as above. */
export const pick = (l: Lanes): string => wgsl`${lanesHeader(l)}
@compute @workgroup_size(OUTPUTS, LANES)
fn main(${builtins}) {
  let first = local.y * SHARE;
${sumTerms(l, "R", { total: "logprobs[e * C + targets[e]]" })}
${combine("total", l, add)}
  if (local.y == 0u) { loss[0] = -total * (1.0 / f32(R)); }
}`;
