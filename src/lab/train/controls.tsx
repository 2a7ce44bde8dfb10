/** The run's buttons. */
import { evaluate, loadCheckpoint, pause, reset, saveCheckpoint } from "../actions.ts";
import { FileButton } from "../file_button.tsx";
import { changes, diverged, done, pausing, phase, run, setup, step, wordsAsked } from "../state.ts";
import { startFromForm } from "./blocked.tsx";
import { useKeptFocus } from "./kept_focus.ts";

/** A few steps at a time, to see what each does. */
const FEW = [
  { steps: 1, text: "One step" },
  { steps: 10, text: "10" },
  { steps: 100, text: "100" },
];

export function Controls() {
  const keptFocus = useKeptFocus();
  const idle = phase.value === "idle";
  const begun = run.value !== undefined && step.value > 0 && !diverged.value;
  const over = done.value && setup.value.setup !== undefined && changes.value.labels.length === 0;
  const ready = idle && !over && !wordsAsked.value;
  return (
    <div class="actions controls" {...keptFocus}>
      {phase.value === "running" || phase.value === "evaluating" ? (
        <button type="button" class="primary" aria-disabled={pausing.value} onClick={() => pause()}>
          {phase.value === "running" ? "Pause" : "Stop"}
        </button>
      ) : (
        <button type="button" class="primary" disabled={!ready} onClick={() => startFromForm()}>
          {begun && !over && !changes.value.newRun ? "Resume" : "Start"}
        </button>
      )}
      <span class="few">
        {FEW.map(({ steps, text }) => (
          <button
            key={steps}
            type="button"
            aria-label={steps === 1 ? text : `${steps} steps`}
            disabled={!ready}
            onClick={() => startFromForm(steps)}
          >
            {text}
          </button>
        ))}
      </span>
      <button type="button" disabled={!idle} onClick={() => reset()}>
        Reset
      </button>
      <button type="button" disabled={!idle || !run.value} onClick={() => evaluate()}>
        Evaluate
      </button>
      <span class="gap" />
      <button type="button" disabled={!run.value} onClick={() => saveCheckpoint()}>
        Save checkpoint
      </button>
      <FileButton
        text="Load checkpoint…"
        label="Checkpoint"
        accept=".safetensors"
        disabled={!idle}
        onFile={loadCheckpoint}
      />
    </div>
  );
}
