/** Bars of a few values, up and down from 0. */
import type { ComponentChildren } from "preact";
import { number } from "./format.ts";

export interface Bar {
  readonly label?: string;
  readonly value: number;
  /** Drawn behind it, as an outline: what it was before. */
  readonly ghost?: number;
  /** Marked with ▲, and in another colour. */
  readonly marked?: boolean;
}

interface BarsProps {
  readonly bars: readonly Bar[];
  /** What a reader who does not see the picture should know of it. */
  readonly label: string;
  readonly children?: ComponentChildren;
  /** Below the left and the right end, where the bars have no labels of their own. */
  readonly ends?: readonly [string, string];
  /** How values are written. */
  readonly format?: (x: number) => string;
}

const finite = (x: number | undefined): number => (x !== undefined && Number.isFinite(x) ? x : 0);
const share = (x: number): string => `${(100 * x).toFixed(2)}%`;

export function Bars({ bars, label, children, ends, format = number }: BarsProps) {
  const values = bars.flatMap(({ value, ghost }) => [finite(value), finite(ghost)]);
  const [high, low] = [Math.max(0, ...values), Math.min(0, ...values)];
  const reach = high - low || 1;
  const top = (x: number) => (high - Math.max(x, 0)) / reach;
  /** Even a small value is seen. */
  const box = (x: number) => ({ top: share(top(x)), height: `max(1px, ${share(Math.abs(x) / reach)})` });
  const labelled = bars.some((bar) => bar.label !== undefined || bar.marked);
  return (
    <figure class="bars">
      <div role="img" aria-label={label}>
        <div class="bars-scale">
          {high > 0 && <span class="bars-high">{format(high)}</span>}
          {low < 0 && <span class="bars-low">{format(low)}</span>}
        </div>
        <div class="bars-plot">
          <hr style={{ top: share(high / reach) }} />
          {bars.map(({ value, ghost, marked, label: name }, i) => (
            <div
              key={i}
              class={marked ? "bar marked" : "bar"}
              title={`${name ? `${name}: ` : ""}${format(value)}`}
            >
              {ghost !== undefined && <s style={box(finite(ghost))} />}
              <i style={box(finite(value))} />
            </div>
          ))}
        </div>
        {labelled && (
          <div class="bars-labels">
            {bars.map(({ label: name, marked }, i) => (
              <span key={i} class={marked ? "marked" : undefined}>
                {name}
                {marked && <b>▲</b>}
              </span>
            ))}
          </div>
        )}
        {ends && (
          <div class="bars-ends">
            <span>{ends[0]}</span>
            <span>{ends[1]}</span>
          </div>
        )}
      </div>
      <figcaption>{children}</figcaption>
    </figure>
  );
}
