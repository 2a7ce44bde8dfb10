/** How the check writes numbers, indices and shapes. */

const MINUS = "−";

/** As many digits as a float32 number has. */
export const value = (x: number): string => written(x, 8);
/** Two digits, enough for an order of magnitude. */
export const rough = (x: number): string => written(x, 2);

function written(x: number, digits: number): string {
  if (!Number.isFinite(x) || x === 0) return String(x).replace("-", MINUS);
  const magnitude = Math.abs(x);
  const text =
    magnitude >= 1e-3 && magnitude < 1e6
      ? String(Number(x.toPrecision(digits)))
      : x.toExponential(digits - 1).replace(/\.?0+e/, "e");
  return text.replaceAll("-", MINUS).replace("e+", "e");
}

/** 12,345; larger numbers as a power of ten. */
export const count = (n: number): string => (n < 1e7 ? n.toLocaleString("en") : rough(n));

/** How many roundings, as far as it matters. */
export const roundingsText = (n: number): string =>
  Number.isFinite(n) ? (n < 100 ? rough(n) : count(Math.round(n))) : "∞";

export const shapeText = (shape: readonly number[]): string => shape.join("×") || "scalar";

export const indexText = (name: string, at: readonly number[]): string =>
  at.length === 0 ? name : `${name}[${at.join(", ")}]`;
