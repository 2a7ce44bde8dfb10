/** What happened in a run at which step, for its charts. */
import type { BrokenSpan } from "../../train/broken.ts";
import { learningRate, type TrainConfig } from "../../train/config.ts";
import type { StepEvent } from "../charts/chart.ts";
import type { RunInfo } from "../messages.ts";

/** The first step with the decayed learning rate; none if all steps have the same one. */
function decayOf(config: TrainConfig): StepEvent[] {
  const step = Math.ceil(config.decayAt * config.steps);
  const [before, after] = [learningRate(config, 0), learningRate(config, step)];
  if (step === 0 || before === after) return [];
  // 0.1 × 0.1 is a little more than 0.01.
  return [{ step, label: `learning rate ${before} → ${Number(after.toPrecision(6))}` }];
}

const endsOf = ({ id, from, to }: BrokenSpan): StepEvent[] => [
  { step: from, label: `broken: ${id}` },
  ...(to === undefined ? [] : [{ step: to, label: "mended" }]),
];

/** In the order of their steps. */
export const eventsOf = ({ config, changes, broken }: RunInfo): StepEvent[] =>
  [...decayOf(config), ...changes, ...broken.flatMap(endsOf)].sort((a, b) => a.step - b.step);
