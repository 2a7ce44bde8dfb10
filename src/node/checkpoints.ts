/** Checkpoint files: where they go, and how they are found again. */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from "../train/checkpoint.ts";
import { decodeWeights, type LentWeights } from "../train/lent.ts";
import { FileError, readBytes, writeAtomically } from "./files.ts";
import { runsFolder } from "./folder.ts";
import { started } from "./started.ts";

export const loadCheckpoint = (path: string): Checkpoint =>
  decodeCheckpoint(readBytes(path, "checkpoint"), path);

/** Weights without a checkpoint's metadata, such as PyTorch saves; `like` lends it. @throws FileError, CheckpointError */
export const loadWeights = (path: string, like: Checkpoint): LentWeights =>
  decodeWeights(readBytes(path, "the weights"), path, like);

export const saveCheckpoint = (path: string, c: Checkpoint): void =>
  writeAtomically(path, encodeCheckpoint(c));

/** Where a run without --out is saved: `runs/2026-01-31T12-00-00.000.safetensors`, so that no two share a file. */
export const newCheckpointPath = (now = new Date()): string =>
  join(runsFolder(), `${now.toISOString().slice(0, 23).replaceAll(":", "-")}.safetensors`);

/** The newest file of `runs`. @throws FileError if there is none */
export function newestCheckpoint(): string {
  const folder = runsFolder();
  let files: string[] = [];
  try {
    files = readdirSync(folder).filter((f) => f.endsWith(".safetensors"));
  } catch {
    // A missing folder counts as an empty one.
  }
  const paths = files.map((f) => join(folder, f));
  const [newest] = paths.sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
  if (!newest)
    throw new FileError(
      `there is no checkpoint in ${folder}/; run "${started("train")}" first, or give --checkpoint FILE`,
    );
  return newest;
}
