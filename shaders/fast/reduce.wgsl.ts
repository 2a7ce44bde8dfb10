import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import {
  add,
  builtins,
  combine,
  declareOne,
  linearWorkgroup,
  type Reduction,
  reductionHeader,
  sumTerms,
} from "./common.ts";

/**
 * y = Σ x over the batch of x (R,C).
 *
 * Grid: one workgroup per 32 columns, or per 32 times four side by side; one or eight invocations share a column's rows. Fixed order.
 * Writes with `=`.
 */
export function sumBatch(r: Reduction): string {
  const outputs = r.type === "f32" ? "C" : "(C / 4u)";
  return wgsl`${reductionHeader(r)}
@compute @workgroup_size(OUTPUTS, PARTS)
fn main(${builtins}) {
${declareOne}
let output = ${linearWorkgroup} * OUTPUTS + local.x;
// Invocations past the edge sum the last output again: no branch around a barrier.
let o = min(output, ${outputs} - 1u);
let first = local.y * TERMS;
${sumTerms(r, "R", { total: `x[e * ${outputs} + o]` })}
${combine("total", r, add)}
if (local.y == 0u && output < ${outputs}) { y[output] = total; }
}`;
}
