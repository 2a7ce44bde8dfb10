/** Writes the engine's messages into the state. */

import { keepRun } from "./keep.ts";
import type { EngineEvent } from "./messages.ts";
import { inLabels } from "./settings.ts";
import * as state from "./state.ts";
import { append } from "./train/series.ts";

export function receive(event: EngineEvent): void {
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

function keep(step: number, checkpoint: Uint8Array): void {
  const [run, setup] = [state.run.value, state.setup.value.setup];
  if (!run || !setup) return;
  const { source, config } = run;
  void keepRun({
    version: 1,
    savedAt: Date.now(),
    step,
    steps: config.steps,
    hidden: config.hidden,
    backend: setup.backend,
    words: state.runWords.value,
    source,
    checkpoint,
    history: state.history.value.store(),
    devLosses: state.devLosses.value,
    spreads: state.spreads.value,
    ratios: state.ratios.value,
  });
}
