/** Keeps the run in the browser's IndexedDB, and finds the one of the last visit. */
import { createStore, del, get, set } from "idb-keyval";
import * as state from "./state.ts";
import { type KeptRun, type KeptWords, RunKeeper } from "./storage.ts";

const open = createStore.bind(null, "backprop-ninja", "runs");
let store: ReturnType<typeof createStore> | undefined;
const opened = () => (store ??= open());

const keeper = new RunKeeper({
  get: (key) => get(key, opened()),
  set: (key, value) => set(key, value, opened()),
  del: (key) => del(key, opened()),
});

/** Offers the run of an earlier visit, if there is one. */
export const findKept = (): Promise<void> =>
  quietly(async () => {
    const found = await keeper.find();
    if (found && found.run.step > 0) state.kept.value = found;
  });

export const keepRun = (run: KeptRun): Promise<void> => quietly(() => keeper.keep(run));
export const keepWords = (words: KeptWords): Promise<void> => quietly(() => keeper.keepWords(words));
export const forgetRun = (): Promise<void> => quietly(() => keeper.forget());

/** A browser that is out of room, or stores nothing, must not stop the run. */
async function quietly(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    state.note.value = `This browser cannot keep the run across a reload: ${(error as Error).message}. Save a checkpoint instead.`;
  }
}
