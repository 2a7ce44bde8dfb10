import { standIn } from "../formats/stand_ins.ts";
import { DataError, type Progress, show } from "./error.ts";

/** The words of a file, in its order, repeats included. */
export interface WordList {
  /** As they stand in the file: whether the spaces and tabs around them count is a setting of the run. */
  words: string[];
  /** How many lines were dropped because they were empty or only white space. */
  blankLines: number;
  /** Where the words came from, for messages: a path, or a name. */
  source: string;
}

/** With fewer, one part of the 80/10/10 split would have no words. */
const FEWEST_WORDS = 10;
const ADVICE = "give UTF-8 text with one word a line";
/** Bytes decoded at a time, so that a big file is never in memory as text all at once. */
const CHUNK = 1 << 20;
const LF = 0x0a;
const CR = 0x0d;
const BOM = [0xef, 0xbb, 0xbf];

/**
 * Reads a word list: UTF-8, one word a line, lines ending where Python's `open()` ends them: LF, CR LF or CR, in any
 * mixture, optional on the last one. A byte-order mark is dropped, blank lines are dropped and counted, and words are otherwise kept exactly.
 *
 * @param source what messages call the list
 * @param options.onProgress called with "reading words" after each MiB
 * @throws DataError if the bytes are empty, binary, not UTF-8, a page or a Git LFS pointer, or if there are fewer than 10 words
 */
export function parseWords(
  bytes: Uint8Array,
  source = "a word list",
  { onProgress }: { onProgress?: Progress } = {},
): WordList {
  if (!ArrayBuffer.isView(bytes))
    throw new DataError(
      `${source}: parseWords takes the bytes of a file, not ${show(bytes)}; wordList makes a list of strings.`,
    );
  if (bytes.length === 0) throw new DataError(`${source}: the file is empty; ${ADVICE}.`);
  const other = standIn(bytes);
  if (other) throw new DataError(`${source}: it is ${other}.`);
  const nul = bytes.indexOf(0);
  if (nul >= 0) {
    throw new DataError(
      `${source}: looks like a binary or UTF-16 file (a NUL byte at offset ${nul}); re-save it as UTF-8 text.`,
    );
  }
  // A byte-order mark that does not start the file is a character of a word: the decoder must keep it.
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const words: string[] = [];
  let line = 0;
  let blankLines = 0;
  let start = BOM.every((byte, i) => bytes[i] === byte) ? BOM.length : 0;
  while (start < bytes.length) {
    const end = chunkEnd(bytes, start);
    let text: string;
    try {
      text = decoder.decode(bytes.subarray(start, end));
    } catch {
      throw undecodable(bytes, start, line, source);
    }
    const lines = text.split(/\r\n?|\n/);
    // A piece ends with the end of a line, which begins no other one.
    if (lines.at(-1) === "") lines.pop();
    for (const word of lines) {
      line++;
      if (word.trim() === "") blankLines++;
      else words.push(word);
    }
    start = end;
    onProgress?.("reading words", end / bytes.length);
  }
  requireEnoughWords(words.length, source);
  return { words, blankLines, source };
}

const isSpace = (code: number): boolean => code === 0x20 || code === 0x09;

/** The words without the spaces and tabs around them, which nobody sees in a file, and how many had some. */
export function strip(words: readonly string[]): { words: string[]; stripped: number } {
  let stripped = 0;
  const bare = words.map((word) => {
    let from = 0;
    let to = word.length;
    while (from < to && isSpace(word.charCodeAt(from))) from++;
    while (from < to && isSpace(word.charCodeAt(to - 1))) to--;
    if (to - from < word.length) stripped++;
    return word.slice(from, to);
  });
  return { words: bare, stripped };
}

/** Throws a DataError unless there are enough words for three splits. */
export function requireEnoughWords(count: number, source: string, advice = ADVICE): void {
  if (count >= FEWEST_WORDS) return;
  throw new DataError(
    `${source}: ${count} ${count === 1 ? "word" : "words"}, but at least ${FEWEST_WORDS} are needed; ${advice}.`,
  );
}

/** Whether a line ends just before `at`: CR LF is one end. */
const endsLine = (bytes: Uint8Array, at: number): boolean =>
  bytes[at - 1] === LF || (bytes[at - 1] === CR && bytes[at] !== LF);

/** The end of a piece from `start`: where a line ends (no UTF-8 sequence contains CR or LF), or the end of all. */
function chunkEnd(bytes: Uint8Array, start: number): number {
  if (start + CHUNK >= bytes.length) return bytes.length;
  let end = start + CHUNK;
  while (end > start && !endsLine(bytes, end)) end--;
  if (end > start) return end;
  end = start + CHUNK;
  while (end < bytes.length && !endsLine(bytes, end)) end++;
  return end;
}

/** The error for the first bytes from `start` that do not decode; `line` lines end before `start`. */
function undecodable(bytes: Uint8Array, start: number, line: number, source: string): DataError {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let at = start;
  while (at < bytes.length) {
    const lead = bytes[at];
    const length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (endsLine(bytes, at + 1)) line++;
    try {
      if (length > 1) decoder.decode(bytes.subarray(at, at + length));
    } catch {
      break;
    }
    at += length;
  }
  if (at >= bytes.length) return new DataError(`${source}: line ${line + 1} is too long; ${ADVICE}.`);
  const byte = bytes[at].toString(16).padStart(2, "0");
  return new DataError(
    `${source}: line ${line + 1} is not valid UTF-8 (byte 0x${byte} at offset ${at}); re-save the file as UTF-8.`,
  );
}
