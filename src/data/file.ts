import { readFile } from "node:fs/promises";
import { DataError, type Progress } from "./error.ts";
import { parseWords, type WordList } from "./words.ts";

const REASONS: Record<string, string> = {
  ENOENT: "there is no such file",
  EISDIR: "it is a directory",
  EACCES: "permission denied",
  EPERM: "permission denied",
};

/** The bytes of a file, under Node. Throws a DataError, one line, where it cannot be read. */
export async function readFileBytes(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    const { code = "", message } = error as NodeJS.ErrnoException;
    const reason = REASONS[code] ?? (code || message);
    throw new DataError(
      `cannot read the word list ${path}: ${reason}; give the path of a text file with one word a line.`,
    );
  }
}

/** Reads a word list from a path, under Node; see {@link parseWords} for what it must hold. */
export async function readWordFile(path: string, options?: { onProgress?: Progress }): Promise<WordList> {
  return parseWords(await readFileBytes(path), path, options);
}
