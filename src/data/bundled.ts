import { DataError, type Progress } from "./error.ts";
import { parseWords, type WordList } from "./words.ts";

/** The name of the package's own list in messages and checkpoints. */
export const BUNDLED_SOURCE = "names-2018.txt";

/**
 * The bytes of the bundled list. It is a module, because every host and bundler knows where those are; a file beside them is lost.
 * @throws DataError if it cannot be loaded, as in a page that has lost its server
 */
export async function loadBundledBytes(): Promise<Uint8Array> {
  const { NAMES } = await import("../../data/names-2018.ts").catch((error: Error) => {
    throw new DataError(`cannot load the bundled word list: ${error.message}; if this is a page, reload it.`);
  });
  return new TextEncoder().encode(NAMES);
}

/** The bundled word list, in Node and in a browser: see data/README.md. */
export async function loadBundledWords(options?: { onProgress?: Progress }): Promise<WordList> {
  return parseWords(await loadBundledBytes(), BUNDLED_SOURCE, options);
}
