import { DialectError } from "../error.ts";

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ["n", "\n"],
  ["t", "\t"],
  ["r", "\r"],
  ["\\", "\\"],
  ["'", "'"],
  ['"', '"'],
  ["0", "\0"],
  ["\n", ""],
]);

/** The text that a string literal's inside stands for. */
export function withEscapes(inside: string): string {
  return inside.replace(
    /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|([\s\S]))/g,
    (whole, byte, unit, character) =>
      byte || unit
        ? String.fromCharCode(Number.parseInt(byte ?? unit, 16))
        : (ESCAPES.get(character) ?? whole),
  );
}

/** The value of a number as Python writes it; an integer is a bigint. */
export function numberOf(text: string): bigint | number {
  const plain = text.replaceAll("_", "");
  if (/[jJ]$/.test(plain)) throw new DialectError(`\`${text}\` is a complex number; there are none here`);
  if (plain.length > 400) throw new DialectError("this number is too long");
  if (/^0[xXbBoO][\da-fA-F]+$/.test(plain) || /^\d+$/.test(plain)) return BigInt(plain);
  const value = Number(plain);
  if (Number.isNaN(value)) throw new DialectError(`\`${text}\` is not a number`);
  return value;
}
