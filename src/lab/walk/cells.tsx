/** Rows of numbers, coloured by sign and size. */
import type { ComponentChildren } from "preact";
import { number, unitOf } from "./format.ts";

export interface CellRow {
  readonly label: string;
  readonly values: ArrayLike<number>;
}

/** Most numbers that are written out in a row, and most that are drawn. */
const WRITTEN = 12;
const DRAWN = 64;

interface CellsProps {
  readonly rows: readonly CellRow[];
  readonly label: string;
  readonly children?: ComponentChildren;
}

export function Cells({ rows, label, children }: CellsProps) {
  const columns = Math.min(DRAWN, rows[0]?.values.length ?? 0);
  const all = rows.flatMap(({ values }) => Array.from(values).slice(0, columns));
  const most = all.reduce((a, x) => (Number.isFinite(x) ? Math.max(a, Math.abs(x)) : a), 0);
  const { factor, text } = unitOf(most);
  const left = (rows[0]?.values.length ?? 0) - columns;
  const notes = [
    columns <= WRITTEN ? text : `in full colour at ±${number(most)}`,
    left > 0 && `the first ${columns} of ${columns + left} numbers of each row`,
  ];
  return (
    <figure class="cells">
      <div role="img" aria-label={label}>
        {rows.map(({ label: name, values }, r) => (
          <div key={r} class="cells-row">
            <span>{name}</span>
            {Array.from({ length: columns }, (_, c) => (
              <i key={c} style={{ background: colour(values[c], most) }} title={number(values[c])}>
                {columns <= WRITTEN && short(values[c] * factor)}
              </i>
            ))}
          </div>
        ))}
      </div>
      <figcaption>
        {children}
        {notes.filter(Boolean).map((note) => `, ${note}`)}.
      </figcaption>
    </figure>
  );
}

/** At half its strength at most, so that text on it can be read. */
function colour(x: number, most: number): string {
  const strength = most > 0 && Number.isFinite(x) ? Math.round((50 * Math.abs(x)) / most) : 0;
  return `color-mix(in srgb, var(--heat-${x < 0 ? "below" : "above"}) ${strength}%, var(--card))`;
}

/** Two digits: −1.5, 12. */
function short(x: number): string {
  if (!Number.isFinite(x)) return "?";
  const text = x.toFixed(Math.abs(x) < 9.95 ? 1 : 0);
  return text === "-0.0" ? "0.0" : text.replace("-", "−");
}
