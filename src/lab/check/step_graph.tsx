/** Draws the graph of the step: a button for each tensor and a line for each edge. */
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { Board } from "./engine.ts";
import type { StepGraph } from "./graph.ts";
import { type Place, placeNodes } from "./places.ts";
import { SYMBOLS, statusOf, verdictText } from "./status.ts";

const BOX = { width: 106, height: 24 };
/** Left edge of each column. The wide gap is for edges from the forward pass to the backward pass. */
const COLUMNS = [0, 128, 280, 408];
const PITCH = 36;
const WIDTH = COLUMNS[3] + BOX.width;

interface GraphProps {
  readonly board: Board;
  readonly selected?: string;
  readonly open: (name: string) => void;
}

export function StepGraphView({ board, selected, open }: GraphProps) {
  const { graph } = board;
  const places = useMemo(() => placeNodes(graph), [graph]);
  const height = (1 + Math.max(...[...places.values()].map((p) => p.row))) * PITCH;
  const rows = new Map([...board.forward, ...board.gradients].map((row) => [row.name, row]));
  const near = new Map([
    ...graph.edges.filter((e) => e.to === selected).map((e) => [e.from, "source"] as const),
    ...graph.edges.filter((e) => e.from === selected).map((e) => [e.to, "target"] as const),
  ]);
  const plane = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // Scrolls the graph only, not the page.
    const frame = plane.current?.closest(".graph");
    const place = selected && places.get(selected);
    if (frame && place) frame.scrollTop = place.row * PITCH - frame.clientHeight / 2;
  }, [selected, places]);
  return (
    <>
      <p class="graph-titles" style={{ width: `${WIDTH}px` }}>
        <span>forward ↓</span>
        <span>backward ↑</span>
      </p>
      <div class="graph-plane" ref={plane} style={{ width: `${WIDTH}px`, height: `${height}px` }}>
        <Edges graph={graph} places={places} selected={selected} height={height} />
        {graph.nodes.map(({ name }) => {
          const { column, row } = places.get(name)!;
          const judged = rows.get(name);
          return (
            <button
              key={name}
              type="button"
              class={`node ${near.get(name) ?? ""} ${column === 0 || column === 3 ? "outer" : ""}`}
              aria-current={name === selected ? "true" : undefined}
              title={judged && `roundings: ${verdictText(judged, board)}`}
              style={{ left: `${COLUMNS[column]}px`, top: `${row * PITCH}px` }}
              onClick={() => open(name)}
            >
              {name}
              {judged && statusOf(judged) === "wrong" && ` ${SYMBOLS.wrong}`}
            </button>
          );
        })}
      </div>
    </>
  );
}

interface EdgesProps {
  readonly graph: StepGraph;
  readonly places: ReadonlyMap<string, Place>;
  readonly selected?: string;
  readonly height: number;
}

function Edges({ graph, places, selected, height }: EdgesProps) {
  const kind = (from: string, to: string) => (to === selected ? "source" : from === selected ? "target" : "");
  // The open tensor's edges come last, on top of the others.
  const edges = [...graph.edges].sort((a, b) => kind(a.from, a.to).length - kind(b.from, b.to).length);
  return (
    <svg width={WIDTH} height={height} aria-hidden="true">
      {edges.map(({ from, to }) => (
        <path
          key={`${from} ${to}`}
          class={`edge ${kind(from, to)}`}
          d={path(places.get(from)!, places.get(to)!)}
        />
      ))}
    </svg>
  );
}

/** Straight to the next row of a column, in an arc past other rows, or across to another column. */
function path(from: Place, to: Place): string {
  const x = (p: Place, fraction: number) => COLUMNS[p.column] + fraction * BOX.width;
  const y = (p: Place, fraction: number) => p.row * PITCH + fraction * BOX.height;
  const rows = to.row - from.row;
  if (from.column === to.column && Math.abs(rows) === 1)
    return `M${x(from, 0.5)} ${y(from, rows > 0 ? 1 : 0)}V${y(to, rows > 0 ? 0 : 1)}`;
  if (from.column === to.column) {
    // Arcs bend outward, since the gap in the middle is for edges that cross it.
    const left = from.column < 2;
    const edge = x(from, left ? 0 : 1);
    const reach = edge + (left ? -1 : 1) * Math.min(20, 6 + 4 * Math.abs(rows));
    return `M${edge} ${y(from, 0.5)}C${reach} ${y(from, 0.5)} ${reach} ${y(to, 0.5)} ${edge} ${y(to, 0.5)}`;
  }
  const right = to.column > from.column;
  const [start, end] = [x(from, right ? 1 : 0), x(to, right ? 0 : 1)];
  if (Math.abs(to.column - from.column) === 1) {
    const middle = (start + end) / 2;
    return `M${start} ${y(from, 0.5)}C${middle} ${y(from, 0.5)} ${middle} ${y(to, 0.5)} ${end} ${y(to, 0.5)}`;
  }
  // Past a whole column, between two of its rows. Such edges always run to the right.
  const between = y(from, 0.5) + (rows < 0 ? -PITCH / 2 : PITCH / 2);
  return `M${start} ${y(from, 0.5)}C${start + 12} ${y(from, 0.5)} ${start + 8} ${between} ${start + 22} ${between}H${end - 22}C${end - 8} ${between} ${end - 12} ${y(to, 0.5)} ${end} ${y(to, 0.5)}`;
}
