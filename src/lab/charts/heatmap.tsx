/** A matrix as a heatmap centred on 0. A cursor follows the pointer or the arrow keys, and a line says what is under it. */
import { useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { type Pooled, pool } from "./pool.ts";
import { theme } from "./theme.ts";

export interface HeatmapProps {
  /** Row-major. */
  readonly values: ArrayLike<number>;
  readonly rows: number;
  readonly columns: number;
  /** The magnitude that is drawn in full colour. */
  readonly scale: number;
  /** If there are more elements than fit, each cell shows the one with the largest weight. */
  readonly weight: (index: number) => number;
  /** Where the cursor starts. */
  readonly start: number;
  /** For screen readers. */
  readonly label: string;
  /** Describes an element, by its flat index. */
  readonly readout: (index: number) => string;
  /** Writes a value at an end of the scale. */
  readonly format: (value: number) => string;
  /** The ticks beside its rows and above its columns: a place, and its label. */
  readonly ticks?: {
    /** @param size pixels that a row or column takes */
    rows?(size: number): readonly Tick[];
    columns?(size: number): readonly Tick[];
  };
  /** Told which element the cursor is on, by its flat index. */
  readonly onElement?: (index: number) => void;
}

export interface Tick {
  /** A row, or a column. */
  readonly at: number;
  readonly label: string;
}

/** Least and most pixels (CSS) to a side of a cell, and the most that all rows together may be high. */
const LEAST = 3;
const MOST = 24;
const HEIGHT = 360;
/** What the labels of rows take on the left. */
const GUTTER = 54;

export function Heatmap(props: HeatmapProps) {
  const { values, rows, columns, scale, weight, start, label, readout, format, ticks, onElement } = props;
  const frame = useRef<HTMLDivElement>(null);
  const width = useSignal(0);
  const cursor = useSignal(0);
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => {
      width.value = entry.contentRect.width;
    });
    observer.observe(frame.current!);
    return () => observer.disconnect();
  }, [width]);

  const room = Math.max(0, width.value - (ticks?.rows ? GUTTER : 0));
  const most = Math.floor(room / LEAST);
  const cells = useMemo(
    () => pool(rows, columns, weight, Math.floor(HEIGHT / LEAST), most),
    [rows, columns, weight, most],
  );
  const size = (available: number, count: number) =>
    Math.max(LEAST, Math.min(MOST, Math.floor(available / count)));
  const cell = { width: size(room, cells.columns), height: size(HEIGHT, cells.rows) };
  useEffect(() => {
    cursor.value = cellOf(start, columns, cells);
  }, [cursor, start, columns, cells]);

  const at = Math.min(cursor.value, cells.elements.length - 1);
  const element = cells.elements[at];
  useEffect(() => onElement?.(element), [onElement, element]);
  const place = {
    left: (at % cells.columns) * cell.width,
    top: Math.floor(at / cells.columns) * cell.height,
  };
  const onPointer = (event: PointerEvent) => {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    const column = Math.floor((event.clientX - box.left) / cell.width);
    const row = Math.floor((event.clientY - box.top) / cell.height);
    if (column >= 0 && column < cells.columns && row >= 0 && row < cells.rows)
      cursor.value = row * cells.columns + column;
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const to = moved(event.key, at, cells);
    if (to === undefined) return;
    event.preventDefault();
    cursor.value = to;
  };
  return (
    <div class="heatmap" ref={frame}>
      {ticks?.columns && most > 0 && (
        <ColumnTicks
          ticks={ticks.columns(cell.width / cells.block[1])}
          size={cell.width / cells.block[1]}
          left={ticks.rows ? GUTTER : 0}
        />
      )}
      {ticks?.rows && most > 0 && (
        <RowTicks ticks={ticks.rows(cell.height / cells.block[0])} size={cell.height / cells.block[0]} />
      )}
      <div
        class="heatmap-picture"
        role="application"
        aria-label={`${label}. Arrow keys move from element to element.`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys move its cursor
        tabIndex={0}
        onPointerMove={onPointer}
        onPointerDown={onPointer}
        onKeyDown={onKeyDown}
        style={{
          width: `${cells.columns * cell.width}px`,
          height: `${cells.rows * cell.height}px`,
          marginLeft: ticks?.rows ? `${GUTTER}px` : "0",
        }}
      >
        {most > 0 && <Picture values={values} cells={cells} cell={cell} scale={scale} />}
        <span
          class="heatmap-cursor"
          style={{
            left: `${place.left}px`,
            top: `${place.top}px`,
            width: `${cell.width}px`,
            height: `${cell.height}px`,
          }}
        />
      </div>
      <p class="heatmap-readout" aria-live="polite">
        {readout(element)}
      </p>
      <Legend scale={scale} format={format} />
      {(cells.block[0] > 1 || cells.block[1] > 1) && (
        <p class="heatmap-note">
          Each cell stands for {cells.block[0]} × {cells.block[1]} elements and shows the one that is farthest
          off.
        </p>
      )}
    </div>
  );
}

/** Labels above the middles of their columns. The read-out says the same of each element. */
const ColumnTicks = ({ ticks, size, left }: { ticks: readonly Tick[]; size: number; left: number }) => (
  <div class="heatmap-ticks columns" aria-hidden="true">
    {ticks.map(({ at, label }) => (
      <span key={at} style={{ left: `${left + (at + 0.5) * size}px` }}>
        {label}
      </span>
    ))}
  </div>
);

const RowTicks = ({ ticks, size }: { ticks: readonly Tick[]; size: number }) => (
  <div class="heatmap-ticks rows" aria-hidden="true">
    {ticks.map(({ at, label }) => (
      <span key={at} style={{ top: `${(at + 0.5) * size}px`, width: `${GUTTER - 6}px` }}>
        {label}
      </span>
    ))}
  </div>
);

/** The cell whose block an element is in. */
const cellOf = (index: number, columns: number, { columns: across, block }: Pooled): number =>
  Math.floor(Math.floor(index / columns) / block[0]) * across + Math.floor((index % columns) / block[1]);

/** The cell to which a key moves the cursor; undefined for other keys. */
function moved(key: string, at: number, { rows, columns }: Pooled): number | undefined {
  const [row, column] = [Math.floor(at / columns), at % columns];
  const to = {
    ArrowLeft: [row, column - 1],
    ArrowRight: [row, column + 1],
    ArrowUp: [row - 1, column],
    ArrowDown: [row + 1, column],
    Home: [row, 0],
    End: [row, columns - 1],
  }[key];
  if (!to) return undefined;
  const within = (x: number, count: number) => Math.max(0, Math.min(count - 1, x));
  return within(to[0], rows) * columns + within(to[1], columns);
}

interface PictureProps {
  readonly values: ArrayLike<number>;
  readonly cells: Pick<Pooled, "rows" | "columns" | "elements">;
  readonly cell: { readonly width: number; readonly height: number };
  readonly scale: number;
}

/** The style sheet sets the colours: `color` for values above 0, the border's below 0, the outline's for NaN and infinity. */
function Picture({ values, cells, cell, scale }: PictureProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const ratio = Math.ceil(devicePixelRatio);
    const { width, height } = cell;
    canvas.current!.width = cells.columns * width * ratio;
    canvas.current!.height = cells.rows * height * ratio;
    const context = canvas.current!.getContext("2d")!;
    const { color, borderTopColor, outlineColor } = getComputedStyle(canvas.current!);
    for (const [i, element] of cells.elements.entries()) {
      const value = values[element];
      context.globalAlpha = Number.isFinite(value) ? Math.min(1, Math.abs(value) / scale || 0) : 1;
      context.fillStyle = !Number.isFinite(value) ? outlineColor : value > 0 ? color : borderTopColor;
      const [row, column] = [Math.floor(i / cells.columns), i % cells.columns];
      context.fillRect(column * width * ratio, row * height * ratio, width * ratio, height * ratio);
    }
  }, [values, cells, cell.width, cell.height, scale, theme.value]);
  const size = { width: `${cells.columns * cell.width}px`, height: `${cells.rows * cell.height}px` };
  return <canvas ref={canvas} style={size} />;
}

const STEPS = 61;
const ramp = Float64Array.from({ length: STEPS }, (_, i) => (2 * i) / (STEPS - 1) - 1);
const legend = { rows: 1, columns: STEPS, elements: Uint32Array.from(ramp.keys()) };

function Legend({ scale, format }: { scale: number; format: (value: number) => string }) {
  return (
    <p class="heatmap-legend">
      {format(-scale)} <Picture values={ramp} cells={legend} cell={{ width: 3, height: 12 }} scale={1} />{" "}
      {format(scale)}
    </p>
  );
}
