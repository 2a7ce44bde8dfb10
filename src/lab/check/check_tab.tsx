/** The Check tab: the board or one tensor, beside the graph of the step. */
import { type ReadonlySignal, type Signal, useSignal, useSignalEffect } from "@preact/signals";
import { useCallback, useEffect, useRef } from "preact/hooks";
import { BoardView } from "./board.tsx";
import "./check.css";
import type { Board, Inspection } from "./engine.ts";
import { count } from "./numbers.ts";
import { StepGraphView } from "./step_graph.tsx";
import { TensorPage } from "./tensor.tsx";

/** What the tab asks of the worker. */
export interface CheckEngine {
  /** Runs the step on the current weights. */
  board(): Promise<Board>;
  /** One tensor of the step that the last board shows. */
  inspect(name: string): Promise<Inspection>;
  /** Training steps so far. */
  readonly step: ReadonlySignal<number>;
}

interface CheckProps {
  readonly engine: CheckEngine;
  /** The open tensor, if any. The address can set it too. */
  readonly tensor: Signal<string | undefined>;
}

export function CheckTab({ engine, tensor }: CheckProps) {
  const board = useSignal<Board | undefined>(undefined);
  const inspection = useSignal<Inspection | undefined>(undefined);
  const busy = useSignal(false);
  const failure = useSignal("");
  const content = useRef<HTMLDivElement>(null);
  /** Selector of what gets the focus once the next tensor, or the board, is shown. */
  const focus = useRef<string | undefined>(undefined);

  const run = useCallback(async () => {
    busy.value = true;
    failure.value = "";
    try {
      board.value = await engine.board();
    } catch (error) {
      failure.value = (error as Error).message;
    }
    busy.value = false;
  }, [engine, board, busy, failure]);
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
        failure.value = "";
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

  const b = board.value;
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
              <TensorPage board={b} inspection={shown} open={open} />
            ) : (
              <BoardView board={b} open={open} />
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

function summary({ at, ok, rounding, gradients, machine, loss }: Board): string {
  const weights = at === 0 ? "the initial weights" : `the weights after step ${count(at)}`;
  if (!Number.isFinite(loss))
    return `✗ With ${weights} the loss is ${loss}: they have diverged, so there is nothing to compare.`;
  const off = gradients.filter((r) => !r.approximate).map((r) => r.name);
  const exact = gradients.filter((r) => r.exact).length;
  const some = `${gradients.length - off.length} of ${gradients.length} gradients are approximate`;
  const verdict = ok
    ? `✓ All ${gradients.length} gradients are approximate, ${exact} of them exact`
    : rounding
      ? `≈ ${some}; rounding alone puts these just outside: ${off.join(", ")}`
      : `✗ ${some}; these are not: ${off.join(", ")}`;
  return `${verdict}: ${machine} against float64 on the CPU, with ${weights}; loss ${loss.toFixed(4)}.`;
}
