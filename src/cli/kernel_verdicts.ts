/** The verdict on a kernel as lines of text: a table of its cases, what there is to say, and a last line. */
import { oneLine } from "../data/error.ts";
import { type KernelReport, type KernelRow, placeOf } from "../exercises/kernels/report.ts";
import { linesOf } from "../exercises/kernels/tokens.ts";
import type { KernelTrained } from "../exercises/kernels/train.ts";
import type { GradeOptions } from "./options.ts";
import { integer } from "./output.ts";
import { lossesLine } from "./verdicts.ts";

export function formatKernelRows({ cases, mistake, message }: KernelReport, text: string): string[] {
  const table = [["sizes", "ok", "worst element"], ...cases.map(cells)];
  const widths = [0, 1].map((i) => Math.max(...table.map((row) => row[i].length)));
  const rows = table.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  // A message that is the verdict comes last; its line is shown, as a compiler would.
  const said = mistake?.says ?? (cases.length > 0 ? message : null);
  const place = placeOf(mistake?.says ?? message ?? "");
  const line = place && linesOf(text)[place.line - 1];
  return [
    ...(cases.length > 0 ? rows : []),
    ...(said === null ? [] : [`  ${oneLine(said)}`]),
    ...(place && line !== undefined ? [`  ${place.line} | ${oneLine(line.trimEnd())}`] : []),
  ];
}

const cells = ({ sizes, ok, worst }: KernelRow): string[] => [
  Object.entries(sizes)
    .map(([symbol, n]) => `${symbol} ${integer(n)}`)
    .join(", "),
  String(ok),
  worst
    ? `${worst.binding}[${worst.index}] ${numberText(worst.got)} want ${numberText(worst.want)}`
    : ok
      ? ""
      : "–",
];

const numberText = (value: number | null): string =>
  value === null ? "no number" : Number.isInteger(value) ? String(value) : value.toPrecision(8);

export function formatKernelTraining(trained: KernelTrained): string[] {
  const { firstDifference, ended } = trained;
  return [
    "",
    lossesLine(trained, "your kernel", "the project's"),
    ...(ended ? [`  yours ended in step ${integer(ended.step)}: ${ended.message}`] : []),
    firstDifference === null
      ? "  no result of the kernel differs in any step, but for rounding"
      : `  the first that differs beyond rounding: ${firstDifference.tensor} in step ${integer(firstDifference.step)}, where ${firstDifference.tensor}[${firstDifference.index}] is ${numberText(firstDifference.got)}, want ${numberText(firstDifference.want)}`,
  ];
}

/** The last line. */
export function kernelVerdictOf(report: KernelReport, o: Pick<GradeOptions, "hint" | "spellings">): string {
  const { ok, verdict, cases, message, training } = report;
  const hint = o.hint === undefined ? ". For a hint: --hint 1" : "";
  const all = `${cases.length} ${cases.length === 1 ? "case" : "cases"}`;
  if (ok) return `ok: right in all ${all}${o.spellings ? "" : ". For the project's kernel: --spellings"}`;
  const first = training?.firstDifference;
  const differs = first ? `training differs from step ${integer(first.step)} on` : "";
  if (verdict === "wrong") {
    const wrong = `wrong in ${cases.filter((row) => !row.ok).length} of ${all}`;
    return `NOT ok: ${[wrong, ...(differs ? [differs] : [])].join("; ")}${hint}`;
  }
  if (verdict === "right") return `NOT ok: right in all ${all}, but ${differs || message}`;
  return `NOT ok: ${oneLine(message ?? verdict)}`;
}
