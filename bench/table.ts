/** Plain text tables, and numbers in a readable form. */

/** Columns as wide as their widest cell; text to the left, numbers to the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((_, c) => Math.max(...[head, ...rows].map((row) => row[c]?.length ?? 0)));
  const numeric = head.map((_, c) => rows.every((row) => /^[\d.,–-]*( ?%)?$/.test(row[c] ?? "")));
  const line = (row: readonly string[]) =>
    row
      .map((cell, c) => (numeric[c] ? cell.padStart(widths[c]) : cell.padEnd(widths[c])))
      .join("  ")
      .trimEnd();
  return [line(head), widths.map((w) => "-".repeat(w)).join("  "), ...rows.map(line)].join("\n");
}

/** Three significant digits, no exponent: 0.0213, 4.10, 617, 354,000. */
export function digits(x: number): string {
  if (x === 0) return "0";
  const decimals = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(x))));
  return x.toLocaleString("en-US", {
    minimumFractionDigits: Math.min(decimals, 6),
    maximumFractionDigits: Math.min(decimals, 6),
  });
}

export const percent = (share: number): string => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;

/** A bar on a logarithmic scale from `least` to `most`. */
export function logBar(x: number, least: number, most: number, width = 24): string {
  if (most <= least) return "█".repeat(width);
  return "█".repeat(1 + Math.round(((width - 1) * Math.log(x / least)) / Math.log(most / least)));
}
