/** Keeps the run in the browser's own store, and finds the one of the last visit. */
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

/** Puts the run of an earlier visit on offer, if there is one. */
export const findKept = (): Promise<void> =>
  quietly(async () => {
    const found = await keeper.find();
    if (found && found.run.step > 0) state.kept.value = found;
  });

export const keepRun = (run: KeptRun): Promise<void> => quietly(() => keeper.keep(run));
export const keepWords = (words: KeptWords): Promise<void> => quietly(() => keeper.keepWords(words));
export const forgetRun = (): Promise<void> => quietly(() => keeper.forget());

/** A browser without room, or that keeps nothing, is no reason to stop. */
async function quietly(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    state.note.value = `This browser keeps no run across a reload: ${(error as Error).message}. Save a checkpoint instead.`;
  }
}
