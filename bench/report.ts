/** The result, for people; the JSON file has the same numbers, unrounded. */

import type { FloorRow } from "../src/measure/floor.ts";
import type { Profile } from "../src/measure/profile.ts";
import type { Roof } from "../src/measure/roof.ts";
import type { Spread, Timing } from "../src/measure/sampling.ts";
import { cpuWins, type StepRow } from "../src/measure/steps.ts";
import type { Environment } from "./environment.ts";
import type { KernelRow } from "./kernels.ts";
import type { PopulationRow } from "./populations.ts";
import { digits, logBar, percent, table } from "./table.ts";

export function headerText(e: Environment): string {
  const kind = { hardware: "hardware", software: "SOFTWARE: no GPU", cpu: "no GPU" }[e.kind];
  return [
    `adapter   ${e.adapter} (${kind})`,
    `machine   ${e.cpu}, ${e.cores} cores, ${e.platform}`,
    `versions  backprop-ninja ${e.version}, node ${e.node}, webgpu ${e.webgpu}`,
    `commit    ${e.commit ?? "not a git checkout"}`,
    `date      ${e.date}`,
  ].join("\n");
}

const spread = (t: Timing): string => `${digits(t.minUs)}–${digits(t.maxUs)}`;

export const floorText = (rows: readonly FloorRow[]): string =>
  table(
    ["floor", "µs", "min–max", "samples"],
    rows.map(({ name, timing: t }) => [name, digits(t.medianUs), spread(t), String(t.samples)]),
  );

export const roofText = ({ rows, peakGflopPerSecond, bandwidthGbPerSecond }: Roof): string =>
  [
    table(
      ["roof", "median", "min–max", "unit", "samples"],
      rows.map((r) => [
        r.name,
        digits(r.median),
        `${digits(r.low)}–${digits(r.high)}`,
        r.unit,
        String(r.timing.samples),
      ]),
    ),
    `The roof: ${digits(peakGflopPerSecond)} GFLOP/s and ${digits(bandwidthGbPerSecond)} GB/s, the best medians.`,
  ].join("\n");

const dimsText = (dims: KernelRow["dims"]): string =>
  Object.entries(dims)
    .map(([symbol, n]) => `${symbol}=${n}`)
    .join(" ");

interface Untimed {
  readonly what: string;
  readonly status: "timed" | "skipped" | "wrong";
  readonly reason?: string;
}

/** A line for each reason why rows were not timed. */
function untimed(rows: readonly Untimed[]): string[] {
  const byReason = new Map<string, string[]>();
  for (const r of rows.filter((r) => r.status !== "timed")) {
    const key = `${r.status === "wrong" ? "WRONG, not timed" : "skipped"}: ${r.reason}`;
    byReason.set(key, [...(byReason.get(key) ?? []), r.what]);
  }
  return [...byReason].map(([reason, what]) => `${reason}: ${what.join("; ")}`);
}

/** Rows of one shape, and why some were not timed. */
export function kernelsText(title: string, rows: readonly KernelRow[]): string {
  const timed = rows.filter((r) => r.timing);
  return [
    table(
      [
        `kernel at ${title}`,
        "sizes",
        "passes",
        "µs",
        "min–max",
        "GFLOP/s",
        "GB/s",
        "of roof",
        "plain ÷ fast",
      ],
      timed.map((r) => [
        r.op,
        dimsText(r.dims),
        String(r.dispatches),
        digits(r.timing!.medianUs),
        spread(r.timing!),
        digits(r.gflopPerSecond!),
        digits(r.gbPerSecond!),
        percent(r.roofShare!),
        r.plain ? digits(r.plain.medianUs / r.timing!.medianUs) : "",
      ]),
    ),
    ...untimed(rows.map((r) => ({ ...r, what: `${r.op} ${dimsText(r.dims)}` }))),
  ].join("\n");
}

/** Rows by size, each with a bar on a logarithmic scale. */
export function stepsText(rows: readonly StepRow[]): string {
  const timed = rows.filter((r) => r.timing);
  const medians = timed.map((r) => r.timing!.medianUs);
  const [least, most] = [Math.min(...medians), Math.max(...medians)];
  const ordered = [...rows].sort((a, b) => a.batch - b.batch || a.hidden - b.hidden);
  return [
    table(
      [
        "path",
        "hidden",
        "batch",
        "µs/step",
        "min–max",
        "examples/s",
        "dispatches",
        "submits",
        "least MB",
        "compile ms",
        "µs/step, logarithmic",
      ],
      ordered
        .filter((r) => r.timing)
        .map((r) => [
          r.path,
          String(r.hidden),
          String(r.batch),
          digits(r.timing!.medianUs),
          spread(r.timing!),
          digits(r.examplesPerSecond!),
          perStep(r.dispatchesPerStep!),
          perStep(r.submitsPerStep!),
          digits(r.minimumBytesPerStep! / 1e6),
          r.compileMs!.toFixed(0),
          logBar(r.timing!.medianUs, least, most),
        ]),
    ),
    ...untimed(ordered.map((r) => ({ ...r, what: `${r.path} at hidden ${r.hidden}, batch ${r.batch}` }))),
    winsText(rows),
  ].join("\n");
}

const METHODS: Readonly<Record<Profile["method"], string>> = {
  timestamps: "Each dispatch was timed in a pass of its own, many times, by the device's timestamps.",
  prefixes: "A dispatch's time is the step up to it less the step up to the one before, by the host's clock.",
  phases: "A phase's time is what the step takes longer if it runs three more times.",
};

/** The step's dispatches or phases in their order, and what lies between them. */
export function profileText(p: Profile): string {
  const phases = p.method === "phases";
  const { peakGflopPerSecond: flops, bandwidthGbPerSecond: bytes } = p.roof;
  const passes = p.profile.some((r) => r.pass !== "");
  const gap = (from: number, to: number) => `${to < from ? "−" : ""}${digits(Math.abs(to - from))}`;
  return [
    `profile of the ${p.path} step, hidden ${p.hidden}, batch ${p.batch}, ${p.optimizer}; checked against the CPU before it was timed`,
    ...(p.pathNote ? [p.pathNote] : []),
    table(
      [
        phases ? "phase" : "operation",
        ...(passes ? ["pass"] : []),
        "makes",
        "µs",
        "share",
        "kB",
        "MFLOP",
        "of roof",
        "empty µs",
        "bound by",
      ],
      p.profile.map((r) => [
        r.op,
        ...(passes ? [r.pass] : []),
        r.makes.join(" "),
        digits(r.us),
        percent(r.share),
        digits(r.bytes / 1e3),
        digits(r.flops / 1e6),
        percent(r.roofShare),
        digits(r.emptyUs),
        r.boundBy,
      ]),
    ),
    `The sum is ${digits(p.sumUs)} µs. A step among others in one pass takes ${digits(p.passUs)} (${gap(p.sumUs, p.passUs)} between ${phases ? "phases" : "dispatches"}), and as in training, with upload and readback, ${digits(p.stepUs)} (${gap(p.passUs, p.stepUs)} around the passes).`,
    METHODS[p.method],
    `Bound by dispatch: it takes less than two empty ones of as many workgroups; else by what takes longer at the roof of ${digits(flops)} GFLOP/s and ${digits(bytes)} GB/s.`,
  ].join("\n");
}

/** Rows by shape, then by the number of networks. */
export function populationsText(rows: readonly PopulationRow[]): string {
  const ratios = ({ least, most }: Spread) => `${digits(least)}–${digits(most)}`;
  return [
    table(
      [
        "networks",
        "hidden",
        "batch",
        "µs/network-step",
        "min–max",
        "× one",
        "least–most",
        "dispatches",
        "submits",
        "compile ms",
      ],
      rows
        .filter((r) => r.timing)
        .map((r) => [
          String(r.networks),
          String(r.hidden),
          String(r.batch),
          digits(r.timing!.medianUs),
          spread(r.timing!),
          digits(r.speedUp!.median),
          ratios(r.speedUp!),
          perStep(r.dispatchesPerNetworkStep!),
          perStep(r.submitsPerNetworkStep!),
          r.compileMs!.toFixed(0),
        ]),
    ),
    ...untimed(rows.map((r) => ({ ...r, what: `${r.networks} at hidden ${r.hidden}, batch ${r.batch}` }))),
  ].join("\n");
}

const perStep = (n: number): string => (Number.isInteger(n) ? String(n) : digits(n));

function winsText(rows: readonly StepRow[]): string {
  if (rows.every((r) => r.path === "cpu")) return "There is no GPU to compare the CPU with.";
  if (!rows.some((r) => r.timing && r.path === "cpu")) return "The CPU was not timed at any of these sizes.";
  const wins = cpuWins(rows);
  if (wins.length === 0) return "The CPU reference does not win at any of these sizes.";
  return [
    "The CPU reference wins at:",
    ...wins.map(
      ({ row, best }) =>
        `  hidden ${row.hidden}, batch ${row.batch}: ${digits(row.timing!.medianUs)} µs against ${digits(best.timing!.medianUs)} µs (${best.path})`,
    ),
  ].join("\n");
}
