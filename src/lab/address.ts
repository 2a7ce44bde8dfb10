/** Keeps the address and the configuration in step. */
import { batch, effect } from "@preact/signals";
import { draftOf, inLabels } from "./settings.ts";
import * as state from "./state.ts";
import { fromFragment, toFragment } from "./url.ts";

/** The current configuration's fragment; a refused address stays in the address bar until the configuration changes. */
let current = "";
/** The tensor it names. Opening another one is a step in the browser's history. */
let currentTensor: string | undefined;

/** Reads the address now and whenever it changes, and writes it whenever the configuration does. */
export function followAddress(): void {
  read();
  addEventListener("hashchange", read);
  effect(() => {
    const { setup } = state.setup.value;
    if (!setup) return;
    const words = state.wordsAsked.value ? "notebook" : state.words.value;
    const tensor = state.tensor.value;
    const fragment = toFragment({ ...setup, words, tab: state.tab.value, tensor });
    if (fragment === current) return;
    const write = tensor === currentTensor ? "replaceState" : "pushState";
    current = fragment;
    currentTensor = tensor;
    state.addressProblem.value = undefined;
    history[write](null, "", fragment ? `#${fragment}` : location.pathname + location.search);
  });
}

/** Applies the address; one with an error is refused as a whole, with one line. */
function read(): void {
  const fragment = location.hash.slice(1);
  if (fragment === current) return;
  try {
    const address = fromFragment(fragment);
    current = fragment;
    currentTensor = address.tensor;
    batch(() => {
      state.addressProblem.value = undefined;
      state.draft.value = draftOf(address);
      state.tab.value = address.tab;
      state.tensor.value = address.tensor;
      state.wordsAsked.value = address.words === "notebook" && state.words.value !== "notebook";
    });
  } catch (error) {
    state.addressProblem.value = `${inLabels((error as Error).message)}. Nothing in this address was used.`;
  }
}
