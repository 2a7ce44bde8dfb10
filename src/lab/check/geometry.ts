/** The lines of the graph of a step: sizes of its boxes, and the paths of its arrows. */
import type { Place } from "./places.ts";

/** In units of which an em of the graph's text has 11, so that the boxes grow with the text in them. */
export interface Geometry {
  readonly box: { readonly width: number; readonly height: number };
  /** Left edge of each column. */
  readonly columns: readonly number[];
  /** From one row to the next. */
  readonly pitch: number;
  readonly width: number;
}

/** As a length in CSS. */
export const em = (units: number): string => `${units / 11}em`;

const box = { width: 108, height: 24 };

/** The wide gap in the middle is for arrows from the forward pass to the backward pass. */
export const FOUR: Geometry = { box, columns: [0, 132, 286, 418], pitch: 33, width: 526 };
/** With room for arcs on both sides. */
export const TWO: Geometry = { box, columns: [18, 170], pitch: 34, width: 296 };

/** Straight to the next row of a column, in an arc past other rows, or across to another column. */
export function arrow({ box, columns, pitch }: Geometry, from: Place, to: Place): string {
  const x = (p: Place, fraction: number) => columns[p.column] + fraction * box.width;
  const y = (p: Place, fraction: number) => p.row * pitch + fraction * box.height;
  const half = columns.length / 2;
  const rows = to.row - from.row;
  if (from.column === to.column && Math.abs(rows) === 1)
    return `M${x(from, 0.5)} ${y(from, rows > 0 ? 1 : 0)}V${y(to, rows > 0 ? 0 : 1)}`;
  if (from.column === to.column) {
    // Arcs bend outward, since the gap in the middle is for arrows that cross it.
    const left = from.column < half;
    const edge = x(from, left ? 0 : 1);
    const reach = edge + (left ? -1 : 1) * Math.min(22, 8 + 4 * Math.abs(rows));
    return `M${edge} ${y(from, 0.5)}C${reach} ${y(from, 0.5)} ${reach} ${y(to, 0.5)} ${edge} ${y(to, 0.5)}`;
  }
  const right = to.column > from.column;
  const [start, end] = [x(from, right ? 1 : 0), x(to, right ? 0 : 1)];
  if (Math.abs(to.column - from.column) === 1) {
    const middle = (start + end) / 2;
    return `M${start} ${y(from, 0.5)}C${middle} ${y(from, 0.5)} ${middle} ${y(to, 0.5)} ${end} ${y(to, 0.5)}`;
  }
  // Past a whole column, between two of its rows. Such arrows always run to the right.
  const between = y(from, 0.5) + (rows < 0 ? -pitch / 2 : pitch / 2);
  return `M${start} ${y(from, 0.5)}C${start + 12} ${y(from, 0.5)} ${start + 8} ${between} ${start + 22} ${between}H${end - 22}C${end - 8} ${between} ${end - 12} ${y(to, 0.5)} ${end} ${y(to, 0.5)}`;
}
