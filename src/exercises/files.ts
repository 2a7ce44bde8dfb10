/** What a learner brings: a Python file, a text, or a notebook, as code for the judge. */
import { quote } from "../data/error.ts";
import { standIn } from "../formats/stand_ins.ts";

/** A file that cannot be graded. The message is one line: which file, what is wrong, what to do. */
export class SourceError extends Error {
  override name = "SourceError";
}

/** A text, or a notebook's code cells in their order; the first is cell 1. */
export type Source = string | readonly string[];

/** Most characters of code: five times a whole solved notebook, so that the worst of them is judged within a second. */
export const MOST_CODE = 100_000;

/** Most bytes of a file: pictures in a notebook's outputs take room, and its code does not. */
export const MOST_BYTES = 2 ** 27;

/**
 * The code in a file, by the ending of its name: `.py` and `.txt` are a text, `.ipynb` is a notebook, of which the code cells are taken.
 * @param name the file's name or path, also for messages
 * @throws SourceError
 */
export function readSource(bytes: Uint8Array, name: string): Source {
  const ending = /\.[^./\\]*$/.exec(name)?.[0].toLowerCase() ?? "";
  if (ending !== ".py" && ending !== ".txt" && ending !== ".ipynb")
    throw new SourceError(
      `${name}: ${ending === "" ? "the name has no ending" : `${quote(ending)} files are not read`}; give a .py, .txt or .ipynb file`,
    );
  if (bytes.length > MOST_BYTES)
    throw new SourceError(
      `${name}: the file has ${inMebibytes(bytes.length)} MiB, and at most ${inMebibytes(MOST_BYTES)} are read; clear the notebook's outputs, or give the code alone`,
    );
  const text = decode(bytes, name);
  const source = ending === ".ipynb" ? codeCells(text, name) : text;
  const parts = typeof source === "string" ? [source] : source;
  if (parts.every((part) => part.trim() === ""))
    throw new SourceError(`${name}: there is no code in it; give the lines that compute the gradients`);
  requireLength(source, `${name}: its code`);
  return source;
}

/** Most bytes of a kernel's file, of which the judge says how long it is; more are no kernel. */
const MOST_BYTES_OF_KERNEL = 2 ** 20;

/** The text of a `.wgsl` file. @throws SourceError */
export function readKernel(bytes: Uint8Array, name: string): string {
  if (bytes.length > MOST_BYTES_OF_KERNEL)
    throw new SourceError(
      `${name}: the file has ${inMebibytes(bytes.length)} MiB, and a kernel is a few thousand characters; give the kernel alone`,
    );
  return decode(bytes, name);
}

/**
 * @param what begins the message
 * @throws SourceError for more code than is judged
 */
export function requireLength(source: Source, what: string): void {
  const parts = typeof source === "string" ? [source] : source;
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  if (length > MOST_CODE)
    throw new SourceError(
      `${what} has ${length} characters, and at most ${MOST_CODE} are read; give the lines that compute the gradients alone`,
    );
}

const inMebibytes = (bytes: number): number => Math.ceil(bytes / 2 ** 20);

/** @throws SourceError for what is not UTF-8, or only stands for the file */
function decode(bytes: Uint8Array, name: string): string {
  const other = standIn(bytes);
  if (other) throw new SourceError(`${name}: it is ${other}`);
  const [first, second] = bytes;
  const utf16 = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  const nul = utf16 ? -1 : bytes.indexOf(0);
  if (utf16 || nul >= 0)
    throw new SourceError(
      `${name}: looks like UTF-16 or a binary file (${utf16 ? "its first two bytes say so" : `a NUL byte at offset ${nul}`}); save it as UTF-8 text`,
    );
  try {
    // A byte-order mark at the start is dropped.
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new SourceError(
      `${name}: line ${firstUndecodable(bytes)} is not valid UTF-8; save the file as UTF-8 text`,
    );
  }
}

/** The first line that does not decode: no character's bytes but its own are a newline, so each line stands for itself. */
function firstUndecodable(bytes: Uint8Array): number {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let line = 1;
  for (let start = 0; start < bytes.length; line++) {
    const newline = bytes.indexOf(0x0a, start);
    const end = newline < 0 ? bytes.length : newline + 1;
    try {
      decoder.decode(bytes.subarray(start, end));
    } catch {
      return line;
    }
    start = end;
  }
  return line;
}

/** Code cells of a notebook, as nbformat 4 has them, or 3. @throws SourceError */
function codeCells(text: string, name: string): string[] {
  const notebook = record(parse(text, name));
  const worksheets: readonly unknown[] = Array.isArray(notebook?.worksheets) ? notebook.worksheets : [];
  const lists = [notebook?.cells, ...worksheets.map((sheet) => record(sheet)?.cells)].filter(Array.isArray);
  if (!notebook || lists.length === 0)
    throw new SourceError(
      `${name}: is JSON, but no notebook: it has no list of cells; save it as .ipynb from Jupyter or Colab`,
    );
  refuseOtherLanguages(notebook, name);
  const cells = lists.flat().map(record);
  const code = cells.filter((cell) => cell?.cell_type === "code");
  if (code.length === 0)
    throw new SourceError(
      `${name}: none of its ${cells.length} cells is a code cell; the gradients belong in one`,
    );
  return code.map((cell, i) => sourceOf(cell?.source ?? cell?.input, i + 1, name));
}

/** A cell's text: one string, or one a line. */
function sourceOf(source: unknown, number: number, name: string): string {
  if (typeof source === "string") return source;
  if (Array.isArray(source) && source.every((line) => typeof line === "string")) return source.join("");
  throw new SourceError(
    `${name}: code cell ${number} has no text as its source; save the notebook again from Jupyter or Colab`,
  );
}

function refuseOtherLanguages(notebook: Readonly<Record<string, unknown>>, name: string): void {
  const metadata = record(notebook.metadata);
  const language = record(metadata?.language_info)?.name ?? record(metadata?.kernelspec)?.language;
  if (typeof language === "string" && !/python/i.test(language))
    throw new SourceError(
      `${name}: its language is ${quote(language)}, and the exercises' is Python; give a Python notebook`,
    );
}

/** @throws SourceError that says where the JSON ends to be JSON, as far as the engine says it */
function parse(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const position = /at position (\d+)/.exec((error as Error).message)?.[1];
    const line = position === undefined ? undefined : text.slice(0, Number(position)).split("\n").length;
    const where =
      text.trim() === ""
        ? "the file is empty"
        : `it is not valid JSON${line === undefined ? "" : ` (line ${line})`}`;
    throw new SourceError(
      `${name}: is not a notebook: ${where}; save it again from Jupyter or Colab, or give its code as a .py file`,
    );
  }
}

/** An object of the JSON; undefined for anything else. */
const record = (value: unknown): Readonly<Record<string, unknown>> | undefined =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
