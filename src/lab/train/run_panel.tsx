/** The run: its controls, progress and losses. */
import { useEffect, useRef } from "preact/hooks";
import {
  discardKept,
  evaluate,
  keepThis,
  loadCheckpoint,
  pause,
  reset,
  resumeKept,
  saveCheckpoint,
  start,
  useCpu,
} from "../actions.ts";
import { FileButton } from "../file_button.tsx";
import {
  addressProblem,
  changes,
  done,
  evaluation,
  kept,
  machine,
  note,
  offersCpu,
  overfitting,
  phase,
  problem,
  run,
  setup,
  step,
  stepsPerSecond,
  tab,
  unkept,
  wordsAsked,
} from "../state.ts";
import { Facts, Machinery } from "./figures.tsx";
import { duration, integer, percent } from "./format.ts";

export function RunPanel() {
  return (
    <section aria-labelledby="run-heading" class="run">
      <h2 id="run-heading" class="visually-hidden">
        Run
      </h2>
      {addressProblem.value && <p role="alert">{addressProblem}</p>}
      <DeviceNote />
      {note.value && (
        <p class="notice" role="status">
          {note}
        </p>
      )}
      {kept.value && (unkept.value || phase.value === "idle") && <Kept />}
      <Controls />
      {problem.value && <p role="alert">{problem}</p>}
      {offersCpu.value && <OfferCpu />}
      <Progress />
      {overfitting.value && (
        <p class="notice" role="status">
          {overfitting.value[0].toUpperCase() + overfitting.value.slice(1)}
        </p>
      )}
      <Facts />
      <Machinery />
      <Evaluated />
    </section>
  );
}

/** The note about opening the device; if it is the CPU for lack of WebGPU, the Device tab says more. */
function DeviceNote() {
  const m = machine.value;
  if (!m?.note) return null;
  return (
    <div class="notice offer">
      <p role="status">{m.note[0].toUpperCase() + m.note.slice(1)}</p>
      {m.kind === "cpu" && (
        <button
          type="button"
          onClick={() => {
            tab.value = "device";
          }}
        >
          What to do here
        </button>
      )}
    </div>
  );
}

function OfferCpu() {
  return (
    <div class="notice offer">
      <p role="status">
        {phase.value === "opening"
          ? "The browser takes long to open a device."
          : "The CPU reference needs no device, and computes the same."}
      </p>
      <button type="button" onClick={() => useCpu()}>
        Use the CPU reference
      </button>
    </div>
  );
}

function Kept() {
  const { run } = kept.value!;
  const whole = run.step >= run.steps;
  const ago = duration((Date.now() - run.savedAt) / 1000);
  return (
    <div class="notice offer">
      <p>
        {unkept.value ? "This run is not kept, because another one is" : "Your last run"}: hidden {run.hidden}
        , {run.source.source}, step {integer(run.step)} of {integer(run.steps)}, {ago} ago.
      </p>
      <p class="actions">
        {unkept.value && (
          <button type="button" onClick={() => keepThis()}>
            Keep this one instead
          </button>
        )}
        {phase.value === "idle" && (
          <>
            <button type="button" onClick={() => resumeKept()}>
              {whole ? "Show it" : `Resume ${unkept.value ? "that one " : ""}at step ${integer(run.step)}`}
            </button>
            {!unkept.value && (
              <button type="button" onClick={() => discardKept()}>
                Discard
              </button>
            )}
          </>
        )}
      </p>
    </div>
  );
}

function Controls() {
  const focused = useRef<HTMLButtonElement | null>(null);
  // A button that is disabled while something runs loses keyboard focus; this gives it back.
  useEffect(() => {
    if (document.activeElement === document.body) focused.current?.focus();
  }, [phase.value]);
  const idle = phase.value === "idle";
  const begun = run.value !== undefined && step.value > 0;
  const over = done.value && changes.value.labels.length === 0;
  const ready = idle && !over && !wordsAsked.value;
  return (
    <div
      class="actions controls"
      onFocusIn={({ target }) => {
        focused.current = target as HTMLButtonElement;
      }}
      onFocusOut={({ target }) => {
        if (!(target as HTMLButtonElement).disabled) focused.current = null;
      }}
    >
      {phase.value === "running" ? (
        <button type="button" class="primary" onClick={() => pause()}>
          Pause
        </button>
      ) : (
        <button
          type="submit"
          form="settings"
          class="primary"
          disabled={!ready}
          onClick={(event) => {
            // The browser can only point at an invalid field that is visible.
            const fold = event.currentTarget.form?.closest("details");
            if (fold && setup.value.problem) fold.open = true;
          }}
        >
          {begun && !over && !changes.value.newRun ? "Resume" : "Start"}
        </button>
      )}
      <button type="button" disabled={!ready} onClick={() => start(1)}>
        One step
      </button>
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

const WAITING = {
  opening: "Opening the device…",
  preparing: "Compiling kernels…",
  running: "Training",
  evaluating: "Evaluating the whole splits…",
};

function Progress() {
  const total = (run.value?.config ?? setup.value.setup?.config)?.steps ?? 0;
  const s = step.value;
  const running = phase.value === "running";
  const idle = done.value ? "Done" : s === 0 ? "Ready" : run.value ? "Paused" : "Stopped";
  return (
    <div class="progress">
      <progress value={s} max={Math.max(1, total)} aria-label="Share of the steps done" />
      <p>
        <strong role="status">{phase.value === "idle" ? idle : WAITING[phase.value]}</strong>
        {total > 0 && <span>{percent(s / total)}</span>}
        {running && stepsPerSecond.value > 0 && (
          <span>{duration((total - s) / stepsPerSecond.value)} left</span>
        )}
      </p>
    </div>
  );
}

/** The whole splits, as the command line gives them at the end. */
function Evaluated() {
  const e = evaluation.value;
  if (!e || e.step !== step.value) return null;
  return (
    <p class="evaluated">
      Whole splits at step {integer(e.step)}
      {e.kept < e.step && ` with the best weights, of step ${integer(e.kept)}`}: train{" "}
      <b>{e.train.toFixed(4)}</b>, dev <b>{e.dev.toFixed(4)}</b>, test <b>{e.test.toFixed(4)}</b>
    </p>
  );
}
