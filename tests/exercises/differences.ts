/** Slopes of forward passes by central differences: what the right lines of the exercises are compared with. */
import { expect } from "vitest";

/** (f(x + h) - f(x - h)) / 2h at each element. */
export function differences(x: ArrayLike<number>, f: (x: Float64Array) => number): Float64Array {
  const h = 1e-5;
  return Float64Array.from(x, (_, i) => {
    const [above, below] = [h, -h].map((by) => f(Float64Array.from(x, (v, k) => (k === i ? v + by : v))));
    return (above - below) / (2 * h);
  });
}

/** Differences in float64 are right to some 1e-9 of what they are taken of. */
export function expectSlope(mine: ArrayLike<number>, slope: ArrayLike<number>): void {
  const largest = Math.max(...Array.from(slope, Math.abs));
  expect(mine.length).toBe(slope.length);
  for (let i = 0; i < mine.length; i++) expect(Math.abs(mine[i] - slope[i])).toBeLessThan(1e-7 * largest);
}
