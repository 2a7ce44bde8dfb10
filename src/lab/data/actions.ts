/** The data panel's actions. A list that cannot be used changes nothing. */
import { batch } from "@preact/signals";
import { engine } from "../client.ts";
import { DEFAULT_SETUP, type WordsChoice } from "../settings.ts";
import * as state from "../state.ts";
import type { DataInfo } from "./describe.ts";
import { fetchNotebookList, NOTEBOOK_NAME } from "./notebook_list.ts";

interface Text {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** The current list's text, to be kept with a run; none for the bundled one, which comes with the page. */
let text: Text | undefined;
export const currentText = (): Text | undefined => text;

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
  try {
    const loaded = await load();
    adopt(choice, loaded, await engine.useWords(loaded ?? "bundled", context()));
    if (choice !== "bundled") state.wordsAsked.value = false;
    return true;
  } catch (error) {
    state.wordsProblem.value = (error as Error).message;
    return false;
  } finally {
    state.wordsBusy.value = false;
  }
}

/** Shows the list that the engine now has. */
export function adopt(choice: WordsChoice, loaded: Text | undefined, data: DataInfo): void {
  text = loaded;
  batch(() => {
    state.data.value = data;
    state.words.value = choice;
    state.wordsProblem.value = undefined;
  });
}

/** The form's context, or the default while the form has an error. */
const context = (): number => (state.setup.value.setup ?? DEFAULT_SETUP).config.context;

/** Describes the list again when the context changes. */
export async function describeAgain(): Promise<void> {
  const shown = state.data.value?.first[0]?.context;
  if (shown === undefined || [...shown].length === context()) return;
  state.data.value = await engine.describeWords(context());
}
