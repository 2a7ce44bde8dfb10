import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { add, builtins, combine, f32, type Lanes, lanesHeader, linearWorkgroup, sumTerms } from "./common.ts";
import { forEach, type Spread } from "./elements.ts";

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
 * Grid: one workgroup per 32 outputs, or per 32 times four side by side; one or eight lanes share an output's terms. Fixed order. Writes
 * with `=`.
 */
export function sum(v: SumVariant): string {
  const batch = v.over === "batch";
  const outputs = batch ? `C / ${v.lanes.type === "f32" ? 1 : 4}u` : "R";
  const at = batch ? `e * (${outputs}) + o` : "o * C + e";
  const term = v.product ? `x[${at}] * w[${at}]` : `x[${at}]`;
  return wgsl`${lanesHeader(v.lanes)}
@compute @workgroup_size(OUTPUTS, LANES)
fn main(${builtins}) {
  let output = ${linearWorkgroup} * OUTPUTS + local.x;
  // Invocations past the edge sum the last output again: no branch around a barrier.
  let o = min(output, ${outputs} - 1u);
  let first = local.y * SHARE;
${sumTerms(v.lanes, batch ? "R" : "C", { total: term })}
${combine("total", v.lanes, add)}
  if (local.y == 0u && output < ${outputs}) { y[output] = ${f32(v.scale)} * total; }
}`;
}

/**
 * y[r] = max over c of x[r,c], index[r] the first c that has it. x (R,C) → y (R), index (R).
 *
 * One item per row. Writes with `=`.
 */
export const max = (s: Spread): string =>
  forEach(
    s,
    "R",
    `var best = x[i * C];
    var at = 0u;
    for (var c = 1u; c < C; c++) {
      let value = x[i * C + c];
      if (value > best) { best = value; at = c; }
    }
    y[i] = best;
    index[i] = at;`,
  );
