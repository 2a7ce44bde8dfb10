import { readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { DataError, type Progress } from "./error.ts";
import { parseWords, type WordList } from "./words.ts";

const REASONS: Record<string, string> = {
  ENOENT: "there is no such file",
  EISDIR: "it is a directory",
  EACCES: "permission denied",
  EPERM: "permission denied",
  ENAMETOOLONG: "the name is too long",
  ERR_FS_FILE_TOO_LARGE: "it is larger than 2 GiB",
};

/**
 * The bytes of a file, under Node. Throws a one-line DataError if it cannot be read.
 * @param options.pipe whether a pipe is accepted: the user's own `<(…)` ends, one named in a stranger's file may not
 */
export async function readFileBytes(path: string, { pipe = true } = {}): Promise<Uint8Array> {
  try {
    const file = await stat(path);
    // A device such as /dev/zero never ends either.
    if (!file.isFile() && !file.isDirectory() && !(pipe && file.isFIFO()))
      throw new Error("it is a device or a pipe, not a file");
    return await readFile(path);
  } catch (error) {
    const { code = "", message } = error as NodeJS.ErrnoException;
    const reason = REASONS[code] ?? (code || message);
    // The folder may be another than the user thinks.
    const where = code === "ENOENT" && resolve(path) !== path ? ` (${resolve(path)})` : "";
    throw new DataError(
      `cannot read the word list ${path}: ${reason}${where}; give the path of a text file with one word a line.`,
    );
  }
}

/** Reads a word list from a path, under Node; see {@link parseWords} for what it must hold. */
export async function readWordFile(path: string, options?: { onProgress?: Progress }): Promise<WordList> {
  return parseWords(await readFileBytes(path), path, options);
}
