/** A kernel's results beside the right ones. */
import { compareValues } from "../../plan/compare.ts";
import type { Dims, Tolerance } from "../../plan/contract.ts";
import { count } from "../../plan/count.ts";
import type { KernelReport, KernelRow } from "./report.ts";
import type { Output, Posed, Ran, Values } from "./trials.ts";

export type Mistake = NonNullable<KernelReport["mistake"]>;

/** A case that ran twice, with other bits in its outputs before. */
export interface Seen {
  readonly posed: Posed;
  readonly first: Ran;
  readonly again: Ran;
  readonly ok: boolean;
  readonly worst: KernelRow["worst"];
}

const EXACT: Tolerance = { rtol: 0, atol: 0 };

/** An index is right or wrong, whatever floats are allowed. */
export const toleranceOf = ({ values }: Pick<Output, "values">, tolerance: Tolerance): Tolerance =>
  values instanceof Uint32Array ? EXACT : tolerance;

export function seen(posed: Posed, first: Ran, again: Ran, tolerance: Tolerance): Seen {
  const off = first.outputs.map((output) => {
    const { worst } = compareValues(output.values, posed.want[output.name], toleranceOf(output, tolerance));
    return { binding: output.name, ...worst };
  });
  const worst = off.reduce((a, b) => (b.used > a.used ? b : a));
  const inside = [first, again].every(({ outputs }) => outputs.every(({ broken }) => broken < 0));
  const ok = worst.used <= 1 && inside && sameBits(first, again);
  const { binding, index, got, want } = worst;
  return {
    posed,
    first,
    again,
    ok,
    worst: worst.used <= 1 ? null : { binding, index, got: finite(got), want: finite(want) },
  };
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

export const sameBits = (a: Ran, b: Ran): boolean =>
  a.outputs.every(({ words }, k) => words.every((w, i) => w === b.outputs[k].words[i]));

/** Whether all of it is within the tolerance, and nothing behind an end was written. */
export const isRight = ({ outputs }: Ran, want: Values, tolerance: Tolerance): boolean =>
  outputs.every(
    (output) =>
      output.broken < 0 &&
      compareValues(output.values, want[output.name], toleranceOf(output, tolerance)).approximate,
  );

/** For each element whether it is beyond the tolerance. */
export function wrongOnes(output: Output, want: ArrayLike<number>, tolerance: Tolerance): boolean[] {
  const { rtol, atol } = toleranceOf(output, tolerance);
  return Array.from(output.values, (got, i) => {
    if (got === want[i]) return false;
    const difference = Math.abs(got - want[i]);
    return !(Number.isFinite(difference) && difference <= atol + rtol * Math.abs(want[i]));
  });
}

const list = (words: readonly string[]): string =>
  words.length < 2 ? words.join() : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;

/** "N is 19 and H is 53" */
export const sizesText = (dims: Dims): string =>
  list(Object.entries(dims).map(([symbol, n]) => `${symbol} is ${count(n)}`));

/** A number as a sentence has it. */
export const short = (value: number | null): string => {
  if (value === null) return "not a number";
  return Number(value.toPrecision(4)).toString().replace("-", "−");
};
