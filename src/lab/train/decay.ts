/** Where a run's learning rate changes, for its charts. */
import { learningRate, type TrainConfig } from "../../train/config.ts";

/** The first step with the decayed learning rate; undefined if all steps have the same one. */
export function decayOf(config: TrainConfig): { step: number; label: string } | undefined {
  const step = Math.ceil(config.decayAt * config.steps);
  const [before, after] = [learningRate(config, 0), learningRate(config, step)];
  if (step === 0 || before === after) return undefined;
  // 0.1 × 0.1 is a little more than 0.01.
  return { step, label: `learning rate ${before} → ${Number(after.toPrecision(6))}` };
}
