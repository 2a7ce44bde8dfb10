/** Keeps the address and the configuration the same. */
import { batch, effect } from "@preact/signals";
import { draftOf, inLabels } from "./settings.ts";
import * as state from "./state.ts";
import { fromFragment, toFragment } from "./url.ts";

/** The fragment of the configuration as it stands; an address that was refused stays in sight until it changes. */
let current = "";

/** Reads the address now and whenever it changes, and writes it whenever the configuration does. */
export function followAddress(): void {
  read();
  addEventListener("hashchange", read);
  effect(() => {
    const { setup } = state.setup.value;
    if (!setup) return;
    const words = state.wordsAsked.value ? "notebook" : state.words.value;
    const fragment = toFragment({ ...setup, words, tab: state.tab.value });
    if (fragment === current) return;
    current = fragment;
    state.addressProblem.value = undefined;
    history.replaceState(null, "", fragment ? `#${fragment}` : location.pathname + location.search);
  });
}

/** Takes over what the address says; one that cannot be is refused as a whole, with one line. */
function read(): void {
  const fragment = location.hash.slice(1);
  if (fragment === current) return;
  try {
    const address = fromFragment(fragment);
    batch(() => {
      state.addressProblem.value = undefined;
      state.draft.value = draftOf(address);
      state.tab.value = address.tab;
      state.wordsAsked.value = address.words === "notebook" && state.words.value !== "notebook";
    });
  } catch (error) {
    state.addressProblem.value = `${inLabels((error as Error).message)}. Nothing of this address was used.`;
  }
}
