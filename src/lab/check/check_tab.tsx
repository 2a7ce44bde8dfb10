/** The Check tab: the board or one tensor, beside the graph of the step. */
import { type ReadonlySignal, type Signal, useSignal, useSignalEffect } from "@preact/signals";
import { useCallback, useEffect, useRef } from "preact/hooks";
import { BoardView } from "./board.tsx";
import "./check.css";
import type { OperationReport } from "../../train/bisect.ts";
import type { Board, Inspection } from "./engine.ts";
import type { Verdict } from "./judge.ts";
import { count } from "./numbers.ts";
import { summary, withVerdict } from "./status.ts";
import { StepGraphView } from "./step_graph.tsx";
import { TensorPage } from "./tensor.tsx";

/** What the tab asks of the worker. */
export interface CheckEngine {
  /** Runs the step on the current weights. */
  board(): Promise<Board>;
  /** The verdict on the last board, which may take long; none if a newer board has overtaken it. */
  verdict(): Promise<Verdict | undefined>;
  /** One tensor of the step that the last board shows. */
  inspect(name: string): Promise<Inspection>;
  /** The verdict on the operation that makes the last inspected tensor, likewise. */
  operation(): Promise<OperationReport | undefined>;
  /** Training steps so far. */
  readonly step: ReadonlySignal<number>;
}

interface CheckProps {
  readonly engine: CheckEngine;
  /** The open tensor, if any. The address can set it too. */
  readonly tensor: Signal<string | undefined>;
  /** Goes to a gradient's exercise. */
  readonly derive?: (name: string) => void;
}

export function CheckTab({ engine, tensor, derive }: CheckProps) {
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

  const run = useCallback(async () => {
    busy.value = true;
    failure.value = "";
    try {
      const shown = await engine.board();
      board.value = judged.value = shown;
      const stillShown = (change: (b: Board) => Board) => {
        if (board.value === shown) judged.value = change(shown);
      };
      engine.verdict().then(
        (verdict) => verdict && stillShown((b) => withVerdict(b, verdict)),
        (error: Error) => stillShown((b) => ({ ...b, unjudged: error.message })),
      );
    } catch (error) {
      failure.value = (error as Error).message;
    }
    busy.value = false;
  }, [engine, board, judged, busy, failure]);
  useEffect(() => {
    void run();
  }, [run]);

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
  const shown = inspection.value;
  useEffect(() => {
    if (focus.current) content.current?.querySelector<HTMLElement>(focus.current)?.focus();
    focus.current = undefined;
  }, [shown]);

  const b = judged.value;
  return (
    <div class="check">
      <div class="check-bar">
        <p role="status">{busy.value && !b ? "Compiling and running the step…" : b && summary(b)}</p>
        <button type="button" disabled={busy.value} onClick={run}>
          Run again
        </button>
        {b && <Since at={b.at} step={engine.step} />}
        {failure.value && <p role="alert">{failure}</p>}
      </div>
      {b && (
        <div class="check-columns">
          <div ref={content} aria-busy={busy}>
            {shown ? (
              <TensorPage
                board={b}
                inspection={shown}
                operation={operation.value}
                open={open}
                derive={derive}
              />
            ) : (
              <BoardView board={b} open={open} derive={derive} />
            )}
          </div>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reached by keyboard */}
          <section class="graph" aria-label="The graph of the step" tabIndex={0}>
            <StepGraphView board={b} selected={shown?.name} open={open} />
          </section>
        </div>
      )}
    </div>
  );
}

/** A component by itself, since the step changes many times a second during a run. */
function Since({ at, step }: { at: number; step: CheckEngine["step"] }) {
  return step.value === at ? null : <p class="aside">Training is at step {count(step.value)} now.</p>;
}
