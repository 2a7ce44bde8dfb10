/** Medians, ratios within a round, and the table. */
import type { Spread } from "../../src/measure/sampling.ts";
import { digits, table } from "../table.ts";
import type { Tried } from "./environments.ts";

export interface Result {
  readonly name: string;
  readonly on?: string;
  /** Seconds from the start of the process to the first loss: imports, compiling and data included. */
  readonly firstStep?: number;
  /** Largest difference of the first losses from the float64 reference. */
  readonly difference?: number;
  /** µs per step of one network. */
  readonly step?: Spread;
  /** The time as a multiple of the one's that it is compared with, round by round. */
  readonly ratio?: Spread;
  readonly steps?: number;
  /** The environment that it is timed in, and all that were tried. */
  readonly environment?: string;
  readonly tried?: readonly Tried[];
  /** Why it failed, if it did. */
  readonly failed?: string;
}

const columns = (s?: Spread): string[] =>
  s ? [digits(s.median), `${digits(s.least)}–${digits(s.most)}`] : ["", ""];

/** @param base the contender that the others are compared with */
export function report(results: readonly Result[], base = "ours", unit = "µs/step"): string {
  const head = ["", unit, "least–most", `× ${base}`, "least–most", "first step, s", "on"];
  const rows = results.map((r) => [
    r.name,
    ...columns(r.step),
    ...columns(r.ratio),
    r.firstStep?.toFixed(1) ?? "",
    r.failed ? `failed: ${r.failed}` : [r.on, r.environment].filter(Boolean).join(", "),
  ]);
  return table(head, rows);
}
