import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import {
  add,
  builtins,
  combine,
  f32,
  type Lanes,
  LINEAR,
  lanesHeader,
  linearWorkgroup,
  sumTerms,
} from "./common.ts";

export interface SumVariant {
  /** `batch`: y (C), a sum down each column. `classes`: y (R), a sum along each row. */
  readonly over: "batch" | "classes";
  /** Multiply by a second operand w of x's shape. */
  readonly product: boolean;
  readonly scale: number;
  readonly lanes: Lanes;
}

/**
 * y = scale · Σ x (· w), over the batch or over the classes of x (R,C).
 *
 * Grid: one workgroup per 32 outputs; one or eight lanes share an output's terms. Fixed order. Writes with `=`.
 */
export function sum(v: SumVariant): string {
  const batch = v.over === "batch";
  const at = batch ? "e * C + o" : "o * C + e";
  const term = v.product ? `x[${at}] * w[${at}]` : `x[${at}]`;
  return wgsl`${lanesHeader(v.lanes)}
@compute @workgroup_size(OUTPUTS, LANES)
fn main(${builtins}) {
  let output = ${linearWorkgroup} * OUTPUTS + local.x;
  // Invocations past the edge sum the last output again: no branch around a barrier.
  let o = min(output, ${batch ? "C" : "R"} - 1u);
  let first = local.y * SHARE;
${sumTerms("total", v.lanes, batch ? "R" : "C", term)}
${combine("total", v.lanes, add)}
  if (local.y == 0u && output < ${batch ? "C" : "R"}) { y[output] = ${f32(v.scale)} * total; }
}`;
}

/**
 * y[r] = max over c of x[r,c], index[r] the first c that has it. x (R,C) → y (R), index (R).
 *
 * One invocation per row. Writes with `=`.
 */
export const max = (): string => wgsl`
@compute @workgroup_size(${LINEAR})
fn main(${builtins}) {
  let r = ${linearWorkgroup} * ${LINEAR}u + local.x;
  if (r >= R) { return; }
  var best = x[r * C];
  var at = 0u;
  for (var c = 1u; c < C; c++) {
    let value = x[r * C + c];
    if (value > best) { best = value; at = c; }
  }
  y[r] = best;
  index[r] = at;
}`;
