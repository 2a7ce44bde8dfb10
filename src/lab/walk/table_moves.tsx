/** The rows of C in two dimensions, with arrows to where the update moves them. */
import type { WalkBatch } from "./batch.ts";
import { count, glyph, number } from "./format.ts";
import { stretch } from "./moves.ts";
import { strongest } from "./pick.ts";

const SIZE = 340;
const MARGIN = 22;
/** How many characters are drawn: those that move furthest, and those of the example. */
const MOST = 60;
/** Pixels: a shorter arrow would be nothing but its head. */
const SHORTEST = 5;

interface Props {
  readonly batch: WalkBatch;
  /** The example's characters. */
  readonly own: readonly number[];
}

export function TableMoves({ batch, own }: Props) {
  const { points, shifts, characters } = batch;
  const reach = points.reduce((most, p) => Math.max(most, Math.abs(p)), 1e-6);
  const times = stretch(shifts, reach);
  const scale = (value: number) => SIZE / 2 + (value / reach) * (SIZE / 2 - MARGIN);
  const shown = strongest(batch.moved, MOST, own);
  const at = (v: number) => [scale(points[2 * v]), scale(-points[2 * v + 1])];
  const arrow = (v: number) => {
    const [x, y] = at(v);
    const [dx, dy] = [0, 1].map((k) => (shifts[2 * v + k] * times * (SIZE / 2 - MARGIN)) / reach);
    return Math.hypot(dx, dy) < SHORTEST ? undefined : `M${x} ${y}l${dx} ${-dy}`;
  };
  const moves = own.map((v) => `${glyph(characters[v])} by ${number(batch.moved[v])}`).join(", ");
  return (
    <figure class="table-moves">
      <svg
        viewBox={`0 0 ${SIZE} ${SIZE}`}
        role="img"
        aria-label={`The rows of C in two dimensions, with an arrow for each that moves. Of this example: ${moves}.`}
      >
        <defs>
          <marker
            id="walk-arrow"
            viewBox="0 0 6 6"
            refX="5"
            refY="3"
            markerWidth="6"
            markerHeight="6"
            orient="auto"
          >
            <path d="M0 0L6 3L0 6z" />
          </marker>
        </defs>
        <path class="axis" d={`M${SIZE / 2} 0V${SIZE}M0 ${SIZE / 2}H${SIZE}`} />
        {shown.map((v) => {
          const [x, y] = at(v);
          const mine = own.includes(v);
          return (
            <g key={v} class={mine ? "own" : undefined}>
              {mine && <circle cx={x} cy={y} r="10" />}
              <path class="move" d={arrow(v)} marker-end="url(#walk-arrow)" />
              <text x={x} y={y}>
                {glyph(characters[v])}
              </text>
            </g>
          );
        })}
      </svg>
      <figcaption>
        The rows of <code>C</code> along the two directions in which they differ most.{" "}
        {times > 1
          ? `The arrows are ${count(times)} times as long as the moves`
          : "The arrows show the moves"}
        ; circles mark this example’s characters.
        {shown.length < characters.length &&
          ` Shown are ${shown.length} of ${count(characters.length)}, those that move furthest.`}
      </figcaption>
    </figure>
  );
}
