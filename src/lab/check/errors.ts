/** How far a computation in float32 is from the same one in float64, and how much of that rounding alone explains. */
import { largest } from "../../plan/compare.ts";
import { ulpOf } from "./ulp.ts";

/** Distances from float64, at the worst element of a tensor. */
export interface Errors {
  readonly got: number;
  /** Of the CPU twins, which round to float32 wherever they store. */
  readonly float32: number;
  /** Largest magnitude of the tensor, in float64. */
  readonly largest: number;
}

type Values = ArrayLike<number>;

export const errorsOf = (got: Values, float32: Values, float64: Values): Errors => ({
  got: farthest(got, float64),
  float32: farthest(float32, float64),
  largest: largest(float64),
});

/** Largest difference between two arrays; infinite if only one of them has a NaN somewhere. */
function farthest(got: Values, want: Values): number {
  let most = 0;
  for (let i = 0; i < want.length; i++) {
    if (Object.is(got[i], want[i])) continue;
    const difference = Math.abs(got[i] - want[i]);
    most = Math.max(most, Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference);
  }
  return most;
}

/**
 * How many times the CPU's float32 error a device may have through rounding alone. CPU twins round only where they store,
 * kernels also within their sums: on SwiftShader and lavapipe, over seeds, sizes and trained networks, their error was 2 to
 * 5 times as large, at most 16. Hardware may divide and take roots less exactly. A kernel that is wrong by a factor of
 * 0.999 makes it thousands of times as large.
 */
const ROUNDING = 64;

/** The largest error that rounding alone explains: a multiple of the CPU's in float32, or of half the largest value's last bit. */
export const roundingBound = (e: Errors): number => ROUNDING * Math.max(e.float32, ulpOf(e.largest) / 2);

/** Whether rounding alone explains the error. */
export const isRounding = (e: Errors): boolean => e.got <= roundingBound(e);
