/** The exercises in the page: its store, its other tabs, its workers, its address. */
import { createStore, del, get, set } from "idb-keyval";
import * as state from "../state.ts";
import { exerciseFragment } from "../url.ts";
import { JudgeLines, trainLines } from "./judge_lines.ts";
import { Exercises } from "./state.ts";
import { Texts } from "./texts.ts";

const NAME = "backprop-ninja-exercises";

export function openExercises(): Exercises {
  let opened: ReturnType<typeof createStore> | undefined;
  // A browser that stores nothing throws here, which the first access then says.
  const store = () => (opened ??= createStore(NAME, "texts"));
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
  return exercises;
}
