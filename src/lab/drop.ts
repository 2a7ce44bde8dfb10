/** Files dropped anywhere on the page: a checkpoint, lines for the exercises, or a word list, by their name. */
import { signal } from "@preact/signals";
import { loadCheckpoint } from "./actions.ts";
import { useFile } from "./data/actions.ts";
import { brought, phase, problem, tab } from "./state.ts";

/** Files are being dragged over the page. */
export const dragging = signal(false);

/** Accepts drops from now on; without this the browser would leave the page and open the file. */
export function takeDrops(): void {
  addEventListener("dragover", (event) => {
    event.preventDefault();
    // Text that is dragged within the page, for instance in an editor, is none of its business.
    if (event.dataTransfer?.types.includes("Files")) dragging.value = true;
  });
  addEventListener("dragleave", (event) => {
    // Otherwise it has gone from one element of the page to another.
    if (event.relatedTarget === null) dragging.value = false;
  });
  addEventListener("drop", (event) => {
    event.preventDefault();
    dragging.value = false;
    const file = event.dataTransfer?.files[0];
    if (file) take(file);
  });
}

function take(file: File): void {
  if (/\.(ipynb|py)$/i.test(file.name)) {
    tab.value = "exercises";
    brought.value = file;
    return;
  }
  tab.value = "train";
  // Other programs' weights too, so that the refusal says what they are, and what to do.
  if (!/\.(safetensors|pth?|ckpt|pkl|npz|bin)$/i.test(file.name)) void useFile(file);
  else if (phase.value === "idle") void loadCheckpoint(file);
  else sayMeanwhile(`${file.name} is a checkpoint and would replace the run; pause first`);
}

/** Says why something cannot be done now, until it can. */
function sayMeanwhile(text: string): void {
  problem.value = text;
  const end = phase.subscribe((now) => {
    if (now !== "idle") return;
    end();
    if (problem.peek() === text) problem.value = undefined;
  });
}
