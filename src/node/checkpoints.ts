/** Checkpoint files: where they go, and how they are found again. */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from "../train/checkpoint.ts";
import { FileError, readBytes, writeAtomically } from "./files.ts";

/** Runs without --out are saved here, one file each. */
const FOLDER = "runs";

export const loadCheckpoint = (path: string): Checkpoint =>
  decodeCheckpoint(readBytes(path, "checkpoint"), path);

export const saveCheckpoint = (path: string, c: Checkpoint): void =>
  writeAtomically(path, encodeCheckpoint(c));

/** `runs/2026-01-31T12-00-00.000.safetensors`, so that no two runs share a file. */
export const newCheckpointPath = (now = new Date()): string =>
  join(FOLDER, `${now.toISOString().slice(0, 23).replaceAll(":", "-")}.safetensors`);

/** The newest file of `runs`. @throws FileError if there is none */
export function newestCheckpoint(): string {
  let files: string[] = [];
  try {
    files = readdirSync(FOLDER).filter((f) => f.endsWith(".safetensors"));
  } catch {
    // A missing folder counts as an empty one.
  }
  const paths = files.map((f) => join(FOLDER, f));
  const [newest] = paths.sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
  if (!newest)
    throw new FileError(
      `there is no checkpoint in ${FOLDER}/; run "npm run train" first, or give --checkpoint FILE`,
    );
  return newest;
}
