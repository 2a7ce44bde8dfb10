/** The Train tab. */
import { pause, reset, start } from "../actions.ts";
import { lastLoss, phase, problem, run, step } from "../state.ts";

export function TrainTab() {
  const running = phase.value === "running";
  return (
    <section aria-labelledby="run-heading">
      <h2 id="run-heading">Run</h2>
      <p class="actions">
        <button
          type="button"
          onClick={() => (running ? pause() : start())}
          disabled={phase.value !== "idle" && !running}
        >
          {running ? "Pause" : "Start"}
        </button>
        <button type="button" onClick={() => start(1)} disabled={phase.value !== "idle"}>
          One step
        </button>
        <button type="button" onClick={() => reset()} disabled={phase.value !== "idle"}>
          Reset
        </button>
      </p>
      <p>
        step {step} of {run.value?.config.steps}, loss {lastLoss.value?.toFixed(4)}
      </p>
      {problem.value && <p role="alert">{problem}</p>}
    </section>
  );
}
