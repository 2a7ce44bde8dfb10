/** How the walk writes numbers and characters. */

const MINUS = "−";
const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** 1.72, −0.0303, 2.1 · 10⁻⁷: as many digits as one reads. */
export function number(x: number, digits = 3): string {
  if (!Number.isFinite(x) || x === 0) return String(x + 0).replace("-", MINUS);
  const exponent = Math.floor(Math.log10(Math.abs(x)));
  if (exponent < -4 || exponent > 5) {
    const [mantissa, power] = x.toExponential(digits - 1).split("e");
    return `${mantissa.replace("-", MINUS)} · 10${superscript(Number(power))}`;
  }
  // Rounding may carry over into the next power of ten, so the decimals are counted after it.
  const rounded = Number(x.toPrecision(digits));
  const decimals = Math.max(0, digits - 1 - Math.floor(Math.log10(Math.abs(rounded))));
  return x.toFixed(decimals).replace("-", MINUS);
}

const superscript = (power: number): string =>
  String(power)
    .replace("-", "⁻")
    .replace(/\d/g, (d) => SUPERSCRIPTS[Number(d)]);

/** In a product, a negative number stands in brackets. */
export const factor = (x: number): string => (x < 0 ? `(${number(x)})` : number(x));

/** 3.1 %. */
export const percent = (share: number, digits = share < 0.1 ? 2 : 3): string =>
  `${number(100 * share, digits)} %`;

export const count = (n: number): string => n.toLocaleString("en");

/** `1 example`, `3 examples`. */
export const counted = (n: number, one: string, many = `${one}s`): string =>
  `${count(n)} ${n === 1 ? one : many}`;

/** A power of ten that makes values up to `most` short numbers, and how a caption says so. */
export function unitOf(most: number): { readonly factor: number; readonly text: string } {
  if (!(most > 0) || !Number.isFinite(most) || (most >= 1 && most < 100)) return { factor: 1, text: "" };
  const exponent = Math.floor(Math.log10(most));
  return { factor: 10 ** -exponent, text: `in units of 10${superscript(exponent)}` };
}

/** A character as it can be seen. */
export function glyph(character: string): string {
  if (character === " ") return "␣";
  if (/^\p{M}/u.test(character)) return `◌${character}`;
  if (/^[\p{Z}\p{C}]/u.test(character))
    return `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}`;
  return character;
}

/** Places of a context that are shown: the last ones. */
export const SHOWN_PLACES = 8;

/** A context in letters, its beginning left out if it is long. */
export function contextText(context: ArrayLike<number>, characters: readonly string[]): string {
  const shown = Array.from(context, (token) => glyph(characters[token]));
  return shown.length > SHOWN_PLACES ? `…${shown.slice(-SHOWN_PLACES).join("")}` : shown.join("");
}
