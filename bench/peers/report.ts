/** Medians, ratios within a round, and the table. */
import { digits, table } from "../table.ts";

export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

export interface Result {
  readonly name: string;
  readonly on?: string;
  /** Seconds from the start of the process to the first loss: imports, compiling and data included. */
  readonly firstStep?: number;
  /** Largest difference of the first losses from the float64 reference. */
  readonly difference?: number;
  /** µs per step. */
  readonly step?: Spread;
  /** The time as a multiple of our fastest one's, round by round. */
  readonly ratio?: Spread;
  readonly steps?: number;
  /** Why it failed, if it did. */
  readonly failed?: string;
}

export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const median = (sorted[Math.floor(middle)] + sorted[Math.ceil(middle)]) / 2;
  return { median, least: sorted[0], most: sorted[sorted.length - 1] };
}

const columns = (s?: Spread): string[] =>
  s ? [digits(s.median), `${digits(s.least)}–${digits(s.most)}`] : ["", ""];

/** @param base the contender that the others are compared with */
export function report(results: readonly Result[], base = "ours"): string {
  const head = ["", "µs/step", "least–most", `× ${base}`, "least–most", "first step, s", "on"];
  const rows = results.map((r) => [
    r.name,
    ...columns(r.step),
    ...columns(r.ratio),
    r.firstStep?.toFixed(1) ?? "",
    r.failed ? `failed: ${r.failed}` : (r.on ?? ""),
  ]);
  return table(head, rows);
}
