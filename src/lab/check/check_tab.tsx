/** The Check tab: the board or one tensor, beside the graph of the step. */
import { batch, type ReadonlySignal, type Signal, useSignal, useSignalEffect } from "@preact/signals";
import { useCallback, useEffect, useRef } from "preact/hooks";
import { BoardView } from "./board.tsx";
import "./check.css";
import type { AnyPath } from "../../model/plans.ts";
import type { OperationReport } from "../../train/bisect.ts";
import type { DifferenceReport } from "./differences.ts";
import type { Board, Inspection } from "./engine.ts";
import type { Verdict } from "./judge.ts";
import { LevelChoice } from "./level_choice.tsx";
import { count } from "./numbers.ts";
import { summary, withVerdict } from "./status.ts";
import { StepGraphView, stacked } from "./step_graph.tsx";
import { TensorPage } from "./tensor.tsx";
import { WholeStep } from "./whole_step.tsx";

/** What the tab asks of the worker, and what it follows. */
export interface CheckEngine {
  /** Runs the step on the current weights. */
  board(level: AnyPath): Promise<Board>;
  /** The verdict on the last board, which may take long; none if a newer board has overtaken it. */
  verdict(): Promise<Verdict | undefined>;
  /** One tensor of the step that the last board shows. */
  inspect(name: string): Promise<Inspection>;
  /** The verdict on the operation that makes the last inspected tensor, likewise. */
  operation(): Promise<OperationReport | undefined>;
  /** The gradient of that step's loss by one element, by finite differences; none if a newer board has overtaken it. */
  difference(name: string, index: number): Promise<DifferenceReport | undefined>;
  /** Training steps so far. */
  readonly step: ReadonlySignal<number>;
  /** Changes when a board is of other weights at the same step: a new run, or another machine. */
  readonly network: ReadonlySignal<unknown>;
  /** Whether the reader sees the tab. */
  readonly shown: ReadonlySignal<boolean>;
  /** While a run is prepared, a board would be of what is about to go. */
  readonly phase: ReadonlySignal<"preparing" | "training" | "still">;
  /** The level that the run trains on. */
  readonly trains: ReadonlySignal<AnyPath | undefined>;
  /** The mistake that is in the run's step on purpose. */
  readonly broken: ReadonlySignal<string | undefined>;
}

interface CheckProps {
  readonly engine: CheckEngine;
  /** The open tensor, if any. The address can set it too. */
  readonly tensor: Signal<string | undefined>;
  /** The level of fusion, likewise. */
  readonly level: Signal<AnyPath>;
  /** Goes to a gradient's exercise. */
  readonly derive?: (name: string) => void;
}

export function CheckTab({ engine, tensor, level, derive }: CheckProps) {
  const board = useSignal<Board | undefined>(undefined);
  /** The same board with its verdict, or why there is none. */
  const judged = useSignal<Board | undefined>(undefined);
  const inspection = useSignal<Inspection | undefined>(undefined);
  const operation = useSignal<OperationReport | undefined>(undefined);
  const busy = useSignal(false);
  const failure = useSignal("");
  const content = useRef<HTMLDivElement>(null);
  /** Selector of what gets the focus once the next tensor, or the board, is shown. */
  const focus = useRef<string | undefined>(undefined);
  /** Of what the last board was asked for; one that a newer question has overtaken is not shown. */
  const asked = useRef<{ readonly level: AnyPath; readonly network: unknown } | undefined>(undefined);

  const run = useCallback(async () => {
    const mine = { level: level.peek(), network: engine.network.peek() };
    const training = engine.phase.peek() === "training";
    asked.current = mine;
    busy.value = true;
    failure.value = "";
    try {
      const shown = await engine.board(mine.level);
      if (asked.current !== mine) return;
      board.value = judged.value = shown;
      const stillShown = (change: (b: Board) => Board) => {
        if (board.value === shown) judged.value = change(shown);
      };
      engine.verdict().then(
        (verdict) => verdict && stillShown((b) => withVerdict(b, verdict)),
        (error: Error) => stillShown((b) => ({ ...b, unjudged: error.message })),
      );
    } catch (error) {
      if (asked.current === mine) failure.value = (error as Error).message;
    }
    if (asked.current !== mine) return;
    busy.value = false;
    // The run has stopped meanwhile, at another step.
    const stopped = training && engine.phase.peek() === "still" && engine.shown.peek();
    if (stopped && board.peek()?.at !== engine.step.peek()) void run();
  }, [engine, level, board, judged, busy, failure]);

  // Runs when what is shown is no longer so: as the tab is shown again, as training stops, and with another level, network or machine.
  // The step alone starts nothing while a run goes on: that would slow it down for ever.
  useSignalEffect(() => {
    const now = { level: level.value, network: engine.network.value };
    if (engine.phase.value === "preparing" || !engine.shown.value) return;
    const last = asked.current;
    const same = last?.level === now.level && last.network === now.network;
    const newest = board.peek()?.at === engine.step.peek() || busy.peek();
    if (!same || !newest) void run();
  });

  // A new board comes with new values of the open tensor.
  useSignalEffect(() => {
    const name = tensor.value;
    if (name === undefined) inspection.value = undefined;
    if (name === undefined || !board.value) return;
    engine.inspect(name).then(
      (found) => {
        if (tensor.value !== name) return;
        inspection.value = found;
        operation.value = undefined;
        failure.value = "";
        engine.operation().then(
          (report) => {
            if (inspection.value === found) operation.value = report;
          },
          // The board says what has happened to the judge.
          () => {},
        );
      },
      (error: Error) => {
        inspection.value = undefined;
        failure.value = error.message;
      },
    );
  });
  const open = useCallback(
    (name: string | undefined) => {
      focus.current = name === undefined ? `[data-tensor="${tensor.value}"]` : "#tensor-name";
      tensor.value = name;
    },
    [tensor],
  );
  const openChunked = useCallback(
    (name: string) => {
      focus.current = "#tensor-name";
      batch(() => {
        level.value = "chunked";
        tensor.value = name;
      });
    },
    [level, tensor],
  );
  const difference = useCallback((name: string, index: number) => engine.difference(name, index), [engine]);
  // What another level has is gone once this one has failed.
  const b = busy.value || judged.value?.level === level.value ? judged.value : undefined;
  const shown = inspection.value && b && knows(b, inspection.value.name) ? inspection.value : undefined;
  useEffect(() => {
    if (focus.current && shown?.name === tensor.peek())
      content.current?.querySelector<HTMLElement>(focus.current)?.focus();
    if (shown?.name === tensor.peek()) focus.current = undefined;
  }, [shown, tensor]);

  const page = b && (
    <div key="page" ref={content} aria-busy={busy}>
      {shown ? (
        <TensorPage
          board={b}
          inspection={shown}
          operation={operation.value}
          open={open}
          openChunked={openChunked}
          derive={derive}
          difference={difference}
        />
      ) : (
        <BoardView board={b} open={open} derive={derive} />
      )}
    </div>
  );
  const graph = b?.whole ? (
    <WholeStep key="whole" whole={b.whole} backend={b.backend} />
  ) : (
    b && <StepGraphView key="graph" board={b} selected={shown?.name} open={open} />
  );
  return (
    <div class="check">
      <div class="check-bar">
        <p role="status">{busy.value && !b ? "Compiling and running the step…" : b && summary(b)}</p>
        <button type="button" disabled={busy.value} onClick={run}>
          Run again
        </button>
        {b && <Since at={b.at} busy={busy.value} step={engine.step} />}
        {failure.value && <p role="alert">{failure}</p>}
        {failure.value && !b && level.value !== "chunked" && <p class="aside">Choose another level.</p>}
      </div>
      <LevelChoice level={level} trains={engine.trains} />
      {engine.broken.value && (
        <p class="notice">
          This run’s gradient is broken on purpose, by <code>{engine.broken}</code>, and the board runs the
          same step beside the right one.
          {level.value !== engine.trains.value &&
            ` It trains at the ${engine.trains.value} level: another one may have no place for the mistake.`}
        </p>
      )}
      {b && <div class="check-columns">{stacked.value && shown ? [graph, page] : [page, graph]}</div>}
    </div>
  );
}

const knows = ({ graph }: Board, name: string): boolean => graph.nodes.some((n) => n.name === name);

/** A component by itself, since the step changes many times a second during a run. */
function Since({ at, busy, step }: { at: number; busy: boolean; step: CheckEngine["step"] }) {
  if (busy) return <p class="aside">Running the step again…</p>;
  return step.value === at ? null : <p class="aside">Training is at step {count(step.value)} now.</p>;
}
