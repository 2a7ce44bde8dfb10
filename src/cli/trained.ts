/** The trained network that a command works on: a checkpoint's, or weights of another program with what a run lends them. */
import { Option } from "commander";
import type { Split } from "../data/examples.ts";
import { loadCheckpoint, loadWeights } from "../node/checkpoints.ts";
import type { Machine } from "../plan/machine.ts";
import { brokenText } from "../train/broken.ts";
import { type Checkpoint, modelOf } from "../train/checkpoint.ts";
import { sizesOf } from "../train/config.ts";
import { calibrate, type Model } from "../train/evaluate.ts";
import type { LentWeights } from "../train/lent.ts";
import type { Output } from "./output.ts";

/** Weights that PyTorch saved are of no known step. */
export type Trained = LentWeights & Partial<Pick<Checkpoint, "step" | "best" | "broken">>;

export const likeOption = (): Option =>
  new Option(
    "--like <run>",
    "a checkpoint whose vocabulary and words go with --checkpoint, if that has weights but no metadata, as PyTorch saves them; sizes come from the shapes",
  );

/** A line if the weights come of a gradient that was broken on purpose. */
export function noteBroken({ broken }: Pick<Trained, "broken">, out: Output): void {
  if (broken?.length) out.notice(`this network was trained ${brokenText(broken)}`);
}

/** @throws FileError, CheckpointError */
export const loadTrained = (file: string, like: string | undefined): Trained =>
  like === undefined ? loadCheckpoint(file) : loadWeights(file, loadCheckpoint(like));

/**
 * Its model, calibrated over the training words if the file has no statistics.
 * @param train asked for only then
 */
export async function modelOfTrained(
  machine: Machine,
  trained: Trained,
  train: () => Promise<Split>,
  out: Output,
): Promise<Model> {
  const { bnmean, bnvar, config, vocabulary, parameters } = trained;
  if (bnmean && bnvar) return modelOf({ ...trained, bnmean, bnvar });
  out.note("the weights come without bnmean and bnvar: calibrating BatchNorm over the training words");
  const [sizes, split] = [sizesOf(config, vocabulary.size), await train()];
  const statistics = await out.phase("calibrating BatchNorm", (onFraction) =>
    calibrate(machine, sizes, parameters, split, onFraction),
  );
  return modelOf({ ...trained, ...statistics });
}
