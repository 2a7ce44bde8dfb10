/** What was measured, in words and units for people. */
import type { StepRow } from "../../measure/steps.ts";
import type { Measured } from "./measure.ts";

/** Three digits. */
export const figure = (x: number): string => x.toLocaleString("en", { maximumSignificantDigits: 3 });

const UNITS = [
  ["s", 1e6],
  ["ms", 1e3],
  ["µs", 1],
] as const;

/** Microseconds, in the unit that suits them. */
export function time(us: number): string {
  const [unit, size] = UNITS.find(([, size]) => us >= size) ?? ["µs", 1];
  return `${figure(us / size)} ${unit}`;
}

/** From the least to the most, in the unit of the most. */
export function range(leastUs: number, mostUs: number): string {
  const [unit, size] = UNITS.find(([, size]) => mostUs >= size) ?? ["µs", 1];
  return `${figure(leastUs / size)}–${figure(mostUs / size)} ${unit}`;
}

/** Rows of one size of network. */
export interface Size {
  readonly title: string;
  readonly rows: readonly StepRow[];
  /** Which path is fastest there, and by how much. */
  readonly says: string;
}

export function sizesOf(rows: readonly StepRow[]): Size[] {
  const titles = new Map<string, StepRow[]>();
  for (const row of rows) {
    const title = `hidden ${row.hidden.toLocaleString("en")}, batch ${row.batch.toLocaleString("en")}`;
    titles.set(title, [...(titles.get(title) ?? []), row]);
  }
  return [...titles].map(([title, rows]) => ({
    title,
    rows,
    says: `${title[0].toUpperCase()}${title.slice(1)}: ${fastest(rows)}`,
  }));
}

const us = (row: StepRow): number => row.timing?.medianUs ?? Number.POSITIVE_INFINITY;

function fastest(rows: readonly StepRow[]): string {
  const [cpu, paths] = [rows.find((r) => r.path === "cpu"), rows.filter((r) => r.path !== "cpu" && r.timing)];
  if (paths.length === 0)
    return cpu?.timing ? `a step takes the CPU reference ${time(us(cpu))}.` : "nothing could be timed.";
  const best = paths.reduce((a, b) => (us(b) < us(a) ? b : a));
  const begun = `the ${best.path} path is the fastest, with ${time(us(best))} a step`;
  if (!cpu?.timing) return `${begun}.`;
  const times = us(cpu) / us(best);
  return times >= 1
    ? `${begun}, ${figure(times)} times as fast as the CPU reference.`
    : `${begun}, but the CPU reference is ${figure(1 / times)} times as fast.`;
}

/** The result as the command line's `bench --json` writes it. */
export const jsonOf = (measured: Measured): string => `${JSON.stringify(measured, null, 1)}\n`;

/** `2026-11-26-google-swiftshader.json`, as files in `bench/results` are called. */
export function fileName({ environment: { date, adapter } }: Measured): string {
  const name = adapter
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "");
  return `${date.slice(0, 10)}-${name || "device"}.json`;
}
