/** The Walk tab on the page's engine and state. */
import { computed } from "@preact/signals";
import type { JSX } from "preact";
import { engine } from "../client.ts";
import { derive, lookInside, machine, phase, run, setup, step, stop, tab } from "../state.ts";
import { type WalkEngine, WalkTab } from "./walk_tab.tsx";

const walk: WalkEngine = {
  walk: async () => {
    const { setup: asked, problem } = setup.value;
    if (!asked) throw new Error(problem);
    return engine.walk(asked.config);
  },
  example: (index) => engine.walkExample(index),
  step,
  // Whatever is prepared anew is another object, though it may go on where the last one stood.
  run: computed(() => [run.value, machine.value]),
  shown: computed(() => tab.value === "walk"),
  phase: computed(() => {
    if (phase.value === "running") return "training";
    return phase.value === "opening" || phase.value === "preparing" ? "preparing" : "still";
  }),
};

export const openWalk = (): JSX.Element => (
  <WalkTab engine={walk} stop={stop} lookInside={lookInside} derive={derive} />
);
