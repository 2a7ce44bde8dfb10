/** The notebook's own word list, fetched from the makemore repository when the user asks for it. */
import { DataError } from "../../data/error.ts";
import { sha256Hex } from "../../data/sha256.ts";

export const NOTEBOOK_NAME = "names.txt";
const URL_OF_LIST = "https://raw.githubusercontent.com/karpathy/makemore/master/names.txt";
/** Milliseconds for a quarter of a megabyte. */
const PATIENCE = 15_000;
const SHA256 = "0a30b5557f192f32ab962680889aac5f6fda0f4cecf40a6d0b5694f58ea8cc4d";

/** @throws DataError if it cannot be fetched, or is not the list that the notebook was trained on */
export async function fetchNotebookList(fetcher: typeof fetch = fetch): Promise<Uint8Array> {
  const advice = "check your connection, or open the file yourself";
  let response: Response;
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    response = await fetcher(URL_OF_LIST, { signal: AbortSignal.timeout(PATIENCE) });
    bytes = new Uint8Array(await response.arrayBuffer());
  } catch (error) {
    const { name, message } = error as Error;
    const why = name === "TimeoutError" ? `it did not come within ${PATIENCE / 1000} s` : message;
    throw new DataError(`cannot fetch ${URL_OF_LIST}: ${why}; ${advice}.`);
  }
  if (!response.ok)
    throw new DataError(`cannot fetch ${URL_OF_LIST}: it answered ${response.status}; ${advice}.`);
  const sha256 = await sha256Hex(bytes);
  if (sha256 !== SHA256)
    throw new DataError(
      `${URL_OF_LIST} is not the list the notebook used: its SHA-256 is ${sha256.slice(0, 12)}…, not ${SHA256.slice(0, 12)}…; it was not used.`,
    );
  return bytes;
}
