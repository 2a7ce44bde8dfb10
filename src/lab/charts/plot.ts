/** Charts as uPlot draws them. Loaded with the first one. */
import uPlot from "uplot";
import type { Chart } from "./chart.ts";
import { nearestValue, type Rows } from "./rows.ts";
import { color } from "./theme.ts";
import { axisTicks, type Tick } from "./ticks.ts";

/** Pixels: an axis's ticks and the gap behind them, an axis's name, the least between two labels. */
const TICK = 4;
const NAME = 16;
const ROOM = { x: 70, y: 26 };

export interface Plot {
  resize(width: number): void;
  /** Also moves the cursor to a step, or takes it away. */
  show(data: Rows, step: number | undefined): void;
  /** The step under a pointer, in pixels from the window's left edge. */
  stepAt(clientX: number): number;
  close(): void;
}

export function openPlot(parent: HTMLElement, chart: Chart): Plot {
  let rows: Rows = [[]];
  const plot = new uPlot(
    optionsFor(chart, parent.clientWidth, () => rows),
    [[]],
    parent,
  );
  return {
    resize: (width) => plot.setSize({ width, height: chart.height }),
    show(data, step) {
      if (rows !== data) {
        rows = data;
        plot.setData(data as unknown as uPlot.AlignedData);
      }
      const left = step === undefined ? -1 : plot.valToPos(step, "x");
      plot.setCursor({ left, top: left < 0 ? -1 : 0 });
    },
    stepAt: (clientX) => plot.posToVal(clientX - plot.over.getBoundingClientRect().left, "x"),
    close: () => plot.destroy(),
  };
}

function optionsFor(chart: Chart, width: number, rows: () => Rows): uPlot.Options {
  const { lines, height, log = false, band, mark, idle, axis } = chart;
  const font = `11px ${getComputedStyle(document.body).fontFamily}`;
  const common: uPlot.Axis = {
    stroke: color("--muted"),
    grid: { stroke: color("--grid"), width: 1 },
    ticks: { stroke: color("--grid"), width: 1, size: TICK },
    font,
    labelFont: font,
    labelSize: NAME,
    gap: TICK,
  };
  /** uPlot looks for an increment of its own first, and leaves the axis out if it finds none. */
  const ticked = (ticks: (low: number, high: number, u: uPlot) => Tick[]): uPlot.Axis => ({
    incrs: [1e99],
    filter: (_, splits) => splits,
    splits: (u, _, low, high) => ticks(low, high, u).map(({ at }) => at),
    values: (u, _, i) => {
      const { min, max } = u.scales[u.axes[i].scale!];
      return ticks(min!, max!, u).map(({ label }) => label);
    },
  });
  return {
    width,
    height,
    legend: { show: false },
    cursor: cursorOf(rows),
    series: [
      {},
      ...lines.map(
        (line, i): uPlot.Series => ({
          label: line.label,
          stroke: color(line.color),
          width: line.points ? 0 : (line.width ?? 1.5),
          dash: line.dash?.slice(),
          points: line.points
            ? { show: true, size: 6, fill: color(line.color), stroke: color(line.color) }
            : { show: (u, at) => isAlone(u.data[at]) },
          ...(band?.includes(i) && { paths: () => null }),
          spanGaps: !line.points,
          auto: !line.outlier,
        }),
      ),
    ],
    scales: {
      x: { time: false, range: () => stepsOf(rows()[0]) },
      y: { distr: log ? 3 : 1, range: (_, least, most) => rangeOf(least, most, log, mark) ?? [...idle] },
    },
    axes: [
      {
        ...common,
        ...ticked((low, high, u) =>
          axisTicks({ low, high, pixels: u.width - 60, room: ROOM.x, whole: true }),
        ),
        label: "step",
        size: 28,
      },
      {
        ...common,
        ...ticked((low, high) => axisTicks({ low, high, pixels: height - 44, room: ROOM.y, log })),
        label: axis,
        size: (u, labels) => widest(u.ctx, labels, font) + 2 * TICK + 2,
      },
    ],
    hooks: {
      drawAxes: [(u) => band && drawBand(u, rows(), band, color(lines[band[0]].color))],
      draw: [(u) => drawMarks(u, chart, font)],
    },
  };
}

/** The width in pixels of the widest text. */
function widest(context: CanvasRenderingContext2D, texts: readonly string[] | null, font: string): number {
  context.save();
  context.font = font;
  const width = Math.max(24, ...(texts ?? []).map((text) => context.measureText(text).width));
  context.restore();
  return Math.ceil(width);
}

/** The chart moves its cursor itself, the same for pointer, keys and touch. */
function cursorOf(rows: () => Rows): uPlot.Cursor {
  const deaf = () => null;
  return {
    y: false,
    drag: { x: false, y: false },
    dataIdx: (_, series, row) => (series === 0 ? row : (nearestValue(rows(), series - 1, row) ?? row)),
    bind: {
      mousedown: deaf,
      mouseup: deaf,
      click: deaf,
      dblclick: deaf,
      mousemove: deaf,
      mouseleave: deaf,
      mouseenter: deaf,
    },
  };
}

/** Whether a line has one value only, and would be nothing to see. */
function isAlone(values: ArrayLike<number | null | undefined>): boolean {
  let found = 0;
  for (let i = 0; i < values.length && found < 2; i++) if (values[i] !== null) found++;
  return found === 1;
}

/** The steps that the axis has. A run's first row may stand for several steps, and lie behind its beginning. */
function stepsOf(steps: ArrayLike<number>): [number, number] {
  if (steps.length === 0) return [0, 1];
  const [first, last] = [steps[0], steps[steps.length - 1]];
  return [first < last / 100 ? 0 : first, Math.max(last, first + 1)];
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
  const room = high > low ? (high - low) * 0.06 : Math.abs(high) * 0.05 || 1;
  // Where nothing is negative, neither is the axis.
  return [low < 0 ? low - room : Math.max(0, low - room), high + room];
}

/**
 * Fills what lies between two lines, and draws their edges, as they may be one. uPlot's own way, a clip for each edge, takes several times
 * as long: a thousand jagged points are a lot to software. Rows that share a column of pixels are one point here.
 */
function drawBand(u: uPlot, rows: Rows, [upper, lower]: readonly [number, number], fill: string): void {
  const [steps, ...lines] = rows;
  const columns: { x: number; top: number; bottom: number }[] = [];
  for (let i = 0; i < steps.length; i++) {
    const [most, least] = [lines[upper][i], lines[lower][i]];
    if (most === null || least === null) continue;
    const x = Math.round(u.valToPos(steps[i], "x", true));
    const [top, bottom] = [most, least].map((v) => u.valToPos(v, "y", true));
    const last = columns.at(-1);
    if (last?.x !== x) columns.push({ x, top, bottom });
    else [last.top, last.bottom] = [Math.min(last.top, top), Math.max(last.bottom, bottom)];
  }
  const { ctx, bbox } = u;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.beginPath();
  for (const { x, top } of columns) ctx.lineTo(x, top);
  for (const { x, bottom } of columns.reverse()) ctx.lineTo(x, bottom);
  ctx.closePath();
  ctx.fillStyle = ctx.strokeStyle = fill;
  ctx.lineWidth = uPlot.pxRatio;
  ctx.lineJoin = "bevel";
  ctx.fill();
  ctx.stroke();
  ctx.restore();
}

function drawMarks(u: uPlot, { mark, events = [] }: Chart, font: string): void {
  const { ctx, bbox } = u;
  const ratio = uPlot.pxRatio;
  ctx.save();
  ctx.strokeStyle = ctx.fillStyle = color("--ink");
  ctx.lineWidth = ratio;
  ctx.setLineDash([5 * ratio, 4 * ratio]);
  ctx.beginPath();
  if (mark !== undefined) {
    const y = Math.round(u.valToPos(mark, "y", true)) + 0.5;
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
  }
  const { min, max } = u.scales.x;
  ctx.font = font.replace("11px", `${11 * ratio}px`);
  ctx.textBaseline = "top";
  const right = bbox.left + bbox.width;
  // Where labels would overlap, each stands a line below the one before.
  let [end, line] = [bbox.left, 0];
  for (const event of u.data[0].length > 0 ? events : []) {
    if (event.step < min! || event.step > max!) continue;
    const x = Math.round(u.valToPos(event.step, "x", true)) + 0.5;
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    const width = ctx.measureText(event.label).width + 6 * ratio;
    // To the left where the right has no room.
    const from = x + width < right ? x : x - width;
    line = from < end ? line + 1 : 0;
    end = Math.max(end, from + width);
    ctx.textAlign = "left";
    ctx.fillText(event.label, from + (from < x ? 2 : 4) * ratio, bbox.top + (2 + 14 * line) * ratio);
  }
  ctx.stroke();
  ctx.restore();
}
