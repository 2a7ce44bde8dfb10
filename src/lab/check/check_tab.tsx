/** The Check tab: the board or one tensor, beside the graph of the step. */
import { type ReadonlySignal, useSignal } from "@preact/signals";
import { useCallback, useEffect, useRef } from "preact/hooks";
import { BoardView } from "./board.tsx";
import "./check.css";
import type { Board, Inspection } from "./engine.ts";
import { count } from "./numbers.ts";
import { StepGraphView } from "./step_graph.tsx";
import { TensorView } from "./tensor.tsx";

/** What the tab asks of the worker. */
export interface CheckEngine {
  /** Runs the step on the current weights. */
  board(): Promise<Board>;
  /** A tensor of the step that the last board was about. */
  inspect(name: string): Promise<Inspection>;
  /** Steps of training so far. */
  readonly step: ReadonlySignal<number>;
}

export function CheckTab({ engine }: { engine: CheckEngine }) {
  const board = useSignal<Board | undefined>(undefined);
  const inspection = useSignal<Inspection | undefined>(undefined);
  const busy = useSignal(false);
  const failure = useSignal("");
  const content = useRef<HTMLDivElement>(null);

  const attempt = useCallback(
    async (action: () => Promise<void>) => {
      busy.value = true;
      failure.value = "";
      try {
        await action();
      } catch (error) {
        failure.value = (error as Error).message;
      }
      busy.value = false;
    },
    [busy, failure],
  );
  /** The open tensor is looked at again, so that it belongs to the board. */
  const run = useCallback(
    () =>
      attempt(async () => {
        const fresh = await engine.board();
        const open = inspection.value?.name;
        inspection.value = open === undefined ? undefined : await engine.inspect(open);
        board.value = fresh;
      }),
    [attempt, engine, board, inspection],
  );
  const open = useCallback(
    (name: string | undefined) =>
      attempt(async () => {
        const before = inspection.value?.name;
        inspection.value = name === undefined ? undefined : await engine.inspect(name);
        requestAnimationFrame(() => {
          const back = name === undefined && before !== undefined;
          content.current
            ?.querySelector<HTMLElement>(back ? `[data-tensor="${before}"]` : "#tensor-name")
            ?.focus();
        });
      }),
    [attempt, engine, inspection],
  );
  useEffect(() => {
    void run();
  }, [run]);

  const b = board.value;
  return (
    <div class="check">
      <div class="check-bar">
        <p role="status">{busy.value && !b ? "Compiling and running the step…" : b && summary(b)}</p>
        <button type="button" disabled={busy.value} onClick={run}>
          Run again
        </button>
        {b && b.at !== engine.step.value && (
          <p class="aside">The training is at step {count(engine.step.value)} now.</p>
        )}
        {failure.value && <p role="alert">The check failed: {failure}</p>}
      </div>
      {b && (
        <div class="check-columns">
          <div ref={content} aria-busy={busy}>
            {inspection.value ? (
              <TensorView board={b} inspection={inspection.value} open={open} />
            ) : (
              <BoardView board={b} open={open} />
            )}
          </div>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reached by keyboard */}
          <section class="graph" aria-label="The graph of the step" tabIndex={0}>
            <StepGraphView board={b} selected={inspection.value?.name} open={open} />
          </section>
        </div>
      )}
    </div>
  );
}

function summary({ at, ok, gradients, machine, loss }: Board): string {
  const off = gradients.filter((r) => !r.approximate).map((r) => r.name);
  const exact = gradients.filter((r) => r.exact).length;
  const verdict = ok
    ? `✓ All ${gradients.length} gradients are approximate, ${exact} of them exact`
    : `✗ ${gradients.length - off.length} of ${gradients.length} gradients are approximate; not ${off.join(", ")}`;
  return `${verdict}: ${machine} against float64 on the CPU, weights after ${count(at)} steps, loss ${loss.toFixed(4)}.`;
}
