/** Looks at the dev loss while a run goes on: cheap, and at steps that no clock decides, so that equal runs stay equal. */
import type { Split } from "../data/examples.ts";
import type { Parameters, Sizes } from "../model/tensors.ts";
import type { Machine } from "../plan/machine.ts";
import { calibrate, evaluate, type OnFraction, OverflowError } from "./evaluate.ts";

export interface Look {
  /** Steps done. */
  readonly step: number;
  /** Mean cross-entropy of the dev examples, in nats per character; Infinity where it overflows. */
  readonly dev: number;
  /** Whether only some of the dev examples were looked at. */
  readonly sampled: boolean;
  /** Mean loss of the minibatches since the look before; undefined before the first step. */
  readonly train: number | undefined;
}

/** How many looks a whole run has. */
const LOOKS = 10;
/** Examples that stand in for a whole split during a run. */
const GLANCE = 4096;

/** The next step after `step` that a run of so many steps looks at: the end of each tenth. */
export const nextLook = (steps: number, step: number): number =>
  Math.ceil(((Math.floor((step * LOOKS) / steps) + 1) * steps) / LOOKS);

export const isLook = (steps: number, step: number): boolean =>
  step > 0 && nextLook(steps, step - 1) === step;

/** The first examples of a split. Words are shuffled, so these are as good as any others. */
export const firstExamples = (split: Split): Split => split.slice(0, GLANCE);

/** The loss on the first dev examples, with BatchNorm calibrated on the first training examples. */
export async function lookAt(
  machine: Machine,
  sizes: Sizes,
  parameters: Parameters,
  train: Split,
  dev: Split,
  onFraction: OnFraction = () => {},
): Promise<Pick<Look, "dev" | "sampled">> {
  const statistics = await calibrate(machine, sizes, parameters, firstExamples(train), (half) =>
    onFraction(half / 2),
  );
  const part = firstExamples(dev);
  const sampled = part.length < dev.length;
  try {
    const model = { sizes, parameters, ...statistics };
    return { dev: await evaluate(machine, model, part, (half) => onFraction((1 + half) / 2)), sampled };
  } catch (error) {
    if (error instanceof OverflowError) return { dev: Number.POSITIVE_INFINITY, sampled };
    throw error;
  }
}
