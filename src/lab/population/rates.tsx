/** The search for a learning rate: where the loss of each rate ends. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { judgeRange, RangeVerdict, Tried } from "../../sweep/lr_range.ts";
import { valueText } from "../charts/readout.ts";
import { axisTicks } from "../charts/ticks.ts";
import { phase } from "../state.ts";
import { choose, useRate } from "./actions.ts";
import { chosen, over, rateText, rows, search } from "./state.ts";

const HEIGHT = 280;
const MARGIN = { top: 12, right: 14, bottom: 40, left: 52 };
/** Pixels that a pointer may be off. */
const NEAR = 20;

export function Rates() {
  const { tried, characters, best, breaks } = search.value;
  const there = tried.length > 1;
  return (
    <section class="wide" aria-labelledby="rates-heading">
      <h2 id="rates-heading">Learning rates</h2>
      {there ? (
        <>
          <p>{verdictText({ best, breaks }, characters, over.value)}</p>
          <Plot tried={tried} characters={characters} verdict={{ best, breaks }} />
          {best && (
            <p class="actions">
              <button
                type="button"
                disabled={phase.value !== "idle"}
                onClick={() => useRate(Number(rateText(best.lr)))}
              >
                Train one network with {rateText(best.lr)}
              </button>
            </p>
          )}
        </>
      ) : (
        <p class="hint rates-empty">
          Each rate trains a network of its own, and its loss at the end stands over the rate here: how far
          you can turn it up, and from where on it breaks.
        </p>
      )}
    </section>
  );
}

/** In words. */
function verdictText({ best, breaks }: RangeVerdict, characters: number, over = true): string {
  if (!best) return "No rate learns anything: all of them diverge.";
  const lowest = `${over ? "The" : "So far the"} lowest loss is ${valueText(best.loss, 4)}, with the rate ${rateText(best.lr)}.`;
  if (!breaks) return `${lowest} No rate above it breaks: try higher ones.`;
  const why = Number.isFinite(breaks.loss)
    ? `${valueText(breaks.loss, 2)}, above the ${valueText(Math.log(characters), 2)} of guessing`
    : "not finite";
  return `${lowest} It breaks from ${rateText(breaks.lr)} on, where the loss is ${why}.`;
}

interface PlotProps {
  readonly tried: readonly Tried[];
  readonly characters: number;
  readonly verdict: ReturnType<typeof judgeRange>;
}

/** Points only: each is a network of its own. What each says by itself stands in the table, which the keyboard reaches. */
function Plot({ tried, characters, verdict }: PlotProps) {
  const place = useRef<HTMLDivElement>(null);
  const width = useSignal(600);
  useEffect(() => {
    const observer = new ResizeObserver(([{ contentRect }]) => {
      if (contentRect.width > 0) width.value = contentRect.width;
    });
    if (place.current) observer.observe(place.current);
    return () => observer.disconnect();
  }, []);
  const guessing = Math.log(characters);
  const learns = tried.filter(({ loss }) => loss <= guessing);
  const low = Math.min(guessing - 0.1, ...learns.map(({ loss }) => loss));
  const high = guessing + (guessing - low) * 0.12;
  const [first, last] = [Math.min(...tried.map(({ lr }) => lr)), Math.max(...tried.map(({ lr }) => lr))];
  const across = width.value - MARGIN.left - MARGIN.right;
  const down = HEIGHT - MARGIN.top - MARGIN.bottom;
  const x = (lr: number) => MARGIN.left + (Math.log(lr / first) / Math.log(last / first)) * across;
  // A little room below the lowest.
  const bottom = low - (high - low) * 0.06;
  const y = (loss: number) => MARGIN.top + ((high - Math.min(loss, high)) / (high - bottom)) * down;
  const at = ({ lr, loss }: Tried) => ({ x: x(lr), y: loss <= guessing ? y(loss) : MARGIN.top + 8 });
  const own = rows.value[chosen.value];
  const shown = own && tried.find(({ lr }) => lr === own.lr);
  const near = (event: MouseEvent & { currentTarget: SVGSVGElement }) => {
    const box = event.currentTarget.getBoundingClientRect();
    const off = (one: Tried) =>
      Math.hypot(at(one).x - (event.clientX - box.left), at(one).y - (event.clientY - box.top));
    const [nearest] = [...tried].sort((a, b) => off(a) - off(b));
    const row = rows.value.find(({ lr }) => lr === nearest.lr);
    if (row && off(nearest) <= NEAR) void choose(row.member);
  };
  return (
    <div ref={place} class="rates">
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: the table below has a radio button for each */}
      <svg
        width={width.value}
        height={HEIGHT}
        role="img"
        aria-label={`Loss over the learning rate. ${verdictText(verdict, characters)}`}
        onClick={near}
      >
        {axisTicks({ low: bottom, high, pixels: down, room: 26 }).map((tick) => (
          <g key={tick.label}>
            <path class="grid" d={`M${MARGIN.left} ${y(tick.at)}h${across}`} />
            <text x={MARGIN.left - 6} y={y(tick.at)} class="left">
              {tick.label}
            </text>
          </g>
        ))}
        {axisTicks({ low: first, high: last, pixels: across, room: 44, log: true }).map((tick) => (
          <g key={tick.label}>
            <path class="grid" d={`M${x(tick.at)} ${MARGIN.top}v${down}`} />
            <text x={x(tick.at)} y={HEIGHT - MARGIN.bottom + 14} class="below">
              {tick.label}
            </text>
          </g>
        ))}
        <text x={MARGIN.left + across / 2} y={HEIGHT - 6} class="below name">
          learning rate
        </text>
        <text class="below name" transform={`translate(12 ${MARGIN.top + down / 2}) rotate(-90)`}>
          loss
        </text>
        <path class="guessing" d={`M${MARGIN.left} ${y(guessing)}h${across}`} />
        <text x={MARGIN.left + across - 4} y={y(guessing) + 13} class="note late">
          guessing: {valueText(guessing, 2)}
        </text>
        {verdict.breaks && (
          <Mark x={x(verdict.breaks.lr)} text={`breaks: ${rateText(verdict.breaks.lr)}`} right={across} />
        )}
        {tried.map((one) => {
          const p = at(one);
          return one.loss <= guessing ? (
            <circle
              key={one.lr}
              class={one === verdict.best ? "best" : "tried"}
              cx={p.x}
              cy={p.y}
              r={one === verdict.best ? 5.5 : 3.5}
            />
          ) : (
            <path key={one.lr} class="broken" d={`M${p.x - 3.5} ${p.y - 3.5}l7 7m0 -7l-7 7`} />
          );
        })}
        {shown && <circle class="own" cx={at(shown).x} cy={at(shown).y} r={9} />}
      </svg>
      <p class="hint">
        The loss is that of the last tenth of the steps. The large point is the lowest, ringed is the network
        that is shown below (click another), and × is no better than guessing.
      </p>
    </div>
  );
}

function Mark({ x, text, right }: { x: number; text: string; right: number }) {
  const late = x > right * 0.75;
  return (
    <>
      <path class="mark" d={`M${x} ${MARGIN.top}v${HEIGHT - MARGIN.top - MARGIN.bottom}`} />
      <text x={x + (late ? -5 : 5)} y={HEIGHT / 2} class={late ? "note late" : "note"}>
        {text}
      </text>
    </>
  );
}
