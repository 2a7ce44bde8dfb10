/** The Check tab on the page's engine and state. */
import { computed } from "@preact/signals";
import type { JSX } from "preact";
import type { AnyPath } from "../../model/plans.ts";
import { brokenNow } from "../../train/broken.ts";
import { engine } from "../client.ts";
import { derive, level, machine, phase, run, setup, step, tab, tensor } from "../state.ts";
import { type CheckEngine, CheckTab } from "./check_tab.tsx";

const config = () => {
  const { setup: asked, problem } = setup.value;
  if (!asked) throw new Error(problem);
  return asked.config;
};

const broken = computed(() => brokenNow(run.value?.broken));

const check: CheckEngine = {
  board: async (at: AnyPath) => engine.board(config(), at),
  verdict: () => engine.verdict(),
  inspect: (name) => engine.inspect(name),
  operation: () => engine.operation(),
  difference: (name, index) => engine.difference(name, index),
  step,
  network: computed(() => JSON.stringify([run.value?.id, machine.value?.name, broken.value])),
  shown: computed(() => tab.value === "check"),
  phase: computed(() => {
    if (phase.value === "running") return "training";
    return phase.value === "opening" || phase.value === "preparing" ? "preparing" : "still";
  }),
  trains: computed(() => run.value?.path),
  broken,
};

export const openCheck = (): JSX.Element => (
  <CheckTab engine={check} tensor={tensor} level={level} derive={derive} />
);
