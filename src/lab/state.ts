/** The page's state, as signals; the actions change them. */
import { batch, computed, signal } from "@preact/signals";
import type { AnyPath } from "../model/plans.ts";
import { CMP } from "../model/tensors.ts";
import { count } from "../plan/count.ts";
import { firstOtherRate, fixedDifference } from "../train/config.ts";
import type { Backend } from "../train/open.ts";
import { applies, SETTING_KEYS, SETTINGS } from "../train/settings.ts";
import type { DataInfo } from "./data/describe.ts";
import type { MachineInfo, RunInfo } from "./messages.ts";
import type { PopulationInfo } from "./population/events.ts";
import { type Networks, ONE, problemWith } from "./population/networks.ts";
import {
  DEFAULT_SETUP,
  type Draft,
  draftOf,
  type FieldProblems,
  inLabels,
  problemsOf,
  type Setup,
  setupOf,
  shownOf,
  type WordsChoice,
} from "./settings.ts";
import type { KeptWords } from "./storage.ts";
import { LossHistory } from "./train/history.ts";
import type { Probe } from "./train/probe.ts";
import { EMPTY, type Series } from "./train/series.ts";
import type { Evaluation } from "./train/session.ts";
import { FIRST_TAB, type Tab } from "./url.ts";

export const tab = signal<Tab>(FIRST_TAB);
/** The tensor that is open in the Check tab. */
export const tensor = signal<string | undefined>(undefined);
/** The level of fusion that the Check tab judges. */
export const level = signal<AnyPath>("chunked");
/** The stop of the walk that is open: the first if it is undefined. */
export const stop = signal<string | undefined>(undefined);
/** What is open in the exercises, which say so if there is no such exercise, or no such tensor in it. */
export const exercise = signal<string | undefined>(undefined);
export const exerciseTensor = signal<string | undefined>(undefined);
/** Whether exercise 1 asks for this tensor of the check. */
export const derivable = (name: string): boolean => CMP.some((tensor) => name === `d${tensor}`);
/** From a gradient to an exercise that asks for it. */
export function derive(name: string, number: 1 | 2 | 3 = 1): void {
  batch(() => {
    tab.value = "exercises";
    exercise.value = `exercise-${number}`;
    exerciseTensor.value = name;
  });
}
/** And back. */
export function lookInside(name: string): void {
  batch(() => {
    tab.value = "check";
    level.value = "chunked";
    tensor.value = name;
  });
}
/** A text that came with the address, and the exercise that it is for: offered to the reader until it is taken or declined. */
export const sharedText = signal<{ exercise: string | undefined; encoded: string } | undefined>(undefined);
/** A notebook or Python file that was dropped on the page, for the exercises to take. */
export const brought = signal<File | undefined>(undefined);
export const machine = signal<MachineInfo | undefined>(undefined);

/** The list for the next run; the current run may have another. */
export const data = signal<DataInfo | undefined>(undefined);
export const words = signal<WordsChoice>("bundled");
/** The list there is cannot be read with the settings as they are; {@link wordsProblem} says why. */
export const wordsMisread = signal(false);
/** A list is being fetched or read; at first also until the engine is there to read the bundled one. */
export const wordsBusy = signal(true);
export const wordsProblem = signal<string | undefined>(undefined);
/** The address asks for a list that is only loaded if the user agrees. */
export const wordsAsked = signal(false);

/** The form's current fields. */
export const draft = signal<Draft>(draftOf(DEFAULT_SETUP));
/** The setup they describe, or what is wrong with the first that cannot be used. */
export const setup = computed<{ setup: Setup; problem?: undefined } | { setup?: undefined; problem: string }>(
  () => {
    try {
      return { setup: setupOf(shownOf(draft.value)) };
    } catch (error) {
      return { problem: inLabels((error as Error).message) };
    }
  },
);
/** Whether the Train tab is about one network or several. */
export const networks = signal<Networks>(ONE);
export const networksProblem = computed(() => problemWith(networks.value));
export const several = computed(() => networks.value.kind !== "one");
/** The networks that train side by side, once there are any. They stay while the tab is about one. */
export const population = signal<PopulationInfo | undefined>(undefined);
/** It is they that are running. */
export const populating = signal(false);
/** What is wrong with each field that cannot be used; each message begins with the field's label. */
export const fieldProblems = computed((): FieldProblems => {
  const problems = problemsOf(shownOf(draft.value));
  if (several.value) return problems;
  const { labels, newRun } = changes.value;
  const steps = setup.value.setup?.config.steps;
  if (steps === undefined || labels.length === 0 || newRun || steps > step.value) return problems;
  const [wanted, done] = [steps, step.value].map((n) => count(n));
  return {
    ...problems,
    steps: `${SETTINGS.steps.label} is ${wanted}, but the run already has ${done} steps; give it more, or reset it`,
  };
});

/** What the page is doing: `opening` the device, `preparing` kernels, `running`, `evaluating`, or nothing. */
export type Phase = "opening" | "idle" | "preparing" | "running" | "evaluating";
export const phase = signal<Phase>("opening");
/** The reader has asked for a pause, or the end of an evaluation, and what is under way must end first. */
export const pausing = signal(false);
/** Share of an evaluation that is done. */
export const evaluated = signal(0);
/** The last action that went wrong, in one line; the next one clears it. */
export const problem = signal<string | undefined>(undefined);
/** There is no device, or it takes long to open one: the CPU can be used in its place. */
export const offersCpu = signal(false);
/** Why the address was refused. */
export const addressProblem = signal<string | undefined>(undefined);
/** Something worth knowing that is not an error; the next action clears it. */
export const note = signal<string | undefined>(undefined);

export const run = signal<RunInfo | undefined>(undefined);
/** The list that the run is trained on. */
export const runWords = signal<WordsChoice>("bundled");
/** Its bytes, unless it is the bundled one. */
export const runText = signal<KeptWords | undefined>(undefined);
/** The backend that was asked for when the run began. */
export const runBackend = signal<Backend>("auto");
export const step = signal(0);
export const stepsPerSecond = signal(0);
/** Its last step made a value that is not finite: another run has to begin. */
export const diverged = signal(false);
export const done = computed(() => run.value !== undefined && step.value >= run.value.config.steps);

/** Labels of the settings that differ between the form and the current run, and whether they take a new run. */
export const changes = computed<{
  labels: readonly string[];
  newRun: boolean;
  /** The steps so far had other learning rates than the form now gives them. */
  otherSchedule?: boolean;
}>(() => {
  const [r, s, d] = [run.value, setup.value.setup, data.value];
  if (!r || !s || !d) return { labels: [], newRun: false };
  const labels = SETTING_KEYS.filter((key) => s.config[key] !== r.config[key])
    .map((key) => SETTINGS[key])
    .filter((setting) => applies(setting, s.config.optimizer))
    .map(({ label }) => label);
  const otherWords = r.source.sha256 !== d.source.sha256;
  return {
    labels: [...labels, ...(otherWords ? ["Words"] : [])],
    newRun: diverged.value || otherWords || fixedDifference(r.config, s.config) !== undefined,
    otherSchedule: firstOtherRate(r.config, s.config, step.value) !== undefined,
  };
});

/** Grows in place; {@link recorded} changes whenever it does. */
export const history = signal(new LossHistory());
export const recorded = signal(0);
export const curves = computed(() => {
  void recorded.value;
  return history.value.curves();
});
/** What the dev losses say about the run, if it is no good. */
export const overfitting = signal<string | undefined>(undefined);
/** Loss over the dev set, or over as much of it as is cheap. */
export const devLosses = signal<Series>(EMPTY);
/** The newest of them. It is old when the network has moved on since: by a tenth of its steps, and not just a few. */
export const dev = computed(() => {
  const { steps, rows } = devLosses.value;
  const at = steps.at(-1);
  if (at === undefined) return undefined;
  return { step: at, loss: rows[rows.length - 1][0], old: step.value - at > Math.max(100, at / 10) };
});
export const names = signal<{ step: number; names: readonly string[] } | undefined>(undefined);
export const probe = signal<Probe | undefined>(undefined);
/** log10 of each parameter's gradient spread, and of its update-to-parameter ratio. */
export const spreads = signal<Series>(EMPTY);
export const ratios = signal<Series>(EMPTY);
/** Of a finished run, or when the user asked for it. */
export const evaluation = signal<Evaluation | undefined>(undefined);
