/**
 * A word list or a vocabulary that cannot be used. The message is one line: where, what is wrong, what to do.
 */
export class DataError extends Error {
  override name = "DataError";
}

/** Told how far a long piece of work is: its name, and the fraction of it in [0, 1] that is done. */
export type Progress = (phase: string, fraction: number) => void;

/** A piece of the user's text fit for a one-line message: quoted, escaped, and cut at 40 characters. */
export function quote(text: string): string {
  const characters = Array.from(text.slice(0, 82));
  return JSON.stringify(characters.length > 40 ? `${characters.slice(0, 40).join("")}…` : text);
}
