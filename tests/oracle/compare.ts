/** Tells how far two tensors are apart, where, and how much of the tolerance that takes. */

/** As in torch.allclose: an element may differ from the wanted one by `atol + rtol·|want|`. */
export interface Tolerance {
  rtol: number;
  atol: number;
}

export interface Comparison {
  name: string;
  /** Every element is within the tolerance. */
  ok: boolean;
  /** The element that takes the largest share of its tolerance (flat, row-major), and both its values. */
  worstIndex: number;
  got: number;
  want: number;
  /** The largest difference of any element. */
  maxdiff: number;
  /** The share of its tolerance that the worst element takes: up to 1 is ok. */
  used: number;
}

/**
 * Compares element by element. A NaN is never ok, an infinity only against itself.
 *
 * @throws Error if the lengths differ.
 */
export function compareTensors(
  name: string,
  got: ArrayLike<number>,
  want: ArrayLike<number>,
  { rtol, atol }: Tolerance,
): Comparison {
  if (got.length !== want.length)
    throw new Error(`${name} has ${got.length} elements, expected ${want.length}`);
  const worst = { name, ok: true, worstIndex: 0, got: got[0], want: want[0], maxdiff: 0, used: 0 };
  for (let i = 0; i < want.length; i++) {
    if (got[i] === want[i]) continue; // also equal infinities, whose difference is NaN
    const difference = Math.abs(got[i] - want[i]);
    const share = difference / (atol + rtol * Math.abs(want[i]));
    // Infinity also where the share is NaN: for a NaN, an infinity, or 0/0.
    const used = Number.isFinite(share) ? share : Number.POSITIVE_INFINITY;
    worst.maxdiff = Math.max(worst.maxdiff, difference);
    if (used > worst.used) Object.assign(worst, { worstIndex: i, got: got[i], want: want[i], used });
  }
  worst.ok = worst.used <= 1;
  return worst;
}

/** A comparison on one line, as a test's message: `dW1[37] is 0.5, expected 0.25: 120% of the tolerance`. */
export function explain({ name, worstIndex, got, want, used }: Comparison): string {
  return `${name}[${worstIndex}] is ${got}, expected ${want}: ${(100 * used).toPrecision(3)}% of the tolerance`;
}

/** These are zero in exact arithmetic; what is computed is the rounding error of a sum over these tensors. */
const zeroSums: Record<string, string> = { dlogit_maxes: "dnorm_logits", db1: "dhprebn" };

/**
 * A tolerance for float32 against a better value. Rounding errors of a sum are in proportion to its terms, not to
 * its result. So elements that cancel to nearly zero have a large relative error; the tensor as a whole has a small one.
 *
 * @param name a key of `tensors`, which are the wanted ones
 * @param share of the tensor's largest absolute value that every element may differ by
 */
export function normwise(
  name: string,
  tensors: Record<string, { data: ArrayLike<number> }>,
  share: number,
): Tolerance {
  let largest = 0;
  for (const value of Array.from(tensors[zeroSums[name] ?? name].data))
    largest = Math.max(largest, Math.abs(value));
  return { rtol: 0, atol: share * largest };
}
