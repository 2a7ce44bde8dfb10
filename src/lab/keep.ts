/** Keeps the run in the browser's IndexedDB, and finds the one of the last visit. */
import { batch } from "@preact/signals";
import { createStore, del, get, set, update } from "idb-keyval";
import * as state from "./state.ts";
import { type KeptRun, type KeptWords, RunKeeper, type SharedStore } from "./storage.ts";

const open = createStore.bind(null, "backprop-ninja", "runs");
let runs: ReturnType<typeof createStore> | undefined;
const opened = () => (runs ??= open());

const store: SharedStore = {
  get: (key) => get(key, opened()),
  set: (key, value) => set(key, value, opened()),
  update: (key, change) => update(key, change, opened()),
  del: (key) => del(key, opened()),
};
let keeper = new RunKeeper(store);

/** Offers the run that is kept, if there is one. From now on it counts as another's, which the next run does not overwrite. */
export const findKept = (): Promise<void> =>
  quietly(async () => {
    keeper = new RunKeeper(store);
    const found = await keeper.find();
    if (found && found.run.step > 0) state.kept.value = found;
  });

/** The current run's own words, to be kept with it; none for the bundled ones. */
let words: KeptWords | undefined;
export const setRunWords = (own: KeptWords | undefined): void => {
  words = own;
};

/** Keeps the current run. Another one that is kept stays, and is shown instead. */
export const keepRun = (run: KeptRun): Promise<void> =>
  quietly(async () => {
    const kept = await keeper.keep(run, words);
    const other = kept ? undefined : await keeper.find();
    batch(() => {
      state.kept.value = other;
      state.unkept.value = !kept;
    });
  });

/** The run that is kept now: another tab may have gone on with it. */
export const newestKept = (): Promise<state.Kept | undefined> => keeper.find();

/** The current run may overwrite the one that is kept. */
export const takeOver = (): Promise<void> =>
  quietly(async () => {
    await keeper.takeOver();
    batch(() => {
      state.kept.value = undefined;
      state.unkept.value = false;
    });
  });

export const forgetRun = (): Promise<void> => quietly(() => keeper.forget());

/** A browser that is out of room, or stores nothing, must not stop the run. */
async function quietly(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    state.note.value = `This browser cannot keep the run across a reload: ${(error as Error).message}. Save a checkpoint instead.`;
  }
}
