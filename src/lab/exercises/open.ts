/** The exercises in the page: its store, its other tabs, its workers, its address. */
import { computed } from "@preact/signals";
import { createStore, del, get, set } from "idb-keyval";
import * as state from "../state.ts";
import { exerciseFragment } from "../url.ts";
import { JudgeLines, trainLines } from "./judge_lines.ts";
import { NAME, TEXTS } from "./kept.ts";
import { JudgeKernels, trainKernel } from "./kernel_client.ts";
import { Kernels } from "./kernels.ts";
import { Exercises } from "./state.ts";
import { Texts } from "./texts.ts";

export interface Opened {
  readonly exercises: Exercises;
  readonly kernels: Kernels;
}

export function openExercises(): Opened {
  let opened: ReturnType<typeof createStore> | undefined;
  // A browser that stores nothing throws here, which the first access then says.
  const store = () => (opened ??= createStore(NAME, TEXTS));
  const texts = new Texts(
    {
      get: async (key) => get(key, store()),
      set: async (key, value) => set(key, value, store()),
      del: async (key) => del(key, store()),
    },
    new BroadcastChannel(NAME),
  );
  const exercises = new Exercises({
    texts,
    judges: new JudgeLines(),
    trains: trainLines,
    page: {
      exercise: state.exercise,
      tensor: state.exerciseTensor,
      shared: state.sharedText,
      brought: state.brought,
      address: (exercise, text) => `${location.href.split("#")[0]}#${exerciseFragment(exercise, text)}`,
    },
  });
  void exercises.load();
  addEventListener("pagehide", () => exercises.flush());
  // A phone may end a page that is out of sight without another word.
  document.addEventListener("visibilitychange", () => document.hidden && exercises.flush());
  return { exercises, kernels: openKernels(exercises) };
}

const openKernels = (texts: Exercises): Kernels =>
  new Kernels({
    texts,
    judges: new JudgeKernels(),
    trains: trainKernel,
    noDevice: computed(() => {
      const { machine } = state;
      // The page computes on the CPU either because it must, which it notes, or because it was asked to.
      return machine.value?.kind === "cpu" && machine.value.note
        ? "this browser has given no WebGPU device."
        : undefined;
    }),
    help: () => {
      state.tab.value = "device";
    },
  });
