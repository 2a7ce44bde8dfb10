/** How the reader goes on from where a run stands. */
import { integer } from "./format.ts";

export interface Standing {
  /** Steps done, and steps in all. */
  readonly step: number;
  readonly steps: number;
  /** Its last step made a value that is not finite. */
  readonly diverged: boolean;
}

/** Said where the loss will be, while there is none. A checkpoint has no losses of the steps before it. */
export function beforeLosses({ step, steps }: Standing): string {
  if (step === 0) return "Press Start: the loss appears here.";
  const none = "A checkpoint has no losses of the steps before it.";
  if (step >= steps) return `${none} With more Steps in the settings, Resume goes on and shows them here.`;
  return `${none} Press Resume: those from step ${integer(step)} on appear here.`;
}

/** Said under the progress where Resume alone does not help. */
export function howToGoOn({ step, steps, diverged }: Standing): string | undefined {
  if (diverged) return "Start begins a new run, with the settings as they are then.";
  if (step < steps) return undefined;
  return `To go on, set Steps to more than ${integer(steps)} and press Resume. Reset begins again.`;
}
