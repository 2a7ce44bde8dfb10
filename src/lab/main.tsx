/** The page's entry point: renders it and opens the device. */
import { effect, untracked } from "@preact/signals";
import { render } from "preact";
import { open } from "./actions.ts";
import { followAddress } from "./address.ts";
import { readAgain } from "./data/actions.ts";
import { takeDrops } from "./drop.ts";
import { followKept } from "./keep.ts";
import { Shell } from "./shell.tsx";
import * as state from "./state.ts";
import "./style.css";

const root = document.getElementById("lab");
if (!root) throw new Error("index.html has no element #lab");
followAddress();
takeDrops();
render(<Shell />, root);
followKept();
void open();
effect(() => {
  void state.data.value;
  if (state.setup.value.setup) void untracked(readAgain);
});
