/** Distances counted in float32 numbers: how many steps from one to the other. */

const float = new Float32Array(1);
const bits = new Int32Array(float.buffer);

/** Where a value, rounded to float32, stands among all float32 numbers in order; both zeros are at 0. */
function place(x: number): number {
  float[0] = x;
  return bits[0] < 0 ? -(2 ** 31) - bits[0] : bits[0];
}

/** Float32 numbers from `a` to `b`: 0 for equal ones (and for 0 and −0), infinite with a NaN or one infinity. */
export function ulpDistance(a: number, b: number): number {
  if (a === b) return 0;
  return Number.isFinite(a) && Number.isFinite(b) ? Math.abs(place(a) - place(b)) : Number.POSITIVE_INFINITY;
}

/** The gap between float32 numbers of this magnitude. */
export function ulpOf(x: number): number {
  float[0] = Math.abs(x);
  const exponent = bits[0] >> 23;
  return 2 ** (Math.max(exponent, 1) - 150);
}

export interface UlpSummary {
  /** Elements that are equal, of all. */
  readonly equal: number;
  readonly count: number;
  readonly median: number;
  readonly max: number;
  /** Where that is: the flat index of the first. */
  readonly index: number;
}

/** The distances of two arrays of float32 values, element by element. */
export function summariseUlps(got: ArrayLike<number>, want: ArrayLike<number>): UlpSummary {
  const distances = Float64Array.from({ length: want.length }, (_, i) => ulpDistance(got[i], want[i]));
  let index = 0;
  let equal = 0;
  for (const [i, d] of distances.entries()) {
    if (d > distances[index]) index = i;
    if (d === 0) equal++;
  }
  const max = distances[index];
  return { equal, count: want.length, median: distances.sort()[want.length >> 1], max, index };
}
