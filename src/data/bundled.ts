import { DataError, type Progress } from "./error.ts";
import { parseWords, type WordList } from "./words.ts";

/** The name of the package's own list in messages and checkpoints. */
export const BUNDLED_SOURCE = "names-2018.txt";

/** The bytes of the bundled list: read from disk under Node, fetched as an asset in a browser. */
export async function loadBundledBytes(): Promise<Uint8Array> {
  // A bundler recognises an asset by exactly this form.
  const url = new URL("../../data/names-2018.txt", import.meta.url);
  if (url.protocol === "file:") {
    // Not an import, which bundlers for browsers would follow.
    return process.getBuiltinModule("node:fs/promises").readFile(url);
  }
  const response = await fetch(url);
  if (!response.ok) {
    throw new DataError(
      `cannot load the bundled word list: ${url} answered ${response.status}; reload the page.`,
    );
  }
  return new Uint8Array(await response.arrayBuffer());
}

/** The bundled word list, in Node and in a browser: see data/README.md. */
export async function loadBundledWords(options?: { onProgress?: Progress }): Promise<WordList> {
  return parseWords(await loadBundledBytes(), BUNDLED_SOURCE, options);
}
