/** Small statistics of a tensor's values. */

/** Standard deviation, of the population. */
export function spread(values: ArrayLike<number>): number {
  const n = values.length;
  let mean = 0;
  for (let i = 0; i < n; i++) mean += values[i] / n;
  let m2 = 0;
  for (let i = 0; i < n; i++) m2 += (values[i] - mean) ** 2;
  return Math.sqrt(m2 / n);
}

export interface Histogram {
  readonly from: number;
  readonly to: number;
  /** Values per bin of equal width; values outside the range count in the first or last bin. */
  readonly counts: Uint32Array;
}

export function histogram(values: ArrayLike<number>, from: number, to: number, bins: number): Histogram {
  const counts = new Uint32Array(bins);
  for (let i = 0; i < values.length; i++) {
    const bin = Math.floor(((values[i] - from) / (to - from)) * bins);
    counts[Math.max(0, Math.min(bins - 1, bin))]++;
  }
  return { from, to, counts };
}

/** Share of values whose magnitude exceeds `limit`. */
export function shareBeyond(values: ArrayLike<number>, limit: number): number {
  let beyond = 0;
  for (let i = 0; i < values.length; i++) if (Math.abs(values[i]) > limit) beyond++;
  return beyond / values.length;
}
