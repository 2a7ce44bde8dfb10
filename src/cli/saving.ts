/** When and where a run's checkpoint is written, whatever fails. */
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { cpuMachine } from "../cpu/machine.ts";
import { newCheckpointPath, saveCheckpoint } from "../node/checkpoints.ts";
import { FileError } from "../node/files.ts";
import { started } from "../node/started.ts";
import type { Machine } from "../plan/machine.ts";
import type { Checkpoint } from "../train/checkpoint.ts";
import { DivergenceError } from "../train/divergence.ts";
import { snapshot } from "../train/snapshot.ts";
import type { Trainer } from "../train/trainer.ts";
import { integer, type Output } from "./output.ts";
import type { LoadedWords } from "./words.ts";

/** What saving needs to know about a run. */
export interface Saved extends LoadedWords {
  readonly machine: Machine;
  readonly file: string;
  readonly resumed?: Checkpoint;
  readonly out: Output;
}

/** Calibrates BatchNorm over the training set. */
export const take = (r: Saved, trainer: Trainer, phase = r.out.phase): Promise<Checkpoint> =>
  phase("calibrating BatchNorm", (onFraction) =>
    snapshot(r.machine, trainer, r.dataset, r.source, onFraction),
  );

/** A failure is only noted: a disk that is full now may have room next time. */
export function saveOnTheWay({ file, out }: Saved, checkpoint: Checkpoint): void {
  try {
    saveCheckpoint(file, checkpoint);
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    out.notice(
      `${error.message}; training goes on from step ${integer(checkpoint.step)}, and saves again later`,
    );
  }
}

/** Writes the checkpoint, or if that fails, into the temporary folder, so that no training is lost. @throws FileError */
export function saveSomewhere(file: string, checkpoint: Checkpoint): { file: string; error?: Error } {
  try {
    saveCheckpoint(file, checkpoint);
    return { file };
  } catch (error) {
    const other = join(tmpdir(), basename(newCheckpointPath()));
    try {
      saveCheckpoint(other, checkpoint);
    } catch {
      throw error;
    }
    return { file: other, error: error as Error };
  }
}

/**
 * Training failed, and the trainer is back at its last good step: saves that, then throws the error again. A run that
 * diverged is not saved: the weights just before are useless, and their statistics may not be finite.
 */
export async function rescue(r: Saved, trainer: Trainer, error: unknown): Promise<never> {
  const { step } = trainer;
  if (error instanceof DivergenceError) {
    if (existsSync(r.file)) r.out.notice(`${r.file} stays as it was last saved`);
  } else if (step > (r.resumed?.step ?? 0)) {
    try {
      // The device may be what failed.
      const checkpoint = await take(r, trainer).catch(() => take({ ...r, machine: cpuMachine() }, trainer));
      const { file } = saveSomewhere(r.file, checkpoint);
      r.out.notice(
        `saved ${file} at step ${integer(step)}; to go on: ${started("train", `--resume ${file}`)}`,
      );
    } catch (unsaved) {
      r.out.notice(`step ${integer(step)} cannot be saved: ${(unsaved as Error).message}`);
    }
  }
  throw error;
}
