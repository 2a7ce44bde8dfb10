import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { perItem } from "./grid.ts";

export interface LineVariant {
  /** Elements of y, as a WGSL expression: `R * C`, `C` or `R`. */
  readonly count: string;
  /** Whether y is (R,C), so that an element has a row and a column. */
  readonly matrix: boolean;
  /** Each operand's name in the expression, and the index of its element: `i`, `row` or `column`. */
  readonly operands: readonly { readonly name: string; readonly at: "i" | "row" | "column" }[];
  /** The notebook's line, over `<operand>_` values; may use row, column, R and C. */
  readonly expression: string;
  /** Functions the expression calls. */
  readonly helpers: string;
}

/**
 * y[i] = expression: one line of the notebook's exercise 1.
 *
 * y is (R,C) or (C), operands are (R,C), a row (C) broadcast down the batch, or a column (R) broadcast over the classes. One invocation per
 * element of y. Writes with `=`.
 */
export function line(v: LineVariant): string {
  const uses = (axis: string): boolean =>
    v.matrix && (v.operands.some((o) => o.at === axis) || new RegExp(`\\b${axis}\\b`).test(v.expression));
  const body = [
    ...(uses("row") ? ["  let row = i / C;"] : []),
    ...(uses("column") ? ["  let column = i % C;"] : []),
    ...v.operands.map((o) => `  let ${o.name}_ = ${o.name}[${o.at}];`),
    `  y[i] = ${v.expression};`,
  ];
  return wgsl`${v.helpers}${v.helpers && "\n\n"}${perItem("i", v.count)}
${body.join("\n")}
}`;
}
