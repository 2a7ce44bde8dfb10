import { DataError, type Progress, quote } from "./error.ts";

/** The words of a file, in its order, repeats included. */
export interface WordList {
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
const NEWLINE = 0x0a;
const BOM = [0xef, 0xbb, 0xbf];

/**
 * Reads a word list: UTF-8, one word a line, lines ending in LF or CRLF (optional on the last one). A
 * byte-order mark is dropped, blank lines are dropped and counted, and words are otherwise kept exactly.
 *
 * @param source what messages call the list
 * @param options.onProgress called with "reading words" after each MiB
 * @throws DataError if the bytes are empty, binary or not UTF-8, if there are fewer than 10 words, or if a
 *   word contains "."
 */
export function parseWords(
  bytes: Uint8Array,
  source: string,
  { onProgress }: { onProgress?: Progress } = {},
): WordList {
  if (bytes.length === 0) throw new DataError(`${source}: the file is empty; ${ADVICE}.`);
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
    for (let from = 0; from < text.length; ) {
      const newline = text.indexOf("\n", from);
      const to = newline < 0 ? text.length : newline;
      const word = text.slice(from, to > from && text[to - 1] === "\r" ? to - 1 : to);
      from = to + 1;
      line++;
      if (word.trim() === "") blankLines++;
      else if (word.includes(".")) {
        throw new DataError(
          `${source}: line ${line}, ${quote(word)}, contains ".", which marks the end of a word; remove it.`,
        );
      } else words.push(word);
    }
    start = end;
    onProgress?.("reading words", end / bytes.length);
  }
  requireEnoughWords(words.length, source);
  return { words, blankLines, source };
}

/** Throws a DataError unless there are enough words for three splits. */
export function requireEnoughWords(count: number, source: string): void {
  if (count >= FEWEST_WORDS) return;
  throw new DataError(
    `${source}: ${count} ${count === 1 ? "word" : "words"}, but at least ${FEWEST_WORDS} are needed; ${ADVICE}.`,
  );
}

/** The end of a piece from `start`: after a newline (no UTF-8 sequence contains one), or the end of all. */
function chunkEnd(bytes: Uint8Array, start: number): number {
  if (start + CHUNK >= bytes.length) return bytes.length;
  const last = bytes.lastIndexOf(NEWLINE, start + CHUNK - 1);
  if (last >= start) return last + 1;
  const next = bytes.indexOf(NEWLINE, start + CHUNK);
  return next < 0 ? bytes.length : next + 1;
}

/** The error for the first bytes from `start` that do not decode; `line` lines end before `start`. */
function undecodable(bytes: Uint8Array, start: number, line: number, source: string): DataError {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let at = start;
  while (at < bytes.length) {
    const lead = bytes[at];
    const length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (lead === NEWLINE) line++;
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
