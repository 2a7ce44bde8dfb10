import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { accurateExp, accurateLog } from "../math.wgsl.ts";
import {
  add,
  builtins,
  combine,
  declareOne,
  linearWorkgroup,
  maximum,
  type Reduction,
  reductionHeader,
  sumTerms,
} from "./common.ts";

/**
 * Softmax cross-entropy, forward and backward at once: rowLoss[n] = log Σ_c exp(x[n,c]−m) − (x[n,y]−m), m = max x[n,:],
 * and, unless `lossOnly`, dlogits[n,c] = (softmax(x[n,:])[c] − [c = y]) / N.
 *
 * logits (N,V) · targets (N) → rowLoss (N), dlogits (N,V). One workgroup per 32 rows; one or eight invocations share a row's
 * classes. With `mean`, one workgroup has all rows, and writes their mean loss instead of rowLoss. Shifting by the maximum keeps every exp in
 * (0, 1]. Writes with `=`. Source: exercise 2.
 */
export const rows = (
  r: Reduction,
  { lossOnly = false, mean = false },
): string => wgsl`${accurateExp}${accurateLog}${reductionHeader(r)}
#if ${mean}
var<workgroup> losses: array<f32, N>;
#endif
@compute @workgroup_size(OUTPUTS, PARTS)
fn main(${builtins}) {
  ${declareOne}
  let row = ${linearWorkgroup} * OUTPUTS + local.x;
  let n = min(row, N - 1u);
  let first = local.y * TERMS;
  let last = min(first + TERMS, V) * one;
  // A part without classes of its own (V < 8·TERMS) starts from the row's first, which cannot exceed the maximum.
  var top = logits[n * V];
  for (var c = first; c < last; c++) { top = max(top, logits[n * V + c]); }
${combine("top", r, maximum)}
${sumTerms(r, "V", { total: "accurate_exp(logits[n * V + e] - top)" })}
${combine("total", r, add, { again: true })}
  if (row < N) {
    let target_class = targets[n];
    if (local.y == 0u) { ${mean ? "losses" : "rowLoss"}[n] = accurate_log(total) - (logits[n * V + target_class] - top); }
#if ${!lossOnly}
    for (var c = first; c < last; c++) {
      let p = accurate_exp(logits[n * V + c] - top) / total;
      dlogits[n * V + c] = (p - select(0.0, 1.0, c == target_class)) * (1.0 / f32(N));
    }
#endif
  }
#if ${mean}
  workgroupBarrier();
  if (local.x == 0u && local.y == 0u) {
    var sum = 0.0;
    for (var b = 0u; b < N * one; b += 16u) {
      var block = 0.0;
      for (var i = b; i < min(b + 16u, N) * one; i++) { block += losses[i]; }
      sum += block;
    }
    loss[0] = sum * (1.0 / f32(N));
  }
#endif
}`;

/** loss[0] = Σ rowLoss / N, in blocks of 16. rowLoss (N) → loss, a scalar. `r` has one output. Writes with `=`. */
export const meanLoss = (r: Reduction): string => wgsl`${reductionHeader(r)}
@compute @workgroup_size(OUTPUTS, PARTS)
fn main(${builtins}) {
  ${declareOne}
  let first = local.y * TERMS;
${sumTerms(r, "N", { total: "rowLoss[e]" })}
${combine("total", r, add)}
  if (local.y == 0u) { loss[0] = total * (1.0 / f32(N)); }
}`;
