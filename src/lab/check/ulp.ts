/** Distances in ULPs (units in the last place): how many float32 numbers apart two values are. */

const float = new Float32Array(1);
const bits = new Int32Array(float.buffer);

/** The position of a value, rounded to float32, among all float32 numbers in order. Both zeros are at 0. */
function place(x: number): number {
  float[0] = x;
  return bits[0] < 0 ? -(2 ** 31) - bits[0] : bits[0];
}

/** ULPs from `a` to `b`: 0 if they are equal (also for 0 and −0), infinite if either is NaN or only one is infinite. */
export function ulpDistance(a: number, b: number): number {
  if (a === b) return 0;
  return Number.isFinite(a) && Number.isFinite(b) ? Math.abs(place(a) - place(b)) : Number.POSITIVE_INFINITY;
}

export interface UlpSummary {
  /** Elements that are equal, out of `count`. */
  readonly equal: number;
  readonly count: number;
  readonly median: number;
  readonly max: number;
  /** Flat index of the first element that far off. */
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
