/** Curves over steps, drawn by uPlot, whose code is loaded with the first chart. */
import { useEffect, useRef } from "preact/hooks";
import type uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { color, theme } from "./theme.ts";

export interface Line {
  readonly label: string;
  /** A CSS custom property, such as `--accent`. */
  readonly color: string;
  readonly width?: number;
  /** Points only, not joined by lines. */
  readonly points?: boolean;
  /** Drawn, but left out of the legend. */
  readonly unnamed?: boolean;
  /** Too far from the others: the scale ignores it. */
  readonly outlier?: boolean;
}

export interface LineChartProps {
  /** For screen readers. */
  readonly label: string;
  readonly lines: readonly Line[];
  /** Steps, then the values of each line. */
  readonly data: uPlot.AlignedData;
  readonly height: number;
  readonly log?: boolean;
  /** Indices of two lines. The area between them is filled in the colour of the first. */
  readonly band?: readonly [number, number];
  /** A value to mark with a dashed horizontal line. */
  readonly mark?: number;
  /** Range of the vertical axis while there is no data. */
  readonly idle: readonly [number, number];
  /** Text to show while there is no data. */
  readonly empty?: string;
}

export function LineChart(props: LineChartProps) {
  const { label, lines, data, height, log, empty } = props;
  const named = lines.filter((line) => !line.unnamed);
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const latest = useRef(data);
  latest.current = data;

  // Another scale, other lines or other colours need a new plot; new data only redraw it.
  useEffect(() => {
    let gone = false;
    let observer: ResizeObserver | undefined;
    void loadUPlot().then((UPlot) => {
      const parent = place.current;
      if (gone || !parent) return;
      plot.current = new UPlot(optionsFor(props, parent.clientWidth, UPlot), latest.current, parent);
      observer = new ResizeObserver(() => {
        if (parent.clientWidth > 0) plot.current?.setSize({ width: parent.clientWidth, height });
      });
      observer.observe(parent);
    });
    return () => {
      gone = true;
      observer?.disconnect();
      plot.current?.destroy();
      plot.current = undefined;
    };
  }, [log, theme.value, height, lines]);

  useEffect(() => {
    const frame = requestAnimationFrame(() => {
      if (place.current?.offsetParent) plot.current?.setData(data);
    });
    return () => cancelAnimationFrame(frame);
  }, [data]);

  return (
    <figure class="chart">
      {named.length > 0 && (
        <ul class="legend">
          {named.map((line) => (
            <li key={line.label}>
              <Swatch property={line.color} round={line.points} /> {line.label}
            </li>
          ))}
        </ul>
      )}
      <div ref={place} role="img" aria-label={label} />
      {empty && data[0].length === 0 && <p class="empty muted">{empty}</p>}
    </figure>
  );
}

/** uPlot passes the browser's language to Intl as it loads. Where LANG is C, Chromium's is not a valid tag (`en-US@posix`). */
async function loadUPlot(): Promise<typeof uPlot> {
  try {
    Intl.getCanonicalLocales(navigator.language);
  } catch {
    Object.defineProperty(navigator, "language", { value: "en-US" });
  }
  return (await import("uplot")).default;
}

/** The colour of a line beside its name. */
export function Swatch({ property, round = false }: { property: string; round?: boolean }) {
  return (
    <svg class="swatch" width="12" height="12" viewBox="0 0 12 12" aria-hidden="true">
      {round ? (
        <circle cx="6" cy="6" r="3.5" fill={`var(${property})`} />
      ) : (
        <rect y="4" width="12" height="4" rx="1" fill={`var(${property})`} />
      )}
    </svg>
  );
}

function optionsFor(props: LineChartProps, width: number, UPlot: typeof uPlot): uPlot.Options {
  const { lines, height, log = false, band, mark, idle } = props;
  const font = `11px ${getComputedStyle(document.body).fontFamily}`;
  const axis: uPlot.Axis = {
    stroke: color("--muted"),
    grid: { stroke: color("--grid"), width: 1 },
    ticks: { stroke: color("--grid"), width: 1, size: 4 },
    font,
    gap: 4,
  };
  const series = lines.map(
    (line): uPlot.Series => ({
      label: line.label,
      stroke: color(line.color),
      width: line.points ? 0 : (line.width ?? 1.5),
      points: line.points
        ? { show: true, size: 6, fill: color(line.color), stroke: color(line.color) }
        : { show: false },
      spanGaps: !line.points,
      auto: !line.outlier,
    }),
  );
  return {
    width,
    height,
    legend: { show: false },
    cursor: { show: false },
    series: [{}, ...series],
    scales: {
      x: { time: false },
      y: { distr: log ? 3 : 1, range: (_, least, most) => rangeOf(least, most, log, mark) ?? [...idle] },
    },
    axes: [
      { ...axis, values: (_, steps) => steps.map(short), space: 70, size: 28 },
      { ...axis, size: 44, values: (_, values) => values.map(value) },
    ],
    bands: band ? [{ series: [band[1] + 1, band[0] + 1], fill: color(lines[band[0]].color) }] : undefined,
    hooks: mark === undefined ? undefined : { draw: [(u) => drawMark(u, mark, UPlot.pxRatio)] },
  };
}

/** A range with the data, the mark and a little room around them. */
function rangeOf(
  least: number | null,
  most: number | null,
  log: boolean,
  mark?: number,
): [number, number] | undefined {
  if (least === null || most === null || !Number.isFinite(least) || !Number.isFinite(most)) return undefined;
  let [low, high] = [least, most];
  if (mark !== undefined) [low, high] = [Math.min(low, mark - 0.5), Math.max(high, mark + 0.5)];
  if (log) return [low / 1.05, high * 1.05];
  const room = Math.max(0.02, (high - low) * 0.06);
  return [low - room, high + room];
}

const short = (step: number): string =>
  !Number.isInteger(step)
    ? ""
    : step >= 10_000
      ? `${Number((step / 1000).toFixed(1))}k`
      : step.toLocaleString("en");

/** On a log scale uPlot passes null for values that get no label. */
const value = (v: number | null): string => (v === null ? "" : String(Number(v.toPrecision(3))));

function drawMark(u: uPlot, mark: number, ratio: number): void {
  const { ctx, bbox } = u;
  const y = Math.round(u.valToPos(mark, "y", true)) + 0.5;
  ctx.save();
  ctx.strokeStyle = color("--ink");
  ctx.lineWidth = ratio;
  ctx.setLineDash([5 * ratio, 4 * ratio]);
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
  ctx.restore();
}
