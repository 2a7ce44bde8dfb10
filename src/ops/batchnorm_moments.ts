import type { FloatArray } from "../plan/contract.ts";

/** Mean and centred second moment of column h over the first n rows. */
export function moments(x: FloatArray, h: number, n: number, H: number): { mean: number; m2: number } {
  let mean = 0;
  for (let r = 0; r < n; r++) mean += x[r * H + h];
  mean /= n;
  let m2 = 0;
  for (let r = 0; r < n; r++) m2 += (x[r * H + h] - mean) ** 2;
  return { mean, m2 };
}
