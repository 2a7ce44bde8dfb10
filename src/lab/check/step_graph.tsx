/** Draws the graph of the step: a button for each tensor and an arrow for each edge. */
import { signal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { Board } from "./engine.ts";
import { arrow, em, FOUR, type Geometry, TWO } from "./geometry.ts";
import { beginnings, type GraphNode, type StepGraph } from "./graph.ts";
import { shapeText } from "./numbers.ts";
import { type Places, placeInFour, placeInTwo } from "./places.ts";
import { SYMBOLS, statusOf, verdictText } from "./status.ts";

interface GraphProps {
  readonly board: Board;
  readonly selected?: string;
  readonly open: (name: string) => void;
}

/** Whether the screen has this width, also when it changes. */
function widths(query: string) {
  const media = matchMedia(query);
  const matches = signal(media.matches);
  media.addEventListener("change", () => {
    matches.value = media.matches;
  });
  return matches;
}

/** The graph is in two columns instead of four; the style sheet has the same widths. */
const narrowed = widths("(max-width: 72rem)");
/** It has no room beside a page, so it stands above or below it. */
export const stacked = widths("(max-width: 52rem)");

export function StepGraphView({ board, selected, open }: GraphProps) {
  const { graph } = board;
  const narrow = narrowed.value;
  const geometry = narrow ? TWO : FOUR;
  const places = useMemo(() => (narrow ? placeInTwo : placeInFour)(graph), [graph, narrow]);
  const { box, columns, pitch, width } = geometry;
  const height = Math.max(...[...places.values()].map((p) => p.row)) * pitch + box.height;
  const rows = new Map([...board.forward, ...board.gradients].map((row) => [row.name, row]));
  const near = new Map([
    ...graph.edges.filter((e) => e.to === selected).map((e) => [e.from, "source"] as const),
    ...graph.edges.filter((e) => e.from === selected).map((e) => [e.to, "target"] as const),
  ]);
  const plane = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // Scrolls the graph only, not the page.
    const frame = plane.current?.closest(".graph");
    const node = plane.current?.querySelector<HTMLElement>("[aria-current]");
    if (frame && node)
      frame.scrollTop +=
        node.getBoundingClientRect().top - frame.getBoundingClientRect().top - frame.clientHeight / 2;
  }, [selected, places]);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reached by keyboard
    <section class={selected ? "graph before" : "graph"} aria-label="The graph of the step" tabIndex={0}>
      <div class={`graph-sheet ${narrow ? "narrow" : ""}`}>
        <Legend selected={selected} />
        <p class="graph-titles">
          <span>forward ↓</span>
          <span>backward ↑</span>
        </p>
        <div class="graph-plane" ref={plane} style={{ width: em(width), height: em(height) }}>
          <Arrows graph={graph} places={places} geometry={geometry} selected={selected} height={height} />
          {graph.nodes.map((node) => {
            const { name } = node;
            const place = places.get(name);
            const judged = rows.get(name);
            const wrong = judged && statusOf(judged) === "wrong";
            return (
              place && (
                <button
                  key={name}
                  type="button"
                  class={`node ${kindOf(node)} ${near.get(name) ?? ""} ${wrong ? "wrong" : ""}`}
                  aria-current={name === selected ? "true" : undefined}
                  title={describe(node, judged && verdictText(judged, board))}
                  style={{
                    left: em(columns[place.column]),
                    top: em(place.row * pitch),
                    width: em(box.width),
                    height: em(box.height),
                  }}
                  onClick={() => open(name)}
                >
                  <span class="node-name">{name}</span>
                  {wrong && <span class="node-mark"> {SYMBOLS.wrong}</span>}
                </button>
              )
            );
          })}
        </div>
      </div>
    </section>
  );
}

/** Kinds of tensors, each with an outline of its own. */
const KINDS = {
  input: "minibatch",
  parameter: "parameter",
  forward: "forward tensor",
  gradient: "gradient",
} as const;

const kindOf = ({ role }: GraphNode): keyof typeof KINDS =>
  role === "input" || role === "parameter" || role === "gradient" ? role : "forward";

const describe = (node: GraphNode, roundings?: string): string =>
  `${KINDS[kindOf(node)]}, ${shapeText(node.shape)}${roundings ? `; roundings: ${roundings}` : ""}`;

/** What outlines and arrows mean. */
function Legend({ selected }: { readonly selected?: string }) {
  const arrows = [
    ...(selected ? [["source", `into ${selected}`] as const, ["target", `out of ${selected}`] as const] : []),
    ["begins", "backward begins"] as const,
  ];
  return (
    <ul class="graph-legend" aria-label="What the graph's outlines and arrows mean">
      {Object.entries(KINDS).map(([kind, text]) => (
        <li key={kind}>
          <span class={`node ${kind}`} aria-hidden="true" />
          {text}
        </li>
      ))}
      {arrows.map(([kind, text]) => (
        <li key={kind}>
          <svg viewBox="0 0 26 10" aria-hidden="true">
            <path class={`edge ${kind}`} d="M0 5H25" marker-end={`url(#head-${kind})`} />
          </svg>
          {text}
        </li>
      ))}
    </ul>
  );
}

interface ArrowsProps {
  readonly graph: StepGraph;
  readonly places: Places;
  readonly geometry: Geometry;
  readonly selected?: string;
  readonly height: number;
}

const HEADS = ["any", "source", "target", "begins"] as const;

function Arrows({ graph, places, geometry, selected, height }: ArrowsProps) {
  const kindOf = (from: string, to: string) =>
    to === selected ? "source" : from === selected ? "target" : "any";
  const edges = [
    ...graph.edges.map(({ from, to }) => ({ from, to, kind: kindOf(from, to) })),
    ...beginnings(graph).map((e) => ({ ...e, kind: "begins" })),
  ].sort((a, b) => Number(a.kind !== "any") - Number(b.kind !== "any")); // the open tensor's on top of the others
  return (
    <svg
      viewBox={`0 0 ${geometry.width} ${height}`}
      style={{ width: em(geometry.width), height: em(height) }}
      aria-hidden="true"
    >
      <defs>
        {HEADS.map((kind) => (
          <marker
            key={kind}
            id={`head-${kind}`}
            viewBox="0 0 6 6"
            refX="6"
            refY="3"
            markerWidth="6"
            markerHeight="6"
            markerUnits="userSpaceOnUse"
            orient="auto"
          >
            <path class={`head ${kind}`} d="M0 0L6 3L0 6z" />
          </marker>
        ))}
      </defs>
      {edges.map(({ from, to, kind }) => {
        const [start, end] = [places.get(from), places.get(to)];
        return (
          start &&
          end && (
            <path
              key={`${from} ${to} ${kind}`}
              class={`edge ${kind}`}
              d={arrow(geometry, start, end)}
              marker-end={`url(#head-${kind})`}
            />
          )
        );
      })}
    </svg>
  );
}
