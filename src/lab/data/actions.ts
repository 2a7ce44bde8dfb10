/** The data panel's actions. A list that cannot be used changes nothing. */
import { batch } from "@preact/signals";
import { FailedError } from "../answering.ts";
import { awake, engine } from "../client.ts";
import { DEFAULT_SETUP, inLabels, type WordsChoice } from "../settings.ts";
import * as state from "../state.ts";
import type { DataInfo, Reading, Text } from "./describe.ts";
import { fetchNotebookList, NOTEBOOK_NAME } from "./notebook_list.ts";

/** The current list's text, to be kept with a run; none for the bundled one, which comes with the page. */
let text: Text | undefined;
export const currentText = (): Text | undefined => text;
/** A list that could not be used with these settings: with others, it may. */
let refused: { readonly choice: WordsChoice; readonly text: Text; readonly reading: Reading } | undefined;

export const useBundled = (): Promise<boolean> => use("bundled", async () => undefined);

/** Declines the list that an address asks for. */
export const keepBundled = (): void => {
  state.wordsAsked.value = false;
};

export const useNotebook = (): Promise<boolean> =>
  use("notebook", async () => ({ name: NOTEBOOK_NAME, bytes: await fetchNotebookList() }));

export const useFile = (file: File): Promise<boolean> =>
  use("own", async () => ({ name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) }));

export const usePasted = (pasted: string): Promise<boolean> =>
  use("own", async () => ({ name: "pasted words", bytes: new TextEncoder().encode(pasted) }));

/** @returns whether the words could be used */
async function use(choice: WordsChoice, load: () => Promise<Text | undefined>): Promise<boolean> {
  if (state.wordsBusy.value) return false;
  batch(() => {
    state.wordsBusy.value = true;
    state.wordsProblem.value = undefined;
  });
  refused = undefined;
  const wanted = reading();
  let loaded: Text | undefined;
  try {
    loaded = await load();
    adopt(choice, loaded, await engine.useWords(loaded ?? "bundled", wanted));
    if (choice !== "bundled") state.wordsAsked.value = false;
    return true;
  } catch (error) {
    // The run says it.
    if (error instanceof FailedError) return false;
    if (loaded) refused = { choice, text: loaded, reading: wanted };
    state.wordsProblem.value = inLabels((error as Error).message);
    return false;
  } finally {
    state.wordsBusy.value = false;
  }
}

/** Whoever trains on the list there is has done with one that was refused. */
export function forgetRefused(): void {
  refused = undefined;
  if (!state.wordsMisread.value) state.wordsProblem.value = undefined;
}

/** Gives a new engine the list of the one before. */
export const readWords = async (): Promise<void> =>
  adopt(state.words.value, text, await engine.useWords(text ?? "bundled", reading()));

/** Shows the list that the engine now has. */
export function adopt(choice: WordsChoice, loaded: Text | undefined, data: DataInfo): void {
  text = loaded;
  batch(() => {
    state.data.value = data;
    state.words.value = choice;
    state.wordsProblem.value = undefined;
    state.wordsMisread.value = false;
  });
}

/** As the form has it, or the default while the form has an error. */
function reading(): Reading {
  const { context, keepSpaces, terminator } = (state.setup.value.setup ?? DEFAULT_SETUP).config;
  return { context, keepSpaces, terminator };
}

const same = (a: Reading, b: Reading): boolean =>
  a.context === b.context && a.keepSpaces === b.keepSpaces && a.terminator === b.terminator;

/** Reads the list again when the settings for that change: the one that was refused, or the one there is. */
export async function readAgain(): Promise<void> {
  const wanted = reading();
  if (refused && !same(refused.reading, wanted)) {
    const { choice, text } = refused;
    await use(choice, async () => text);
    return;
  }
  if (!state.data.value) return;
  if (state.wordsMisread.value) state.wordsProblem.value = undefined;
  state.wordsMisread.value = false;
  // A new worker is given the list once there is something to do.
  if (same(state.data.value.reading, wanted) || !awake()) return;
  try {
    state.data.value = await engine.describeWords(wanted);
  } catch (error) {
    batch(() => {
      state.wordsMisread.value = true;
      state.wordsProblem.value = inLabels((error as Error).message);
    });
  }
}
