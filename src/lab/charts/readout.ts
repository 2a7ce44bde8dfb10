/** What a chart says about one of its rows. */
import type { Chart, Line } from "./chart.ts";
import { nearestValue, type Rows } from "./rows.ts";

export interface Reading {
  readonly line: Line;
  /** Its value at the row, or nearest to it; undefined if it has none yet. */
  readonly text: string | undefined;
}

/**
 * A reading for each line with a name. Where a band ends in a line, both its edges. Also the step it is of, if that is another one: of
 * points, and of a line that has ended before the row or begins behind it.
 */
export function readings(
  { lines, band }: Pick<Chart, "lines" | "band">,
  data: Rows,
  row: number,
  digits: number,
): Reading[] {
  const [steps, ...values] = data;
  const text = (i: number): string | undefined => {
    const at = steps.length > 0 ? nearestValue(data, i, row) : undefined;
    if (at === undefined) return undefined;
    const own = valueText(values[i][at]!, digits);
    if (lines[i].points || isOutside(data, i, row, at)) return `${own} at step ${stepText(steps[at])}`;
    const upper = band?.[1] === i ? values[band[0]][at] : null;
    const most = upper === null ? own : valueText(upper, digits);
    return most === own ? own : `${own} to ${most}`;
  };
  return lines.flatMap((line, i) => (line.unnamed ? [] : [{ line, text: text(i) }]));
}

/** Whether a row lies farther from a line's nearest value than that from the line's next one. */
function isOutside([steps, ...lines]: Rows, line: number, row: number, at: number): boolean {
  if (at === row) return false;
  const away = Math.sign(at - row);
  let next = at + away;
  while (next >= 0 && next < steps.length && (lines[line][next] ?? null) === null) next += away;
  const between = steps[next] === undefined ? 1 : Math.abs(steps[next] - steps[at]);
  return Math.abs(steps[at] - steps[row]) > between;
}

/** The reading in words. */
export const spoken = (step: number, all: readonly Reading[]): string =>
  [
    `step ${stepText(step)}`,
    ...all.filter(({ text }) => text !== undefined).map(({ line, text }) => `${line.label} ${text}`),
  ].join(", ");

/** A row may stand for several steps, and lie between two. */
export const stepText = (step: number): string => Math.floor(step).toLocaleString("en");

/** With this many digits behind the point, fewer if there are many before it, and as `3.1e-7` where those would be zeros. */
export function valueText(value: number, digits: number): string {
  const size = Math.abs(value);
  if (size >= 1e9 || (size > 0 && size < 10 ** (1 - digits)))
    return value.toExponential(digits - 1).replace("e+", "e");
  const behind = Math.max(0, digits - Math.floor(Math.log10(Math.max(1, size))));
  return value.toLocaleString("en", { minimumFractionDigits: behind, maximumFractionDigits: behind });
}
