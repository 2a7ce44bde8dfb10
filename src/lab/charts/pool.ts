/** Chooses the element that each cell shows, in a picture with fewer cells than elements. */

export interface Pooled {
  readonly rows: number;
  readonly columns: number;
  /** Rows and columns of the block of elements that one cell stands for. */
  readonly block: readonly [number, number];
  /** The flat index of each cell's element, row-major. */
  readonly elements: Uint32Array;
}

/** At most `mostRows` × `mostColumns` cells. Each shows the element of its block with the largest weight, so that the worst is visible. */
export function pool(
  rows: number,
  columns: number,
  weight: (index: number) => number,
  mostRows: number,
  mostColumns: number,
): Pooled {
  const down = Math.ceil(rows / Math.max(1, mostRows));
  const across = Math.ceil(columns / Math.max(1, mostColumns));
  const cellRows = Math.ceil(rows / down);
  const cellColumns = Math.ceil(columns / across);
  const elements = new Uint32Array(cellRows * cellColumns);
  const best = new Float64Array(elements.length).fill(-1);
  for (let i = 0; i < rows * columns; i++) {
    const cell =
      Math.floor(Math.floor(i / columns) / down) * cellColumns + Math.floor((i % columns) / across);
    // NaN counts as the worst.
    const w = weight(i);
    const score = Number.isNaN(w) ? Number.POSITIVE_INFINITY : Math.abs(w);
    if (score > best[cell]) {
      best[cell] = score;
      elements[cell] = i;
    }
  }
  return { rows: cellRows, columns: cellColumns, block: [down, across], elements };
}
