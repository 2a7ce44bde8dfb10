/** Two arrays under torch.allclose's rule, with the worst element. */
import type { Tolerance } from "./contract.ts";

export interface Comparison {
  /** Equal in every element. */
  readonly exact: boolean;
  /** |got − want| ≤ atol + rtol·|want| in every element. */
  readonly approximate: boolean;
  readonly maxdiff: number;
  /** The element that used the largest share of its tolerance, and that share. */
  readonly worst: {
    readonly index: number;
    readonly got: number;
    readonly want: number;
    readonly used: number;
  };
}

/** A NaN on either side, or an infinity on one, is never approximate and always worst. */
export function compareValues(got: ArrayLike<number>, want: ArrayLike<number>, t: Tolerance): Comparison {
  let maxdiff = 0;
  let worst = { index: 0, got: got[0], want: want[0], used: 0 };
  for (let i = 0; i < want.length; i++) {
    if (got[i] === want[i]) continue;
    const difference = Math.abs(got[i] - want[i]);
    const allowed = t.atol + t.rtol * Math.abs(want[i]);
    const used = Number.isFinite(difference) ? difference / allowed : Number.POSITIVE_INFINITY;
    maxdiff = Math.max(maxdiff, Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference);
    if (used > worst.used) worst = { index: i, got: got[i], want: want[i], used };
  }
  return { exact: maxdiff === 0, approximate: worst.used <= 1, maxdiff, worst };
}

/** The largest magnitude; 0 for an empty array. */
export function largest(values: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < values.length; i++) most = Math.max(most, Math.abs(values[i]));
  return most;
}

/** The largest magnitude that is a number. */
export function largestFinite(values: ArrayLike<number>): number {
  const most = largest(values);
  return Number.isFinite(most) ? most : largest(Array.from(values).filter(Number.isFinite));
}

/** A flat index of a row-major tensor, per axis. */
export function unravel(index: number, shape: readonly number[]): number[] {
  const at: number[] = [];
  for (const n of [...shape].reverse()) {
    at.unshift(index % n);
    index = Math.floor(index / n);
  }
  return at;
}
