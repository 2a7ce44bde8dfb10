/** Values over the steps of a run, in bounded memory. */

const MOST = 1000;

/** Rows of numbers over steps; when there are too many, every second one is dropped. */
export interface Series {
  readonly steps: readonly number[];
  readonly rows: readonly (readonly number[])[];
}

export const EMPTY: Series = { steps: [], rows: [] };

/** The series with another row, which replaces any at the same step or later. */
export function append({ steps, rows }: Series, step: number, row: readonly number[]): Series {
  const kept = steps.findLastIndex((s) => s < step) + 1;
  const thin = <T>(all: readonly T[]): readonly T[] =>
    all.length > MOST ? all.filter((_, i) => i % 2 === 0 || i === all.length - 1) : all;
  return { steps: thin([...steps.slice(0, kept), step]), rows: thin([...rows.slice(0, kept), row]) };
}
