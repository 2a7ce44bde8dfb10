/** The Walk tab: one example of a minibatch through a whole training step, stop by stop. */
import { type ReadonlySignal, type Signal, useComputed, useSignal, useSignalEffect } from "@preact/signals";
import { useCallback, useEffect, useRef } from "preact/hooks";
import type { Exercise } from "../derivations/index.ts";
import type { WalkBatch } from "./batch.ts";
import type { Example } from "./example.ts";
import { ExampleChoice, exampleText } from "./example_choice.tsx";
import { count, number } from "./format.ts";
import { StopView } from "./stop_view.tsx";
import { STOPS, type Stop, stopAt } from "./stops.ts";
import "./walk.css";

/** What the tab asks of the worker. */
export interface WalkEngine {
  /** Runs the step that comes next on the current weights. */
  walk(): Promise<WalkBatch>;
  /** An example of it. */
  example(index: number): Promise<Example>;
  /** Training steps so far. */
  readonly step: ReadonlySignal<number>;
  /** Another value with another run, and with another machine. */
  readonly run: ReadonlySignal<unknown>;
  /** Whether the tab is in sight. */
  readonly shown: ReadonlySignal<boolean>;
  readonly phase: ReadonlySignal<"preparing" | "training" | "still">;
}

interface WalkProps {
  readonly engine: WalkEngine;
  /** The open stop, if any. The address can set it too. */
  readonly stop: Signal<string | undefined>;
  readonly lookInside: (tensor: string) => void;
  /** Goes to a gradient's exercise. */
  readonly derive: (gradient: string, exercise: Exercise) => void;
}

/** On a narrow screen the list of stops starts folded, so that the stop is in sight. */
const roomy = matchMedia("(min-width: 60rem)").matches;

export function WalkTab({ engine, stop, lookInside, derive }: WalkProps) {
  const { shown, phase, run, step } = engine;
  const walked = useSignal<{ batch: WalkBatch; example: Example } | undefined>(undefined);
  const failure = useSignal("");
  const busy = useSignal(false);
  /** What was walked through last, or tried to. */
  const tried = useRef<{ run: unknown; step: number } | undefined>(undefined);

  const load = useCallback(async () => {
    tried.current = { run: run.peek(), step: step.peek() };
    busy.value = true;
    failure.value = "";
    try {
      const batch = await engine.walk();
      walked.value = { batch, example: await engine.example(batch.chosen) };
      tried.current = { run: tried.current.run, step: batch.at };
    } catch (error) {
      failure.value = (error as Error).message;
    }
    busy.value = false;
  }, [engine, run, step, walked, failure, busy]);

  // Values that the reader looks at change only while nothing trains; those of another visit may be old.
  const visit = useRef(false);
  useSignalEffect(() => {
    const arriving = shown.value && !visit.current;
    visit.current = shown.value;
    const old = tried.current?.run !== run.value || tried.current?.step !== step.value;
    if (!shown.value || busy.value || !old || phase.value === "preparing") return;
    if (arriving || phase.value === "still" || !tried.current) void load();
  });

  const choose = useCallback(
    async (index: number) => {
      const batch = walked.peek()?.batch;
      if (!batch) return;
      const example = await engine.example(index).catch((error: Error) => {
        failure.value = error.message;
      });
      if (example && walked.peek()?.batch === batch) walked.value = { batch, example };
    },
    [engine, walked, failure],
  );

  const at = useComputed(() => stopAt(stop.value));
  const go = useCallback(
    (to: number) => {
      if (STOPS[to]) stop.value = STOPS[to].name;
    },
    [stop],
  );
  useArrows(shown, at, go);

  const w = walked.value;
  const known = at.value >= 0;
  const open = STOPS[Math.max(0, at.value)];
  return (
    <div class="walk-tab">
      <div class="walk-bar">
        <p role="status">{w ? summary(w.batch) : failure.value ? "" : "Running one step…"}</p>
        {w && <ExampleChoice batch={w.batch} index={w.example.index} choose={choose} />}
        {w && <Follow at={w.batch.at} engine={engine} busy={busy} load={load} />}
        {w?.batch.broken !== undefined && (
          <p class="notice">
            This run’s gradient is broken on purpose ({w.batch.broken}). The walk shows the right step; the
            run takes another.
          </p>
        )}
        {failure.value && <p role="alert">{failure}</p>}
        {!known && (
          <p role="alert">
            The walk has no stop “{stop}”; its stops are {STOPS.map(({ name }) => name).join(", ")}.
          </p>
        )}
      </div>
      {w && (
        <div class="walk-columns">
          <Stops open={open} go={go} />
          <article aria-labelledby="stop-title">
            <header>
              <h2 id="stop-title" aria-live="polite">
                <small>
                  {open.part}, stop {STOPS.indexOf(open) + 1} of {STOPS.length}
                </small>
                {open.title}
              </h2>
              <nav class="actions" aria-label="The way through the step">
                <Step by={-1} at={STOPS.indexOf(open)} go={go} />
                <Step by={1} at={STOPS.indexOf(open)} go={go} />
              </nav>
            </header>
            <p class="walk-letters">
              <b class="char">{exampleText(w.batch, w.example.index)}</b>
            </p>
            <StopView key={open.name} stop={open} {...w} lookInside={lookInside} derive={derive} />
            <OnFrom at={STOPS.indexOf(open)} go={go} />
          </article>
        </div>
      )}
    </div>
  );
}

const summary = ({ at, machine, loss }: WalkBatch): string =>
  `${at === 0 ? "The initial weights" : `The weights after step ${count(at)}`} on the minibatch that comes next, by ${machine}: loss ${number(loss, 5)}.`;

function Step({ by, at, go }: { by: 1 | -1; at: number; go: (to: number) => void }) {
  const to: Stop | undefined = STOPS[at + by];
  return (
    <button
      type="button"
      class={by > 0 ? "primary" : undefined}
      disabled={!to}
      title={to?.title}
      onClick={() => go(at + by)}
    >
      {by > 0 ? "Next →" : "← Previous"}
    </button>
  );
}

/** At a stop's end, the way on. */
function OnFrom({ at, go }: { at: number; go: (to: number) => void }) {
  const next = STOPS[at + 1];
  const on = () => {
    go(at + 1);
    // The next stop begins above.
    requestAnimationFrame(() => document.getElementById("stop-title")?.scrollIntoView({ block: "center" }));
  };
  return next ? (
    <p class="actions walk-on">
      <button type="button" onClick={on}>
        Next: {next.title} →
      </button>
    </p>
  ) : null;
}

/** All stops, and where one is. */
function Stops({ open, go }: { open: Stop; go: (to: number) => void }) {
  const parts = ["Forward", "Backward", "Update"] as const;
  return (
    <nav class="walk-stops" aria-label="Stops">
      <details open={roomy}>
        <summary>Stops</summary>
        {parts.map((part) => (
          <div key={part}>
            <h3>{part}</h3>
            <ol start={STOPS.findIndex((stop) => stop.part === part) + 1}>
              {STOPS.map(
                (stop, i) =>
                  stop.part === part && (
                    <li key={stop.name}>
                      <button
                        type="button"
                        aria-current={stop === open ? "step" : undefined}
                        onClick={() => go(i)}
                      >
                        {stop.title}
                      </button>
                    </li>
                  ),
              )}
            </ol>
          </div>
        ))}
      </details>
    </nav>
  );
}

interface FollowProps {
  readonly engine: WalkEngine;
  readonly at: number;
  readonly busy: ReadonlySignal<boolean>;
  readonly load: () => void;
}

/** A component by itself, since the step changes many times a second during a run. */
function Follow({ at, engine: { step, phase }, busy, load }: FollowProps) {
  if (step.value === at && !busy.value) return null;
  return (
    <p class="actions">
      <span class="muted">
        {busy.value ? "Running a step…" : `Training is at step ${count(step.value)}.`}
      </span>
      {phase.value === "training" && (
        <button type="button" disabled={busy.value} onClick={load}>
          Walk with the weights of now
        </button>
      )}
    </p>
  );
}

/** The arrow keys lead to the stops beside this one, unless the focus is where they mean something else. */
function useArrows(
  shown: ReadonlySignal<boolean>,
  at: ReadonlySignal<number>,
  go: (to: number) => void,
): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (by === undefined || !shown.value) return;
      if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || event.defaultPrevented) return;
      const target = event.target as Element;
      if (target.closest("input, select, textarea, [role=tab], .tex-display, .code, dialog")) return;
      event.preventDefault();
      go(Math.max(0, at.value) + by);
    };
    addEventListener("keydown", onKeyDown);
    return () => removeEventListener("keydown", onKeyDown);
  }, [shown, at, go]);
}
