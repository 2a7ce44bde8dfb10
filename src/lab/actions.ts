/** The actions of the run's controls: each calls the engine and writes the result into the state. */
import { batch } from "@preact/signals";
import type { Backend } from "../train/open.ts";
import { engine, listen } from "./client.ts";
import { adopt, currentText, useBundled } from "./data/actions.ts";
import { forgetRun, keepWords } from "./keep.ts";
import type { RunInfo } from "./messages.ts";
import { receive } from "./receive.ts";
import { draftOf, inLabels, type Setup } from "./settings.ts";
import * as state from "./state.ts";
import { LossHistory } from "./train/history.ts";
import { EMPTY } from "./train/series.ts";

/** Opens the device and the bundled words, and shows the network at its initialisation. */
export const open = (): Promise<void> =>
  attempt("opening", async () => {
    await listen((event) => batch(() => receive(event)));
    state.wordsBusy.value = false;
    const [words] = await Promise.all([useBundled(), openBackend(wanted())]);
    // Unless other words are about to be loaded, or the bundled ones failed, which the page then says.
    if (!state.wordsAsked.value && words) await showInitial();
  });

/** Trains until the end, or `steps` steps. */
export async function start(steps?: number): Promise<void> {
  await attempt("preparing", async () => {
    const setup = wanted();
    await openBackend(setup);
    const run = await engine.prepare(setup.config);
    if (run.id === state.run.value?.id) state.run.value = run;
    else begin(run);
    state.kept.value = undefined;
    await train(steps);
  });
}

export const pause = (): Promise<void> => engine.pause();

/** Losses over the whole splits, before the run ends. */
export const evaluate = (): Promise<void> => attempt("evaluating", evaluateAll);

/** Back to the initialisation that the form asks for. */
export const reset = (): Promise<void> => attempt("preparing", showInitial);

/** Goes on from a checkpoint, the command line's or the page's own. */
export async function loadCheckpoint(file: File): Promise<void> {
  await attempt("preparing", async () => {
    await load(new Uint8Array(await file.arrayBuffer()), file.name);
    look();
  });
}

/** The run as a file, for the browser to save. */
export async function saveCheckpoint(): Promise<void> {
  try {
    const bytes = await engine.checkpoint();
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([bytes as Uint8Array<ArrayBuffer>]));
    link.download = `backprop-ninja-${state.step.value}.safetensors`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  } catch (error) {
    state.problem.value = inLabels((error as Error).message);
  }
}

/** Goes on with the run of an earlier visit. */
export async function resumeKept(): Promise<void> {
  const kept = state.kept.value;
  if (!kept) return;
  await attempt("preparing", async () => {
    const { run, words } = kept;
    await openBackend(run);
    if (words) adopt(run.words, words, await engine.useWords(words, 1));
    await load(run.checkpoint, "of the last run", run.backend);
    batch(() => {
      state.kept.value = undefined;
      state.history.value = new LossHistory(run.history);
      state.recorded.value = run.history.count;
      state.devLosses.value = run.devLosses;
      state.spreads.value = run.spreads;
      state.ratios.value = run.ratios;
    });
    await train();
  });
}

export async function discardKept(): Promise<void> {
  state.kept.value = undefined;
  await forgetRun();
}

async function train(steps?: number): Promise<void> {
  state.evaluation.value = undefined;
  state.phase.value = "running";
  const { done } = await engine.run(steps);
  look();
  if (done) await evaluateAll();
}

async function evaluateAll(): Promise<void> {
  state.phase.value = "evaluating";
  const evaluation = await engine.evaluate();
  state.evaluation.value = evaluation;
  state.names.value = evaluation;
}

async function showInitial(): Promise<void> {
  const setup = wanted();
  await openBackend(setup);
  begin(await engine.reset(setup.config));
  look();
}

/** Shows the network as it is now, once the device gets to it; nothing waits for that. */
function look(): void {
  engine.look().catch((error: Error) => {
    state.problem.value = inLabels(error.message);
  });
}

/** @param backend for the form; the form keeps its own if absent */
async function load(bytes: Uint8Array, name: string, backend = wanted().backend): Promise<void> {
  const { run, data } = await engine.load(bytes, name);
  // If these are not the current words, they are the bundled ones.
  if (data.source.sha256 === state.data.value?.source.sha256) adopt(state.words.value, currentText(), data);
  else adopt("bundled", undefined, data);
  state.draft.value = draftOf({ config: run.config, backend });
  begin(run);
}

let opened: Backend | undefined;

/** Opens the backend that the form asks for, unless it is open already. */
async function openBackend({ backend }: Pick<Setup, "backend">): Promise<void> {
  if (backend === opened && state.machine.value) return;
  state.machine.value = await engine.open(backend);
  opened = backend;
}

function begin(run: RunInfo): void {
  batch(() => {
    state.run.value = run;
    state.runWords.value = state.words.value;
    state.step.value = run.step;
    state.history.value = new LossHistory(run.step);
    state.recorded.value = state.stepsPerSecond.value = 0;
    state.evaluation.value = state.names.value = state.probe.value = undefined;
    state.devLosses.value = state.spreads.value = state.ratios.value = EMPTY;
  });
  const text = currentText();
  if (text) keepWords({ sha256: run.source.sha256, ...text });
}

function wanted(): Setup {
  const { setup, problem } = state.setup.value;
  if (!setup) throw new Error(problem);
  return setup;
}

/** One action at a time; an error becomes the line that the page shows. */
async function attempt(phase: state.Phase, action: () => Promise<void>): Promise<void> {
  if (state.phase.value !== "idle" && state.phase.value !== phase) return;
  batch(() => {
    state.phase.value = phase;
    state.problem.value = undefined;
  });
  try {
    await action();
  } catch (error) {
    state.problem.value = inLabels((error as Error).message);
  }
  state.phase.value = "idle";
}
