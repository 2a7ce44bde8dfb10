/** Pieces of text that kernels share, plain and fast ones alike. */

/** 0, 1, …, length − 1: what an unrolled text runs over. */
export const range = (length: number): number[] => Array.from({ length }, (_, i) => i);

/** A line of text for each item. */
export const lines = <T>(items: readonly T[], line: (item: T, i: number) => string): string =>
  items.map(line).join("\n");

/** A WGSL f32 literal of exactly this float32 value, in as few digits as tell it; `${1.0}` alone would print an abstract integer. */
export const f32 = (value: number): string => {
  const exact = Math.fround(value);
  const digits = range(9).find((d) => Math.fround(Number(exact.toPrecision(d + 1))) === exact) ?? 8;
  const text = String(Number(exact.toPrecision(digits + 1)));
  return /[.e]/.test(text) ? `${text}f` : `${text}.0f`;
};

/** `a + n`, or just `a` for 0. */
export const plus = (a: string, n: number): string => (n === 0 ? a : `${a} + ${n}u`);
