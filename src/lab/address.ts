/** Keeps the address and the configuration in step. */
import { batch, effect } from "@preact/signals";
import { ONE } from "./population/networks.ts";
import { draftOf, inLabels } from "./settings.ts";
import * as state from "./state.ts";
import { fromFragment, toFragment } from "./url.ts";

/** The current configuration's fragment; a refused address stays in the address bar until the configuration changes. */
let current = "";
/** The stop of the walk, the tensor of the check, or the exercise, that is open. Opening another one is a step in the browser's history. */
const place = (): string =>
  JSON.stringify([state.stop.value, state.tensor.value, state.level.value, state.exercise.value]);
let currentPlace = place();

/** Reads the address now and whenever it changes, and writes it whenever the configuration does. */
export function followAddress(): void {
  read();
  addEventListener("hashchange", read);
  effect(() => {
    const { setup } = state.setup.value;
    if (!setup || state.networksProblem.value) return;
    const networks = state.networks.value;
    const words = state.wordsAsked.value ? "notebook" : state.words.value;
    const [tab, exercise, shared] = [state.tab.value, state.exercise.value, state.sharedText.value];
    const stop = state.stop.value;
    const tensor = tab === "exercises" ? state.exerciseTensor.value : state.tensor.value;
    // A text belongs to its exercise: beside another one it would be offered for that.
    const text = shared?.exercise === exercise ? shared?.encoded : undefined;
    const level = state.level.value === "chunked" ? undefined : state.level.value;
    const here = place();
    const fragment = toFragment({ ...setup, networks, words, tab, stop, exercise, tensor, level, text });
    if (fragment === current && (state.addressProblem.value || location.hash.slice(1) === current)) return;
    const write = here === currentPlace ? "replaceState" : "pushState";
    current = fragment;
    currentPlace = here;
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
    const { stop, exercise, tensor, text } = address;
    batch(() => {
      state.addressProblem.value = undefined;
      state.draft.value = draftOf(address);
      state.networks.value = address.networks ?? ONE;
      state.tab.value = address.tab;
      if (address.tab === "walk") state.stop.value = stop;
      if (address.tab === "exercises") {
        state.exercise.value = exercise;
        state.exerciseTensor.value = tensor;
        state.sharedText.value = text === undefined ? undefined : { exercise, encoded: text };
      } else state.tensor.value = tensor;
      if (address.tab === "check") state.level.value = address.level ?? "chunked";
      currentPlace = place();
      state.wordsAsked.value = address.words === "notebook" && state.words.value !== "notebook";
    });
  } catch (error) {
    state.addressProblem.value = `${inLabels((error as Error).message)}. Nothing in this address was used.`;
  }
}
