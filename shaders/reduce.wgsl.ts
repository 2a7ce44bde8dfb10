import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { ITEMS, perItem, perWorkgroup } from "./grid.ts";

/** Memory of a workgroup whose invocations add up their sums. */
export const TREE_BYTES = 4 * ITEMS;

/**
 * `sum` = Σ over e < `count` of `term`, by all invocations of a workgroup: each sums the terms index, index + 64, … in blocks of 16; then half of
 * them add the other half's sums to their own, then a quarter, and so on. The order is always the same. Invocation 0 ends with the sum in
 * `partial[0]`.
 */
const tree = (count: string, term: string): string => `  var sum = 0.0;
  for (var first = index; first < ${count}; first += 16u * ${ITEMS}u) {
    var block = 0.0;
    for (var e = first; e < min(first + 16u * ${ITEMS}u, ${count}); e += ${ITEMS}u) {
      block += ${term};
    }
    sum += block;
  }
  partial[index] = sum;
  for (var half = ${ITEMS / 2}u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (index < half) { partial[index] += partial[index + half]; }
  }`;

const memory = `var<workgroup> partial: array<f32, ${ITEMS}>;`;

export interface SumVariant {
  /** `batch`: y (C), a sum down each column. `classes`: y (R), a sum along each row. */
  readonly over: "batch" | "classes";
  /** Multiply by a second operand w of x's shape. */
  readonly product?: boolean;
  /** WGSL of y from the sum, `partial[0]`; may use R. */
  readonly result?: string;
}

/**
 * y = Σ x (· w), made into ±Σ or a mean, over the batch or over the classes of x (R,C).
 *
 * Grid: a workgroup per element of y. Writes with `=`.
 */
export function sum({ over, product, result = "partial[0]" }: SumVariant): string {
  const [o, outputs, terms, at] =
    over === "batch" ? ["c", "C", "R", "e * C + c"] : ["r", "R", "C", "r * C + e"];
  return wgsl`${memory}

${perWorkgroup(o, outputs)}
${tree(terms, product ? `x[${at}] * w[${at}]` : `x[${at}]`)}
  if (index == 0u) { y[${o}] = ${result}; }
}`;
}

/** One number from all `count` terms, in one workgroup: `write` is WGSL that uses the sum, `partial[0]`. */
export const single = (count: string, term: string, write: string): string => wgsl`${memory}

@compute @workgroup_size(${ITEMS})
fn main(@builtin(local_invocation_index) index: u32) {
${tree(count, term)}
  if (index == 0u) { ${write} }
}`;

/**
 * y[r] = max over c of x[r,c], index[r] the first c that has it. x (R,C) → y (R), index (R).
 *
 * One invocation per row. Writes with `=`.
 */
export const max = wgsl`${perItem("r", "R")}
  var best = x[r * C];
  var at = 0u;
  for (var c = 1u; c < C; c++) {
    let value = x[r * C + c];
    if (value > best) {
      best = value;
      at = c;
    }
  }
  y[r] = best;
  index[r] = at;
}`;
