/** Numbers as the page shows them. */

const WHOLE = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

export const integer = (n: number): string => WHOLE.format(n);

export const percent = (share: number, digits = 0): string => `${(100 * share).toFixed(digits)} %`;

/** `12 s`, `3 min 20 s`, `1 h 05 min`. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return "–";
  const s = Math.round(seconds);
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${String(s % 60).padStart(2, "0")} s`;
  return `${Math.floor(s / 3600)} h ${String(Math.floor((s % 3600) / 60)).padStart(2, "0")} min`;
}
