/** A checkpoint of a trainer as it stands. */
import type { Dataset } from "../data/examples.ts";
import type { Machine } from "../plan/machine.ts";
import type { Checkpoint, WordSource } from "./checkpoint.ts";
import { calibrate, type OnFraction } from "./evaluate.ts";
import type { Trainer } from "./trainer.ts";

/** Calibrates BatchNorm over the training set, on `machine`, and puts together all that a checkpoint holds. */
export async function snapshot(
  machine: Machine,
  trainer: Trainer,
  data: Dataset,
  words: WordSource,
  onFraction?: OnFraction,
): Promise<Checkpoint> {
  const state = trainer.state();
  const statistics = await calibrate(machine, trainer.sizes, state.parameters, data.train, onFraction);
  // A resumed run keeps its path, even if `auto` would now choose another one.
  const config = { ...trainer.config, path: trainer.path };
  return { ...state, ...statistics, config, vocabulary: data.vocabulary, words };
}
