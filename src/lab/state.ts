/** What the page knows, as signals; `actions.ts` changes them. */
import { computed, signal } from "@preact/signals";
import type { DataInfo } from "./data/describe.ts";
import type { MachineInfo, RunInfo } from "./engine.ts";
import {
  DEFAULT_SETUP,
  type Draft,
  draftOf,
  inLabels,
  type Setup,
  setupOf,
  type WordsChoice,
} from "./settings.ts";
import { LossHistory } from "./train/history.ts";
import type { Probe } from "./train/probe.ts";
import { EMPTY, type Series } from "./train/series.ts";
import type { Losses } from "./train/session.ts";
import { TABS, type Tab } from "./url.ts";

export const tab = signal<Tab>(TABS[0]);

export const machine = signal<MachineInfo | undefined>(undefined);
export const data = signal<DataInfo | undefined>(undefined);
export const words = signal<WordsChoice>("bundled");

/** The form's fields as they stand. */
export const draft = signal<Draft>(draftOf(DEFAULT_SETUP));
/** What they say, or why they say nothing. */
export const setup = computed<{ setup: Setup; problem?: undefined } | { setup?: undefined; problem: string }>(
  () => {
    try {
      return { setup: setupOf(draft.value) };
    } catch (error) {
      return { problem: inLabels((error as Error).message) };
    }
  },
);

/** `opening` the device and the words; `busy` with something that training waits for; `failed` when the weights are no use. */
export type Phase = "opening" | "idle" | "preparing" | "running" | "busy" | "failed";
export const phase = signal<Phase>("opening");

export const run = signal<RunInfo | undefined>(undefined);
export const step = signal(0);
export const stepsPerSecond = signal(0);
/** The last thing that went wrong, in one line. */
export const problem = signal<string | undefined>(undefined);

/** Grows in place; {@link lossCount} tells when. */
export const history = signal(new LossHistory());
export const lossCount = signal(0);
export const lastLoss = signal<number | undefined>(undefined);
/** Loss over part of the dev set. */
export const devLosses = signal<Series>(EMPTY);
export const names = signal<{ step: number; names: readonly string[] } | undefined>(undefined);
export const probe = signal<Probe | undefined>(undefined);
/** log10 of gradient spread, and update-to-parameter ratio, a column per parameter. */
export const spreads = signal<Series>(EMPTY);
export const ratios = signal<Series>(EMPTY);
export const losses = signal<Losses | undefined>(undefined);
