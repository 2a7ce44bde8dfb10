/** What trains, as others see it: a trainer, or a network of a population. */
import type { Split } from "../data/examples.ts";
import type { AnyPath } from "../model/plans.ts";
import type { Sizes } from "../model/tensors.ts";
import type { Machine } from "../plan/machine.ts";
import type { TrainConfig } from "./config.ts";
import { calibrate, type OnFraction } from "./evaluate.ts";
import type { Model } from "./model.ts";
import type { TrainingState } from "./state.ts";

export interface Trained {
  readonly config: TrainConfig;
  readonly sizes: Sizes;
  /** The path it takes. */
  readonly path: AnyPath;
  /** What it trains on. */
  readonly train: Split;
  /** Everything needed to go on from here. On the host, so that it is there whatever became of the device. */
  state(): TrainingState;
}

/**
 * The network that a run keeps: as it stands, or with `keep: "best"` that of the lowest dev loss so far. BatchNorm is calibrated over the
 * whole training set. Training may go on meanwhile.
 * @throws ClosedError when the machine is closed
 */
export async function keptModel(
  machine: Machine,
  { sizes, train }: Pick<Trained, "sizes" | "train">,
  { best, parameters: last }: TrainingState,
  onFraction?: OnFraction,
): Promise<Model> {
  const parameters = best?.parameters ?? last;
  const statistics = await calibrate(machine, sizes, parameters, train, onFraction);
  return { sizes, parameters, ...statistics, vocabulary: train.vocabulary };
}
