import { DataError, type Progress } from "./error.ts";
import { parseWords, type WordList } from "./words.ts";

/** The name of the package's own list in messages and checkpoints. */
export const BUNDLED_SOURCE = "names-2018.txt";
/** Of its words joined by newlines, as checkpoints have it. */
const SHA256 = "71779929036aaf049a2268928187719ac43190941ebce328725dab9a4ec0dedd";

/** Whether a checkpoint's words are the bundled ones: a list of one's own may have the same name. */
export const isBundled = ({ source, sha256 }: { source: string; sha256: string }): boolean =>
  source === BUNDLED_SOURCE && sha256 === SHA256;

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
