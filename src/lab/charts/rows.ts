/** The rows behind a chart: a step, and what each line has there. */

/** Steps, which ascend, then the values of each line; null where a line has none. */
export type Rows = readonly [steps: ArrayLike<number>, ...lines: ArrayLike<number | null>[]];

export interface Table {
  readonly steps: ArrayLike<number>;
  /** With a value for each step. One that is still missing is left out, and so is what is not finite. */
  readonly lines: readonly ArrayLike<number>[];
}

/** Tables over different steps as one, so that each value stays at its own step. */
export function joined(...tables: readonly Table[]): Rows {
  const all = new Set<number>();
  for (const { steps } of tables) for (let i = 0; i < steps.length; i++) all.add(steps[i]);
  const steps = Float64Array.from(all).sort();
  const lines = tables.flatMap((table) => {
    const filled = table.lines.map((): (number | null)[] => Array(steps.length).fill(null));
    for (let i = 0, row = 0; i < table.steps.length; i++) {
      while (steps[row] !== table.steps[i]) row++;
      for (const [k, line] of table.lines.entries()) if (Number.isFinite(line[i])) filled[k][row] = line[i];
    }
    return filled;
  });
  return [steps, ...lines];
}

/** The row whose step is nearest. */
export function nearestRow(steps: ArrayLike<number>, step: number): number {
  let [low, high] = [0, steps.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (steps[middle] <= step) low = middle;
    else high = middle;
  }
  return high > low && steps[high] - step < step - steps[low] ? high : Math.max(0, low);
}

/** The row nearest to `row` where the line has a value; undefined if it has none anywhere. */
export function nearestValue([steps, ...lines]: Rows, line: number, row: number): number | undefined {
  const values = lines[line];
  const has = (i: number) => values[i] !== null && values[i] !== undefined;
  let [before, after] = [row, row];
  while (before >= 0 && !has(before)) before--;
  while (after < values.length && !has(after)) after++;
  if (before < 0) return after < values.length ? after : undefined;
  if (after >= values.length) return before;
  return steps[after] - steps[row] < steps[row] - steps[before] ? after : before;
}

/** The row to which a key moves the cursor, as on any slider; undefined for other keys. */
export function movedRow(key: string, row: number, rows: number): number | undefined {
  const page = Math.max(1, Math.round(rows / 10));
  const by: Readonly<Record<string, number>> = {
    ArrowLeft: -1,
    ArrowDown: -1,
    ArrowRight: 1,
    ArrowUp: 1,
    PageDown: -page,
    PageUp: page,
    Home: -rows,
    End: rows,
  };
  return Object.hasOwn(by, key) ? Math.max(0, Math.min(rows - 1, row + by[key])) : undefined;
}
