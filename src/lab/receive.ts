/** Writes the engine's messages into the state. */

import { keepCurves, keepRun } from "./keep.ts";
import type { EngineEvent } from "./messages.ts";
import { inLabels } from "./settings.ts";
import * as state from "./state.ts";
import { type KeptCurves, lossesOf } from "./storage.ts";
import { append } from "./train/series.ts";

export function receive(event: EngineEvent): void {
  // What comes late is of a run that is over.
  if ("run" in event && event.run !== state.run.value?.id) return;
  switch (event.type) {
    case "losses":
      state.history.value.add(event.losses);
      state.recorded.value += event.losses.length;
      state.step.value = event.first + event.losses.length;
      state.stepsPerSecond.value = event.stepsPerSecond;
      return;
    case "probe": {
      const { step, parameters } = event.probe;
      const row = (of: (p: (typeof parameters)[number]) => number) => parameters.map(of);
      state.probe.value = event.probe;
      state.spreads.value = append(
        state.spreads.value,
        step,
        row((p) => Math.log10(p.gradient)),
      );
      state.ratios.value = append(
        state.ratios.value,
        step,
        row((p) => p.ratio),
      );
      return;
    }
    case "overfitting":
      state.overfitting.value = inLabels(event.note);
      return;
    case "sample":
      state.names.value = event;
      if (Number.isFinite(event.devLoss))
        state.devLosses.value = append(state.devLosses.value, event.step, [event.devLoss]);
      keepCurves(event.step, curves());
      return;
    case "checkpoint":
      keep(event.step, event.bytes);
      return;
    case "reopened": {
      // News, and not what the machine is: the next action may end it.
      const { note, ...machine } = event.machine;
      state.machine.value = machine;
      state.note.value = note && note[0].toUpperCase() + note.slice(1);
      return;
    }
    case "evaluating":
      state.evaluated.value = event.share;
  }
}

const curves = (): KeptCurves => ({
  history: state.history.value.store(),
  devLosses: state.devLosses.value,
  spreads: state.spreads.value,
  ratios: state.ratios.value,
});

function keep(step: number, checkpoint: Uint8Array): void {
  const run = state.run.value;
  if (!run) return;
  const { source, config, broken, changes } = run;
  const now = curves();
  keepRun({
    about: {
      savedAt: Date.now(),
      step,
      config,
      backend: state.runBackend.value,
      words: state.runWords.value,
      source,
      broken,
      changes,
      ...lossesOf(now),
    },
    curves: now,
    checkpoint,
    words: state.runText.value,
  });
}
