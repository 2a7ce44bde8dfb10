/** Pieces of text that kernels share, plain and fast ones alike. */

/** 0, 1, …, length − 1: what an unrolled text runs over. */
export const range = (length: number): number[] => Array.from({ length }, (_, i) => i);

/** A line of text for each item. */
export const lines = <T>(items: readonly T[], line: (item: T, i: number) => string): string =>
  items.map(line).join("\n");

/** A WGSL f32 literal of exactly this float32 value; `${1.0}` alone would print an abstract integer. */
export const f32 = (value: number): string => {
  const text = String(Math.fround(value));
  return /[.e]/.test(text) ? `${text}f` : `${text}.0f`;
};
