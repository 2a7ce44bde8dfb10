/**
 * A word list or a vocabulary that cannot be used. The message is one line: where, what is wrong, what to do.
 */
export class DataError extends Error {
  override name = "DataError";
}

/** Called while a long piece of work goes on: with its name and the fraction done, in [0, 1]. */
export type Progress = (phase: string, fraction: number) => void;

/** Text on one line. Characters that break it, hide what follows or control a terminal are escaped. */
export const oneLine = (text: string): string =>
  text.replace(
    /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu,
    (c) => `\\u{${(c.codePointAt(0) as number).toString(16)}}`,
  );

/** A piece of the user's text fit for a one-line message: quoted, escaped, and cut at 40 characters. */
export function quote(text: string): string {
  const characters = Array.from(text.slice(0, 82));
  return oneLine(JSON.stringify(characters.length > 40 ? `${characters.slice(0, 40).join("")}…` : text));
}

/** Any value, as it came from a file or an address, fit for a one-line message. */
export function show(value: unknown): string {
  if (typeof value === "string") return quote(value);
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? "a list" : "an object";
  return String(value);
}
