/** Curves over steps. The legend says the values at a step: under the pointer, a finger or the arrow keys, or the last one. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import "uplot/dist/uPlot.min.css";
import type { Chart } from "./chart.ts";
import type { Plot } from "./plot.ts";
import { type Reading, readings, spoken, stepText } from "./readout.ts";
import { movedRow, nearestRow, type Rows } from "./rows.ts";
import { theme } from "./theme.ts";

export interface LineChartProps extends Chart {
  /** What it shows, for screen readers. */
  readonly label: string;
  /** With a column for each line. */
  readonly data: Rows;
  /** The step that the legend is about while the reader points at none; the last one if absent. */
  readonly at?: number;
  /** Behind the point of the values that the legend says. */
  readonly digits?: number;
  /** Text to show while there is no data. */
  readonly empty?: string;
}

export function LineChart(props: LineChartProps) {
  const { label, lines, data, height, log, events = [], empty, digits = 4 } = props;
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<Plot | undefined>(undefined);
  /** The step that the reader points at. */
  const pointed = useSignal<number | undefined>(undefined);
  const [steps] = data;
  const asked = pointed.value ?? props.at;
  const row = asked === undefined ? steps.length - 1 : nearestRow(steps, asked);
  const says = readings(props, data, row, digits);
  const cursor = pointed.value === undefined ? undefined : steps[row];
  const latest = useRef({ data, cursor });
  latest.current = { data, cursor };
  const show = () => plot.current?.show(latest.current.data, latest.current.cursor);

  // Another scale, other lines or other colours need a new plot; new data only redraw it.
  useEffect(() => {
    let gone = false;
    let observer: ResizeObserver | undefined;
    void loadPlots().then(({ openPlot }) => {
      const parent = place.current;
      if (gone || !parent) return;
      plot.current = openPlot(parent, props);
      show();
      // Whoever comes back to a hidden tab sees what has come meanwhile.
      observer = new ResizeObserver(() => {
        if (parent.clientWidth === 0) return;
        plot.current?.resize(parent.clientWidth);
        show();
      });
      observer.observe(parent);
    });
    return () => {
      gone = true;
      observer?.disconnect();
      plot.current?.close();
      plot.current = undefined;
    };
  }, [log, theme.value, height, lines, JSON.stringify(events)]);

  useEffect(() => {
    const frame = requestAnimationFrame(() => {
      if (place.current?.offsetParent) show();
    });
    return () => cancelAnimationFrame(frame);
  }, [data, cursor]);

  const onPointer = (event: PointerEvent) => {
    if (plot.current) pointed.value = plot.current.stepAt(event.clientX);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const to = movedRow(event.key, row, steps.length);
    if (to === undefined && event.key !== "Escape") return;
    event.preventDefault();
    pointed.value = to === undefined ? undefined : steps[to];
  };
  /** A slider, because that is what it is to whoever cannot see it: arrow keys move along the steps, and each has something to say. */
  const slider = {
    tabIndex: 0,
    "aria-valuemin": Math.floor(steps[0]),
    "aria-valuemax": Math.floor(steps[steps.length - 1]),
    "aria-valuenow": Math.floor(steps[row]),
    "aria-valuetext": spoken(steps[row], says),
    onKeyDown,
    onPointerMove: onPointer,
    onPointerDown: (event: PointerEvent) => {
      onPointer(event);
      place.current?.focus({ preventScroll: true });
    },
    // What was clicked or touched stays until the focus goes elsewhere.
    onPointerLeave: () => {
      if (document.activeElement !== place.current) pointed.value = undefined;
    },
    // Whoever listens hears one step, not every new one.
    onFocus: () => {
      pointed.value ??= steps[row];
    },
    onBlur: () => {
      pointed.value = undefined;
    },
  } as const;
  const described = [label, ...events.map((e) => `at step ${stepText(e.step)}, ${e.label}`)].join("; ");
  return (
    <figure class="chart">
      <Legend step={steps[row]} says={says} />
      {/* biome-ignore lint/a11y/useAriaPropsSupportedByRole: both roles have a name */}
      <div
        class="curves"
        ref={place}
        role={steps.length > 0 ? "slider" : "img"}
        aria-label={described}
        {...(steps.length > 0 && slider)}
      />
      {empty && steps.length === 0 && <p class="empty muted">{empty}</p>}
    </figure>
  );
}

function Legend({ step, says }: { step: number | undefined; says: readonly Reading[] }) {
  return (
    <ul class="legend">
      <li>
        step <span class="at">{step === undefined ? "–" : stepText(step)}</span>
      </li>
      {says.map(({ line, text }) => (
        <li key={line.label}>
          <Swatch property={line.color} round={line.points} dash={line.dash} /> {line.label}{" "}
          <span>{text ?? "–"}</span>
        </li>
      ))}
    </ul>
  );
}

/** uPlot passes the browser's language to Intl as it loads. Where LANG is C, Chromium's is not a valid tag (`en-US@posix`). */
async function loadPlots(): Promise<typeof import("./plot.ts")> {
  try {
    Intl.getCanonicalLocales(navigator.language);
  } catch {
    Object.defineProperty(navigator, "language", { value: "en-US" });
  }
  return import("./plot.ts");
}

interface SwatchProps {
  readonly property: string;
  readonly round?: boolean;
  readonly dash?: readonly number[];
}

/** The colour of a line beside its name. */
export function Swatch({ property, round = false, dash }: SwatchProps) {
  if (dash) return <DashedSwatch property={property} dash={dash} />;
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

/** Wide enough for its dashes. */
function DashedSwatch({ property, dash }: { property: string; dash: readonly number[] }) {
  return (
    <svg class="swatch" width="28" height="12" viewBox="0 0 28 12" aria-hidden="true">
      <line
        x1="0"
        y1="6"
        x2="28"
        y2="6"
        stroke={`var(${property})`}
        stroke-width="3"
        stroke-dasharray={dash.join(" ")}
      />
    </svg>
  );
}
