/** Which of many values a picture shows, and how they are counted in bins. */
import { histogram } from "../train/measure.ts";

/** Indices of at most `most` values: all, or those of the largest magnitude, and `always`. In their order. */
export function strongest(values: ArrayLike<number>, most: number, always: readonly number[] = []): number[] {
  return chosen(values, most, always, Math.abs);
}

/** Likewise the largest. */
export function largest(values: ArrayLike<number>, most: number, always: readonly number[] = []): number[] {
  return chosen(values, most, always, (x) => x);
}

function chosen(
  values: ArrayLike<number>,
  most: number,
  always: readonly number[],
  weight: (x: number) => number,
): number[] {
  const all = Array.from({ length: values.length }, (_, i) => i);
  if (all.length <= most) return all;
  const first = all.sort((a, b) => weight(values[b]) - weight(values[a]) || a - b).slice(0, most);
  return [...new Set([...always, ...first])].slice(0, Math.max(most, always.length)).sort((a, b) => a - b);
}

export interface Bins {
  readonly from: number;
  readonly to: number;
  readonly counts: Uint32Array;
  /** The bin that `value` is in. */
  readonly mine: number;
}

/** All values from the least to the largest, and where one of them is. */
export function binsOf(values: ArrayLike<number>, value: number, bins = 24): Bins {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < values.length; i++) {
    least = Math.min(least, values[i]);
    most = Math.max(most, values[i]);
  }
  // A unit that is the same in all examples still needs bins of some width.
  if (most === least) [least, most] = [least - 0.5, most + 0.5];
  const { counts } = histogram(values, least, most, bins);
  const mine = Math.min(bins - 1, Math.floor(((value - least) / (most - least)) * bins));
  return { from: least, to: most, counts, mine };
}
