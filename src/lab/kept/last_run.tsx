/** What the page says of keeping runs beside the run's controls: the one to go on with, and why one cannot be kept. */
import { computed } from "@preact/signals";
import { resumeKept } from "../actions.ts";
import { phase, run, step } from "../state.ts";
import type { About } from "../storage.ts";
import { duration, integer } from "../train/format.ts";
import { elsewhere, kept, unkept } from "./state.ts";

/** The one that was trained last, unless another tab has it. */
const last = computed(() =>
  kept.value
    .filter(({ id }) => !elsewhere.value.has(id))
    .reduce<About | undefined>((a, b) => (a && a.savedAt > b.savedAt ? a : b), undefined),
);

export function LastRun() {
  const begun = run.value !== undefined && step.value > 0;
  const trains = phase.value === "running" || phase.value === "evaluating";
  return (
    <>
      {unkept.value && (
        <p class="notice" role="status">
          {unkept}
        </p>
      )}
      {last.value && !begun && !trains && <Offer about={last.value} />}
    </>
  );
}

function Offer({ about: { id, name, source, step, config, savedAt } }: { about: About }) {
  return (
    <div class="notice offer">
      <p>
        Your last run: {name}, {source.source}, step {integer(step)} of {integer(config.steps)},{" "}
        {duration((Date.now() - savedAt) / 1000)} ago.
      </p>
      <p class="actions">
        <button type="button" disabled={phase.value !== "idle"} onClick={() => resumeKept(id)}>
          {step >= config.steps ? "Show it" : `Resume at step ${integer(step)}`}
        </button>
      </p>
    </div>
  );
}
