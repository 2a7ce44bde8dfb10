/** Files under Node: read with a clear error, write so that no reader ever sees half a file. */
import { randomBytes } from "node:crypto";
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { lookedFor } from "./folder.ts";

export class FileError extends Error {
  override name = "FileError";
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file or folder",
  EISDIR: "it is a folder",
  ENOTDIR: "a part of the path is not a folder",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
  ENOSPC: "the disk is full",
  ENAMETOOLONG: "the name is too long",
  ERR_FS_FILE_TOO_LARGE: "it is larger than 2 GiB",
  EDQUOT: "the disk quota is used up",
  EFBIG: "the file is larger than the system allows",
};

export const reason = (error: unknown): string => {
  const { code = "", message } = error as NodeJS.ErrnoException;
  return reasons[code] ?? message;
};

/** @throws FileError with what was to be read, the path, and the reason */
export function readBytes(path: string, what: string): Uint8Array {
  try {
    const file = statSync(path);
    // Such as /dev/zero, which never ends.
    if (file.isCharacterDevice() || file.isBlockDevice()) throw new Error("it is a device, not a file");
    return readFileSync(path);
  } catch (error) {
    const where = (error as NodeJS.ErrnoException).code === "ENOENT" ? lookedFor(path) : "";
    throw new FileError(`cannot read ${what} ${path}: ${reason(error)}${where}`);
  }
}

/**
 * Writes beside the target, syncs, renames and syncs the folder, so that a crash leaves the old file or the new one.
 * @throws FileError
 */
export function writeAtomically(path: string, bytes: Uint8Array): void {
  const temporary = temporaryFor(path);
  try {
    const file = openSync(temporary, "wx");
    try {
      writeFileSync(file, bytes);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
    syncFolder(dirname(path));
  } catch (error) {
    try {
      rmSync(temporary, { force: true });
    } catch {
      // If its folder is gone, so is the file.
    }
    throw new FileError(`cannot write ${path}: ${reason(error)}; choose another --out`);
  }
}

/** Makes the folder and creates a file in it, so that a bad path is refused before hours of work. @throws FileError */
export function ensureWritable(path: string): void {
  const probe = temporaryFor(path);
  try {
    if (path === "") throw new Error("the name is empty");
    const there = statSync(path, { throwIfNoEntry: false });
    if (there?.isDirectory()) throw Object.assign(new Error("it is a folder"), { code: "EISDIR" });
    // A device or pipe would be replaced, not written to.
    if (there && !there.isFile()) throw new Error("it is not a regular file");
    mkdirSync(dirname(path), { recursive: true });
    closeSync(openSync(probe, "wx"));
    rmSync(probe);
    removeStale(path);
  } catch (error) {
    throw new FileError(`cannot write ${path}: ${reason(error)}; choose another --out`);
  }
}

/** A name that no other process, and no other write of this one, uses. */
const temporaryFor = (path: string): string => `${path}.${process.pid}.${randomBytes(4).toString("hex")}.tmp`;

/** Removes what killed processes left of `path`: temporary files more than a minute old whose process is gone. */
function removeStale(path: string): void {
  for (const name of readdirSync(dirname(path))) {
    const [, target, pid] = name.match(/^(.*)\.(\d+)\.[0-9a-f]{8}\.tmp$/) ?? [];
    const file = join(dirname(path), name);
    if (target !== basename(path) || isRunning(Number(pid))) continue;
    const written = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Number.POSITIVE_INFINITY;
    if (Date.now() - written > 60_000) rmSync(file, { force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

/** Makes a rename survive a power cut, where the system can sync a folder. */
function syncFolder(folder: string): void {
  try {
    const handle = openSync(folder, "r");
    try {
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
  } catch {
    // Windows cannot open a folder, and some file systems cannot sync one; the file itself is complete either way.
  }
}
