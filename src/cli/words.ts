/** The word list a command works on. */
import { BUNDLED_SOURCE, isBundled, loadBundledBytes } from "../data/bundled.ts";
import { buildDataset, type Dataset } from "../data/examples.ts";
import { readFileBytes } from "../data/file.ts";
import type { Vocabulary } from "../data/vocabulary.ts";
import { parseWords } from "../data/words.ts";
import { FileError } from "../node/files.ts";
import { type Checkpoint, type WordSource, wordSource } from "../train/checkpoint.ts";
import type { TrainConfig } from "../train/config.ts";
import { integer, type Output } from "./output.ts";

export interface LoadedWords {
  readonly dataset: Dataset;
  readonly source: WordSource;
}

/** What decides how a list is read. */
export type WordSettings = Pick<TrainConfig, "context" | "keepSpaces" | "terminator">;

/**
 * Reads `path`, or the bundled list, and makes the splits.
 * @throws DataError
 */
export async function loadDataset(
  path: string | undefined,
  o: WordSettings & { vocabulary?: Vocabulary; pipe?: boolean },
  out: Output,
): Promise<LoadedWords> {
  const source = path ?? BUNDLED_SOURCE;
  const bytes = path === undefined ? await loadBundledBytes() : await readFileBytes(path, o);
  const list = await out.phase(`reading words from ${source}`, (onFraction) =>
    parseWords(bytes, source, { onProgress: (_, fraction) => onFraction(fraction) }),
  );
  if (list.blankLines > 0) out.notice(`${source}: dropped ${integer(list.blankLines)} blank lines`);
  const dataset = await out.phase("building examples", (onFraction) =>
    buildDataset(list, { ...o, onProgress: (_, fraction) => onFraction(fraction) }),
  );
  if (dataset.stripped > 0)
    out.notice(
      `${source}: stripped spaces and tabs from the ends of ${integer(dataset.stripped)} lines; --keep-spaces keeps them`,
    );
  return { dataset, source: await wordSource(list) };
}

/**
 * The words a checkpoint was trained on, or those of `path` if it is given.
 * @throws FileError if they are gone or have changed, and no `path` is given
 */
export async function loadCheckpointWords(
  path: string | undefined,
  checkpoint: Pick<Checkpoint, "words" | "vocabulary" | "config">,
  out: Output,
): Promise<LoadedWords> {
  const { source, sha256 } = checkpoint.words;
  const wanted = path ?? (isBundled(checkpoint.words) ? undefined : source);
  const { vocabulary, config } = checkpoint;
  // A checkpoint may come from anyone, and so may the path in it.
  const o = { ...config, vocabulary, pipe: path !== undefined };
  const loaded = await loadDataset(wanted, o, out).catch((error: Error) => {
    if (path !== undefined) throw error;
    throw new FileError(
      `${error.message} The checkpoint was trained on it; if it has moved, give --words FILE.`,
    );
  });
  if (loaded.source.sha256 !== sha256) {
    if (path === undefined)
      throw new FileError(
        `${source} is not the list this checkpoint was trained on (its SHA-256 differs); give --words FILE to use another list`,
      );
    out.notice(
      `${path} is not the list this checkpoint was trained on; using it anyway, since you asked for it`,
    );
  }
  return loaded;
}
