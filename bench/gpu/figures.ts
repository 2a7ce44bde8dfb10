/** The key figures of each part, read from what it wrote. Where it wrote nothing of the kind, these throw or have no line. */
import type { KernelVerdict } from "../../src/gpu/selftest.ts";
import type { FloorRow } from "../../src/measure/floor.ts";
import type { ProfileRow } from "../../src/measure/profile.ts";
import type { Roof } from "../../src/measure/roof.ts";
import type { CheckReport } from "../../src/train/check.ts";
import type { Result as Peer } from "../peers/report.ts";
import { digits, percent } from "../table.ts";
import type { Written } from "./runner.ts";

type Figures = (written: Written) => readonly string[];

export const lastLine: Figures = ({ text }) => [text.trimEnd().split("\n").at(-1) ?? ""];

export const doctor: Figures = ({ json }) => {
  const kernels: readonly KernelVerdict[] = json.kernels;
  const wrong = kernels.filter(({ ok }) => !ok);
  return [
    `${kernels.length - wrong.length} of ${kernels.length} kernels agree with the CPU reference`,
    ...wrong.map(({ message }) => message),
  ];
};

export const check: Figures = ({ json }) => {
  const { rows } = json as CheckReport;
  const judged = rows.filter(({ within }) => within !== null);
  const worst = judged.reduce((a, b) => (b.roundings! > a.roundings! ? b : a));
  return [
    `${judged.filter(({ within }) => within).length} of ${rows.length} rows right, ${worst.name} off by most: ${digits(worst.roundings!)} roundings of 64`,
  ];
};

export const floor: Figures = ({ json }) => {
  const rows: readonly FloorRow[] = json.floor;
  const { peakGflopPerSecond, bandwidthGbPerSecond } = json.roof as Roof;
  return [
    `${digits(peakGflopPerSecond)} GFLOP/s, ${digits(bandwidthGbPerSecond)} GB/s`,
    ...rows.map(({ name, timing }) => `${name}: ${digits(timing.medianUs)} µs`),
  ];
};

const shapeOf = ({ hidden, batch }: { hidden: number; batch: number }): string => `${hidden}x${batch}`;

/** A line for each shape. */
function byShape<R extends { hidden: number; batch: number }>(
  rows: readonly R[],
  say: (row: R) => string,
): string[] {
  const lines = new Map<string, string[]>();
  for (const row of rows) lines.set(shapeOf(row), [...(lines.get(shapeOf(row)) ?? []), say(row)]);
  return [...lines].map(([shape, said]) => `${shape}: ${said.join(", ")}`);
}

/** A time, or why there is none. */
const timeOf = (row: { status: string; timing?: { medianUs: number }; reason?: string }): string =>
  row.timing ? `${digits(row.timing.medianUs)} µs` : `${row.status} (${row.reason})`;

export const steps: Figures = ({ json }) =>
  byShape(
    (json.steps as { hidden: number; batch: number; path: string; status: string }[]) ?? [],
    (row) => `${row.path} ${timeOf(row)}`,
  );

/** Dispatches that take most of the step. */
const MOST = 3;

export const profile: Figures = ({ json }) => {
  const rows = json.profile as readonly ProfileRow[];
  const most = [...rows].sort((a, b) => b.us - a.us).slice(0, MOST);
  return [
    `${rows.length} rows, ${digits(json.sumUs)} µs, in a step of ${digits(json.stepUs)} µs`,
    ...most.map(
      ({ op, pass, us, share, boundBy }) =>
        `${op}${pass && ` (${pass})`}: ${digits(us)} µs, ${percent(share)}, bound by ${boundBy}`,
    ),
  ];
};

export const peers: Figures = ({ json }) => [
  `× ${json.base}`,
  ...(json.results as readonly Peer[]).map((r) =>
    r.step
      ? `${r.name}: ${digits(r.step.median)} µs${r.ratio ? `, × ${digits(r.ratio.median)}` : ""}`
      : `${r.name}: ${r.failed}`,
  ),
  ...(json.leftOut as readonly { name: string; why: string }[]).map(({ name, why }) => `${name}: ${why}`),
];

/** The sweep says itself what it found. */
export const sweep: Figures = ({ json }) => json.found;
