/** The two directions in which a table's rows differ most. */

/** Rows projected on the first two principal components, (rows,2). */
export interface Projection {
  readonly points: Float32Array;
  /** The components, (2,columns): passed to the next projection, they keep it from flipping. */
  readonly axes: Float64Array;
}

/** Power iterations per component: the picture needs two digits. */
const ITERATIONS = 60;

/**
 * Principal components by power iteration. The signs of components are arbitrary: they follow `previous`, so that a
 * picture drawn again and again does not flip.
 * @param table (rows,columns), row-major
 */
export function project(table: ArrayLike<number>, columns: number, previous?: Float64Array): Projection {
  const rows = table.length / columns;
  const centred = centre(table, rows, columns);
  const axes = new Float64Array(2 * columns);
  for (let k = 0; k < Math.min(2, columns); k++) {
    const axis = axes.subarray(k * columns, (k + 1) * columns);
    const before =
      previous?.length === axes.length ? previous.subarray(k * columns, (k + 1) * columns) : undefined;
    if (before) axis.set(before);
    else for (let c = 0; c < columns; c++) axis[c] = 1 + ((c * (k + 1)) % 3);
    for (let i = 0; i < ITERATIONS; i++) {
      const next = timesCovariance(centred, axis, columns);
      if (k === 1) removeComponent(next, axes.subarray(0, columns));
      const length = Math.sqrt(dot(next, next));
      if (length === 0) break;
      for (let c = 0; c < columns; c++) axis[c] = next[c] / length;
    }
    if (before && dot(axis, before) < 0) for (let c = 0; c < columns; c++) axis[c] = -axis[c];
  }
  const points = new Float32Array(2 * rows);
  for (let r = 0; r < rows; r++)
    for (let k = 0; k < 2; k++) {
      const row = centred.subarray(r * columns, (r + 1) * columns);
      points[2 * r + k] = dot(row, axes.subarray(k * columns, (k + 1) * columns));
    }
  return { points, axes };
}

function centre(table: ArrayLike<number>, rows: number, columns: number): Float64Array {
  const centred = Float64Array.from(table);
  for (let c = 0; c < columns; c++) {
    let mean = 0;
    for (let r = 0; r < rows; r++) mean += centred[r * columns + c] / rows;
    for (let r = 0; r < rows; r++) centred[r * columns + c] -= mean;
  }
  return centred;
}

/** xᵀ·x·axis, without the matrix. */
function timesCovariance(x: Float64Array, axis: Float64Array, columns: number): Float64Array {
  const out = new Float64Array(columns);
  for (let at = 0; at < x.length; at += columns) {
    const row = x.subarray(at, at + columns);
    const along = dot(row, axis);
    for (let c = 0; c < columns; c++) out[c] += along * row[c];
  }
  return out;
}

function removeComponent(x: Float64Array, axis: Float64Array): void {
  const along = dot(x, axis);
  for (let c = 0; c < x.length; c++) x[c] -= along * axis[c];
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
