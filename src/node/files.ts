/** Files under Node: read with a clear error, write so that no reader ever sees half a file. */
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";

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
};

const reason = (error: unknown): string => {
  const { code = "", message } = error as NodeJS.ErrnoException;
  return reasons[code] ?? message;
};

/** @throws FileError naming what was wanted, the path, and why it failed */
export function readBytes(path: string, what: string): Uint8Array {
  try {
    const file = statSync(path);
    // Such as /dev/zero, which never ends.
    if (file.isCharacterDevice() || file.isBlockDevice()) throw new Error("it is a device, not a file");
    return readFileSync(path);
  } catch (error) {
    throw new FileError(`cannot read ${what} ${path}: ${reason(error)}`);
  }
}

/**
 * Writes beside the target, syncs and renames, so that a crash leaves the old file or the new one.
 * @throws FileError
 */
export function writeAtomically(path: string, bytes: Uint8Array): void {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    const file = openSync(temporary, "w");
    try {
      writeFileSync(file, bytes);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw new FileError(`cannot write ${path}: ${reason(error)}; choose another --out`);
  }
}

/** Makes the folder and tries a file in it, so that a bad path is refused before hours of work. @throws FileError */
export function ensureWritable(path: string): void {
  const probe = `${path}.${process.pid}.tmp`;
  try {
    if (path === "") throw new Error("the name is empty");
    const there = statSync(path, { throwIfNoEntry: false });
    if (there?.isDirectory()) throw Object.assign(new Error("it is a folder"), { code: "EISDIR" });
    // What is there would be replaced, not written to.
    if (there && !there.isFile()) throw new Error("it is no regular file");
    mkdirSync(dirname(path), { recursive: true });
    closeSync(openSync(probe, "w"));
    rmSync(probe);
  } catch (error) {
    throw new FileError(`cannot write ${path}: ${reason(error)}; choose another --out`);
  }
}
