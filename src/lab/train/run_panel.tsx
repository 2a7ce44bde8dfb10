/** The run: its controls, progress and losses. */
import { useCpu } from "../actions.ts";
import { valueText } from "../charts/readout.ts";
import { LastRun } from "../kept/last_run.tsx";
import {
  addressProblem,
  changes,
  diverged,
  done,
  evaluated,
  evaluation,
  machine,
  note,
  offersCpu,
  overfitting,
  type Phase,
  pausing,
  phase,
  problem,
  run,
  setup,
  step,
  stepsPerSecond,
  tab,
} from "../state.ts";
import { Term } from "../terms/term.tsx";
import { Blocked } from "./blocked.tsx";
import { Controls } from "./controls.tsx";
import { Facts, Machinery } from "./figures.tsx";
import { duration, integer, percent } from "./format.ts";
import { RunGoal } from "./goal.tsx";
import { Story } from "./live/story.tsx";
import { howToGoOn } from "./next.ts";

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
      <LastRun />
      <Blocked />
      <Controls />
      {problem.value && <p role="alert">{problem}</p>}
      {offersCpu.value && <OfferCpu />}
      <Progress />
      {overfitting.value && (
        <p class="notice" role="status">
          {overfitting.value[0].toUpperCase() + overfitting.value.slice(1)}
        </p>
      )}
      <Story />
      <Facts />
      <Machinery />
      <Evaluated />
    </section>
  );
}

/** The note about opening the device; if it is the CPU for lack of WebGPU, the Device tab says more. */
export function DeviceNote() {
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

export function OfferCpu() {
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

const WAITING = {
  opening: "Opening the device…",
  preparing: "Compiling kernels…",
  running: "Training",
  evaluating: "Evaluating the whole splits…",
};

/** A submit, however long it takes, is not broken off. */
const PAUSING: Readonly<Partial<Record<Phase, string>>> = {
  running: "Pausing, once the step under way is done…",
  evaluating: "Stopping, once the batch under way is done…",
};

function Progress() {
  const total = (run.value?.config ?? setup.value.setup?.config)?.steps ?? 0;
  const s = step.value;
  const running = phase.value === "running";
  const said =
    phase.value === "idle" ? idleStatus() : pausing.value ? PAUSING[phase.value] : WAITING[phase.value];
  const share = phase.value === "evaluating" && evaluated.value > 0 ? ` ${percent(evaluated.value)}` : "";
  const { labels } = changes.value;
  const next =
    phase.value === "idle" &&
    run.value &&
    labels.length === 0 &&
    howToGoOn({ step: s, steps: total, diverged: diverged.value });
  return (
    <div class="progress">
      <progress value={s} max={Math.max(1, total)} aria-label="Share of the steps done" />
      <p>
        <strong role="status">{said}</strong>
        {share && <span>{share}</span>}
        {total > 0 && !share && <span>{percent(s / total)}</span>}
        {running && stepsPerSecond.value > 0 && (
          <span>{duration((total - s) / stepsPerSecond.value)} left</span>
        )}
      </p>
      {next && <p class="hint">{next}</p>}
    </div>
  );
}

function idleStatus(): string {
  if (!run.value) return step.value === 0 ? "Ready" : "Stopped";
  if (diverged.value) return "Stopped";
  if (done.value) return "Done";
  return step.value === 0 ? "Ready" : "Paused";
}

/** The whole splits, as the command line gives them at the end. */
function Evaluated() {
  const e = evaluation.value;
  if (!e || e.step !== step.value) return null;
  return (
    <>
      <p class="evaluated">
        Whole <Term of="split">splits</Term> at step {integer(e.step)}
        {e.kept < e.step && ` with the best weights, of step ${integer(e.kept)}`}: train{" "}
        <b>{valueText(e.train, 4)}</b>, dev <b>{valueText(e.dev, 4)}</b>, test <b>{valueText(e.test, 4)}</b>
      </p>
      <RunGoal />
    </>
  );
}
