/** How far float32 computations are from the same one in float64, and how far rounding alone can take them. */
import { largest } from "../../plan/compare.ts";
import { ulpOf } from "./ulp.ts";

/** Distances from float64, at the worst element of a tensor. */
export interface Errors {
  readonly got: number;
  /** The CPU's twins, rounding to float32 wherever they store. */
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

/** Largest difference between two arrays; infinite with a NaN in one. */
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
 * How many times farther from float64 than the CPU's float32 a device may be by rounding alone. The CPU's twins round only
 * where they store, kernels also within their sums: 2 to 5 times as far, at most 16, on SwiftShader and lavapipe over
 * seeds, sizes and trained networks. Hardware may divide and take roots less exactly. A factor of 0.999 makes it thousands.
 */
const ROUNDING = 64;

/** The distance that rounding alone can bring: some multiple of float32's error on the CPU, or of half its last bit. */
export const roundingBound = (e: Errors): number => ROUNDING * Math.max(e.float32, ulpOf(e.largest) / 2);

/** Whether the distance from float64 is of the size that float32 arithmetic brings with it. */
export const isRounding = (e: Errors): boolean => e.got <= roundingBound(e);
