/** What the page's controls do: each asks the engine, and writes what comes of it into the state. */
import { batch } from "@preact/signals";
import { engine, listen } from "./client.ts";
import type { EngineEvent, RunInfo } from "./engine.ts";
import { inLabels, type Setup } from "./settings.ts";
import * as state from "./state.ts";
import { LossHistory } from "./train/history.ts";
import { append, EMPTY } from "./train/series.ts";

/** Opens the device and the bundled words; everything else waits for it. */
export async function open(): Promise<void> {
  await listen((event) => batch(() => receive(event)));
  await attempt("opening", async () => {
    const { config, backend } = wanted();
    const [machine, data] = await Promise.all([
      engine.open(backend),
      engine.useWords("bundled", config.context),
    ]);
    state.machine.value = machine;
    state.data.value = data;
  });
}

/** Trains until the end, or `steps` steps. */
export async function start(steps?: number): Promise<void> {
  await attempt("preparing", async () => {
    await ready();
    state.phase.value = "running";
    const { step, done } = await engine.run(steps);
    state.step.value = step;
    if (done) {
      state.phase.value = "busy";
      state.losses.value = await engine.evaluate();
    }
  });
}

export const pause = (): Promise<void> => engine.pause();

/** Back to the initialisation. */
export async function reset(): Promise<void> {
  await attempt("preparing", async () => {
    const setup = wanted();
    await openBackend(setup);
    begin(await engine.reset(setup.config));
    await engine.look();
  });
}

/** The run that the form asks for, ready to train. */
async function ready(): Promise<void> {
  const setup = wanted();
  await openBackend(setup);
  const run = await engine.prepare(setup.config);
  if (run.step === state.step.value && state.run.value) state.run.value = run;
  else begin(run);
}

async function openBackend({ backend }: Setup): Promise<void> {
  if (backend === opened) return;
  state.machine.value = await engine.open(backend);
  opened = backend;
}
let opened: Setup["backend"] = "auto";

function begin(run: RunInfo): void {
  batch(() => {
    state.run.value = run;
    state.step.value = run.step;
    state.history.value = new LossHistory(run.step);
    state.lossCount.value = 0;
    state.lastLoss.value = state.losses.value = state.names.value = state.probe.value = undefined;
    state.devLosses.value = state.spreads.value = state.ratios.value = EMPTY;
  });
}

function receive(event: EngineEvent): void {
  switch (event.type) {
    case "losses":
      state.history.value.add(event.losses);
      state.lossCount.value += event.losses.length;
      state.step.value = event.first + event.losses.length;
      state.stepsPerSecond.value = event.stepsPerSecond;
      state.lastLoss.value = event.losses[event.losses.length - 1];
      break;
    case "probe": {
      const { step, parameters } = event.probe;
      state.probe.value = event.probe;
      state.spreads.value = append(
        state.spreads.value,
        step,
        parameters.map((p) => Math.log10(p.gradient)),
      );
      state.ratios.value = append(
        state.ratios.value,
        step,
        parameters.map((p) => p.ratio),
      );
      break;
    }
    case "sample":
      state.names.value = { step: event.step, names: event.names };
      state.devLosses.value = append(state.devLosses.value, event.step, [event.devLoss]);
      break;
    case "checkpoint":
      break;
    case "lost":
      state.problem.value = `the device was lost (${event.message}); start again to open it anew`;
  }
}

function wanted(): Setup {
  const { setup, problem } = state.setup.value;
  if (!setup) throw new Error(problem);
  return setup;
}

/** One action at a time; an error becomes the line that the page shows. */
async function attempt(phase: typeof state.phase.value, action: () => Promise<void>): Promise<void> {
  batch(() => {
    state.phase.value = phase;
    state.problem.value = undefined;
  });
  try {
    await action();
    state.phase.value = "idle";
  } catch (error) {
    batch(() => {
      state.problem.value = inLabels((error as Error).message);
      state.phase.value = (error as Error).name === "DivergenceError" ? "failed" : "idle";
    });
  }
}
