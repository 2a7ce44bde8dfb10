/** The word list a command works on. */
import { resolve } from "node:path";
import { BUNDLED_SOURCE, isBundled, loadBundledBytes } from "../data/bundled.ts";
import { DataError } from "../data/error.ts";
import { buildDataset, type Dataset } from "../data/examples.ts";
import { readFileBytes } from "../data/file.ts";
import type { Vocabulary } from "../data/vocabulary.ts";
import { parseWords, type WordList } from "../data/words.ts";
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

/** In the place of a path, and what messages and checkpoints call it. */
const STDIN = "-";
const STDIN_SOURCE = "standard input";

/**
 * Reads `path`, standard input or the bundled list, and makes the splits.
 * @throws DataError
 */
export async function loadDataset(
  path: string | undefined,
  o: WordSettings & { vocabulary?: Vocabulary },
  out: Output,
): Promise<LoadedWords> {
  return build(await readList(path, out), o, out);
}

export interface ReadList {
  readonly list: WordList;
  readonly source: WordSource;
}

/** @param pipe whether a pipe is accepted for a file @throws DataError */
export async function readList(
  path: string | undefined,
  out: Output,
  { pipe = true } = {},
): Promise<ReadList> {
  const name = path === STDIN ? STDIN_SOURCE : (path ?? BUNDLED_SOURCE);
  const bytes = await bytesOf(path, out, pipe);
  const list = await out.phase(`reading words from ${name}`, (onFraction) =>
    parseWords(bytes, name, { onProgress: (_, fraction) => onFraction(fraction) }),
  );
  if (list.blankLines > 0) out.notice(`${name}: dropped ${integer(list.blankLines)} blank lines`);
  const file = path === undefined || path === STDIN ? {} : { path: resolve(path) };
  return { list, source: { ...(await wordSource(list)), ...file } };
}

async function bytesOf(path: string | undefined, out: Output, pipe: boolean): Promise<Uint8Array> {
  if (path === undefined) return loadBundledBytes();
  if (path !== STDIN) return readFileBytes(path, { pipe });
  if (process.stdin.isTTY) out.notice("reading words from standard input, one a line, until Ctrl-D");
  const pieces: Uint8Array[] = [];
  for await (const piece of process.stdin) pieces.push(piece);
  return Buffer.concat(pieces);
}

async function build(
  { list, source }: ReadList,
  o: WordSettings & { vocabulary?: Vocabulary },
  out: Output,
): Promise<LoadedWords> {
  const dataset = await out.phase("building examples", (onFraction) =>
    buildDataset(list, { ...o, onProgress: (_, fraction) => onFraction(fraction) }),
  );
  if (dataset.stripped > 0)
    out.notice(
      `${list.source}: stripped spaces and tabs from the ends of ${integer(dataset.stripped)} ${dataset.stripped === 1 ? "line" : "lines"}; --keep-spaces keeps them`,
    );
  return { dataset, source };
}

/** A list, with its splits for settings that read it differently; each is made once. */
export class WordsCache {
  readonly #read: ReadList;
  readonly #out: Output;
  readonly #made = new Map<string, Promise<LoadedWords>>();

  constructor(read: ReadList, out: Output) {
    this.#read = read;
    this.#out = out;
  }

  /** @throws DataError */
  for({ context, keepSpaces, terminator }: WordSettings): Promise<LoadedWords> {
    const key = JSON.stringify([context, keepSpaces, terminator]);
    const made = this.#made.get(key) ?? build(this.#read, { context, keepSpaces, terminator }, this.#out);
    this.#made.set(key, made);
    return made;
  }
}

/**
 * The words a checkpoint was trained on, or those of `path` if it is given.
 * @throws FileError if they are gone or have changed, and no `path` is given
 */
export async function loadCheckpointWords(
  path: string | undefined,
  { words, vocabulary, config }: Pick<Checkpoint, "words" | "vocabulary" | "config">,
  out: Output,
): Promise<LoadedWords> {
  const read = path === undefined ? await findWords(words, out) : await readList(path, out);
  const loaded = await build(read, { ...config, vocabulary }, out);
  if (loaded.source.sha256 !== words.sha256)
    out.notice(
      `${loaded.source.source} is not the list this checkpoint was trained on; using it anyway, since you asked for it`,
    );
  return loaded;
}

/** The list with the checkpoint's hash: where it was, or where its name leads from here. @throws FileError */
async function findWords({ source, path, sha256 }: WordSource, out: Output): Promise<ReadList> {
  if (isBundled({ source, sha256 })) return readList(undefined, out);
  const problems: string[] = [];
  const files = path === undefined || path === resolve(source) ? [source] : [path, source];
  for (const file of source === STDIN_SOURCE ? [] : files) {
    try {
      // A checkpoint may come from anyone, and so may the path in it.
      const read = await readList(file, out, { pipe: false });
      // Called as it always was.
      if (read.source.sha256 === sha256) return { ...read, source: { ...read.source, source } };
      problems.push(`${file} has other words`);
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      problems.push(error.message.replace(/; give the path.*$/, ""));
    }
  }
  const lost = problems.join(", and ") || "nothing keeps what came from there";
  throw new FileError(
    `this checkpoint was trained on ${source} (SHA-256 of its words ${sha256.slice(0, 12)}…), but ${lost}; give --words FILE, that list or another one`,
  );
}
