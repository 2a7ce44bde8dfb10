/** Changes of a run that take effect at its next step, without a pause. */
import { batch, computed, signal } from "@preact/signals";
import type { Breaking } from "../../../exercises/broken.ts";
import { type TrainConfig, trainConfig } from "../../../train/config.ts";
import { engine } from "../../client.ts";
import { begun } from "../../keep.ts";
import type { RunInfo } from "../../messages.ts";
import { inLabels } from "../../settings.ts";
import * as state from "../../state.ts";

/** The last change that was refused, until another one is tried. */
export const refused = signal<string | undefined>(undefined);
export const changing = signal(false);
/** Whether there is a run that can be changed now. */
export const changeable = computed(
  () =>
    state.run.value !== undefined &&
    !state.done.value &&
    !changing.value &&
    (state.phase.value === "idle" || state.phase.value === "running"),
);

/** These settings, and as they are all others. The form shows them. */
export const change = (given: Partial<TrainConfig>): Promise<void> =>
  attempt(async ({ config }) => {
    const run = await engine.change(trainConfig({ ...config, ...given }));
    const texts = Object.entries(given).map(([key, value]) => [key, String(value)]);
    state.draft.value = { ...state.draft.value, ...Object.fromEntries(texts) };
    return run;
  });

/** All that the form says. */
export const applyForm = (): Promise<void> =>
  attempt(async ({ config }) => {
    const { setup, problem } = state.setup.value;
    if (!setup) throw new Error(problem);
    return engine.change({ ...config, ...setup.config });
  });

/**
 * From the next step on a gradient has this mistake; without one, all are right. A run that is broken for the first time is one of its own: the right
 * one stays in the list as it is now, to go on with, or to lie beside the broken one in the chart.
 */
export const breakGradient = (mistake: string | undefined): Promise<void> =>
  attempt(async ({ broken }) => {
    const first = mistake !== undefined && broken.length === 0 && state.step.value > 0;
    if (first) await engine.look();
    const run = await engine.breakGradient(mistake);
    if (first) begun({ id: undefined, name: `Broken: ${mistake}`, begun: run.step });
    return run;
  });

/** The board at the level of fusion at which the run trains, where a broken gradient shows. */
export const showBoard = ({ path }: RunInfo): void =>
  batch(() => {
    state.tensor.value = undefined;
    state.level.value = path;
    state.tab.value = "check";
  });

/** What can be broken in the run, as it reads in its network. */
export const breakings = (): Promise<readonly Breaking[]> => engine.breakings();

async function attempt(action: (run: RunInfo) => Promise<RunInfo>): Promise<void> {
  const before = state.run.value;
  if (!before || changing.value) return;
  changing.value = true;
  refused.value = undefined;
  try {
    const run = await action(before);
    batch(() => {
      if (state.run.value?.id === run.id) state.run.value = run;
    });
    // What is kept of a run that stands still says so too.
    if (state.phase.value === "idle") await engine.look();
  } catch (error) {
    refused.value = inLabels((error as Error).message);
  }
  changing.value = false;
}
