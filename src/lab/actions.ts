/** The actions of the run's controls: each calls the engine and writes the result into the state. */
import { batch, effect } from "@preact/signals";
import type { Backend } from "../train/open.ts";
import { engine, listen } from "./client.ts";
import { adopt, currentText, forgetRefused, readWords, useBundled } from "./data/actions.ts";
import { begun, letGo, openKept, refresh, take } from "./keep.ts";
import type { RunInfo } from "./messages.ts";
import { receive } from "./receive.ts";
import { draftOf, inLabels, type Setup } from "./settings.ts";
import * as state from "./state.ts";
import type { About, KeptWords } from "./storage.ts";
import { LossHistory } from "./train/history.ts";
import { append, EMPTY } from "./train/series.ts";

/** Opens the device and the bundled words, and shows the network at its initialisation. */
export const open = (): Promise<void> =>
  attempt("opening", async () => {
    listen((event) => batch(() => receive(event)), lost);
    state.wordsBusy.value = false;
    const [words] = await Promise.all([useBundled(), openFirst()]);
    // Unless other words are about to be loaded, or the bundled ones failed, which the page then says.
    if (!state.wordsAsked.value && words) await showInitial();
  });

/** Trains until the end, or `steps` steps. */
export async function start(steps?: number): Promise<void> {
  await attempt("preparing", async () => {
    const setup = wanted();
    forgetRefused();
    // A browser that had no device may have one by now.
    await openBackend(setup, state.machine.value?.mayHaveOne);
    await settled();
    const run = await engine.prepare(setup.config);
    const before = state.run.value;
    if (run.id !== before?.id) begin(run);
    else {
      if (JSON.stringify(run.config) !== JSON.stringify(before.config))
        begun({ id: undefined, begun: run.step });
      state.run.value = run;
    }
    await train(steps);
  });
}

/** Computes on the CPU reference from now on, without waiting for a device that is still being opened. */
export async function useCpu(): Promise<void> {
  state.draft.value = { ...state.draft.value, backend: "cpu" };
  if (state.phase.value === "opening") return;
  await attempt("preparing", async () => {
    await openBackend({ backend: "cpu" });
    if (!state.run.value) await showInitial();
  });
}

/** Ends training, or an evaluation, after the work that is under way on the device. */
export async function pause(): Promise<void> {
  if (state.pausing.value) return;
  batch(() => {
    state.pausing.value = true;
    state.problem.value = undefined;
  });
  try {
    await engine.pause();
  } finally {
    state.pausing.value = false;
  }
}

/** Losses over the whole splits, before the run ends. */
export const evaluate = (): Promise<void> => attempt("evaluating", evaluateAll);

/** Back to the initialisation that the form asks for. */
export const reset = (): Promise<void> => attempt("preparing", showInitial);

/** Goes on from a checkpoint, the command line's or the page's own. */
export async function loadCheckpoint(file: File): Promise<void> {
  await attempt("preparing", async () => {
    await openBackend(wanted());
    await settled();
    await load(new Uint8Array(await file.arrayBuffer()), file.name);
    look();
  });
}

/** The run as a file, for the browser to save. */
export async function saveCheckpoint(): Promise<void> {
  try {
    save(await engine.checkpoint(), `backprop-ninja-${state.step.value}`);
  } catch (error) {
    state.problem.value = inLabels((error as Error).message);
  }
}

/** A run that is kept as a file, without going on with it. */
export const saveKept = (id: string): Promise<void> =>
  attempt("preparing", async () => {
    const { about, checkpoint, words } = await openKept(id);
    await openBackend(wanted());
    const bytes = await engine.calibrated(checkpoint, `of the run ${about.name}`, words);
    save(bytes, `${about.name.replaceAll(/[^\p{L}\p{N}.]+/gu, "-")}-${about.step}`);
  });

export function save(bytes: Uint8Array, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([bytes as Uint8Array<ArrayBuffer>]));
  link.download = `${name}.safetensors`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** Goes on with a run that is kept, or shows it if it is at its end. */
export async function resumeKept(id: string): Promise<void> {
  await attempt("preparing", async () => {
    const kept = await take(id);
    const { about, curves, checkpoint } = kept;
    try {
      await openBackend(about);
      await settled();
      await load(checkpoint, `of the run ${about.name}`, kept);
    } catch (error) {
      if (!kept.copy) letGo(id);
      throw error;
    }
    batch(() => {
      state.history.value = new LossHistory(curves.history);
      state.recorded.value = curves.history.count;
      state.devLosses.value = curves.devLosses;
      state.spreads.value = curves.spreads;
      state.ratios.value = curves.ratios;
    });
    await train();
  });
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
  state.evaluated.value = 0;
  const evaluation = await engine.evaluate();
  const { step, kept, dev, names } = evaluation;
  batch(() => {
    state.evaluation.value = evaluation;
    state.names.value = { step: kept, names };
    if (kept === step) state.devLosses.value = append(state.devLosses.value, step, [dev]);
  });
}

async function showInitial(): Promise<void> {
  const setup = wanted();
  await openBackend(setup);
  await settled();
  begin(await engine.reset(setup.config));
  look();
}

/** The last look, which has what is to be kept of a run: the next one begins after it. */
let looked: Promise<void> = Promise.resolve();

/** What is to be kept of the run there is, is; what it would only show need not come any more. */
export async function settled(): Promise<void> {
  await engine.pause();
  await looked;
}

/** Shows the network as it is now, once the device gets to it; nothing waits for that. */
export function look(): void {
  looked = engine.look().catch((error: Error) => {
    state.problem.value = inLabels(error.message);
  });
}

/** Where a checkpoint comes from that is no file: from a kept run, or a population. */
interface Origin {
  readonly about: Pick<About, "backend" | "config" | "words"> &
    Partial<Pick<About, "id" | "name" | "changes">>;
  /** Its list, unless it is the bundled one. */
  readonly words?: KeptWords;
  /** It gets an entry of its own in the list of runs. */
  readonly copy: boolean;
  /** The step up to which it is kept; that which it is at, if absent. */
  readonly begun?: number;
}

/** @param kept whose settings and words it has; if absent, the form keeps its own backend, and its own path if that says the same */
export async function load(bytes: Uint8Array, name: string, kept?: Origin): Promise<void> {
  const { backend, config } = kept?.about ?? wanted();
  const { run, data } = await engine.load(bytes, name, {
    words: kept?.words,
    path: config.path,
    changes: kept?.about.changes,
  });
  // If these are neither the kept nor the current words, they are the bundled ones.
  if (kept?.words?.sha256 === data.source.sha256) adopt(kept.about.words, kept.words, data);
  else if (data.source.sha256 === state.data.value?.source.sha256)
    adopt(state.words.value, currentText(), data);
  else adopt("bundled", undefined, data);
  batch(() => {
    state.draft.value = draftOf({ config: run.config, backend });
    state.networks.value = { ...state.networks.value, kind: "one" };
  });
  if (kept) {
    const { copy, begun, about } = kept;
    begin(run, { id: copy ? undefined : about.id, name: about.name, begun });
  } else begin(run, { name: name.replace(/\.\w+$/, "") });
}

let opened: Backend | undefined;

/** Opens a backend, unless it is open already. */
export async function openBackend({ backend }: Pick<Setup, "backend">, again = false): Promise<void> {
  if (asleep) {
    await readWords();
    asleep = false;
  }
  if (backend === opened && state.machine.value && !again) return;
  const before = opened;
  opened = backend;
  try {
    state.machine.value = await engine.open(backend);
  } catch (error) {
    opened = before;
    throw error;
  }
}

/** Milliseconds after which the CPU is offered while a browser opens a device, which takes it a second at most as a rule. */
const LONG = 4000;

/** Opens the backend that the form asks for; if that is a device, the form can ask for the CPU meanwhile. */
async function openFirst(): Promise<void> {
  const setup = wanted();
  if (setup.backend === "cpu") return openBackend(setup);
  const offer = setTimeout(() => {
    state.offersCpu.value = true;
  }, LONG);
  let stop = (): void => {};
  const chosen = new Promise<void>((resolve) => {
    stop = effect(() => {
      if (state.draft.value.backend === "cpu") resolve();
    });
  });
  try {
    await Promise.race([openBackend(setup), chosen.then(() => openBackend({ backend: "cpu" }))]);
  } finally {
    stop();
    clearTimeout(offer);
    state.offersCpu.value = false;
  }
}

/** The worker is a new one, which has been given nothing yet. */
let asleep = false;

/** The worker has failed, and what was in it is gone. What is kept of the run is offered. */
function lost(error: Error): void {
  asleep = true;
  opened = undefined;
  batch(() => {
    state.machine.value = undefined;
    state.run.value = state.population.value = undefined;
    state.problem.value = error.message;
  });
  void refresh();
}

interface BeginsAs {
  /** Of a run that is kept. */
  readonly id?: string;
  /** If it is not called by its settings. */
  readonly name?: string;
  /** The step up to which it is kept, or in a file; that which it is at, if absent. */
  readonly begun?: number;
}

function begin(run: RunInfo, as: BeginsAs = {}): void {
  batch(() => {
    state.run.value = run;
    state.runWords.value = state.words.value;
    state.step.value = run.step;
    state.diverged.value = false;
    state.history.value = new LossHistory(run.step);
    state.recorded.value = state.stepsPerSecond.value = 0;
    state.evaluation.value = state.names.value = state.probe.value = state.overfitting.value = undefined;
    state.devLosses.value = state.spreads.value = state.ratios.value = EMPTY;
  });
  const text = currentText();
  state.runText.value = text && { sha256: run.source.sha256, ...text };
  state.runBackend.value = opened ?? "auto";
  begun({ id: as.id, name: as.name, begun: as.begun ?? run.step });
}

export function wanted(): Setup {
  const { setup, problem } = state.setup.value;
  if (!setup) throw new Error(problem);
  return setup;
}

/** Names of errors by which there is no device: what comes from a worker has lost its class. */
const NO_DEVICE = ["NoAdapterError", "DeviceLostError"];

/** One action at a time; an error becomes the line that the page shows. */
export async function attempt(phase: state.Phase, action: () => Promise<void>): Promise<void> {
  if (state.phase.value !== "idle" && state.phase.value !== phase) return;
  batch(() => {
    state.phase.value = phase;
    state.problem.value = state.note.value = undefined;
    // What the page opens with is said until the reader does something.
    if (phase !== "opening") state.addressProblem.value = undefined;
    state.offersCpu.value = false;
  });
  try {
    await action();
  } catch (error) {
    const { name, message } = error as Error;
    // The reader asked for that.
    if (name !== "InterruptedError")
      batch(() => {
        state.problem.value = inLabels(message);
        state.offersCpu.value = NO_DEVICE.includes(name);
        if (name === "DivergenceError") state.diverged.value = true;
      });
  }
  state.phase.value = "idle";
}
