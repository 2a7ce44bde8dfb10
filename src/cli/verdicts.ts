/** A learner's verdicts as lines of text: each gradient's `cmp` row, and below it what there is to say. */
import { oneLine } from "../data/error.ts";
import { repr } from "../exercises/dialect/display.ts";
import { shapeText } from "../exercises/dialect/tensor.ts";
import type { Shown } from "../exercises/judge.ts";
import { textsOf, worthALook } from "../exercises/looks.ts";
import type { LinesReport, LinesRow, Verdict } from "../exercises/report.ts";
import { placeText } from "../exercises/text.ts";
import { SHOWN, type Trained } from "../exercises/train.ts";
import { PARAMETERS, type ParameterName } from "../model/tensors.ts";
import { integer } from "./output.ts";

/** A verdict in words; what is to be mended first comes first. */
const WORDS: Readonly<Record<Verdict, string>> = {
  right: "right",
  wrong: "WRONG",
  error: "error",
  "right-here": "right here",
  "right-in-itself": "right in itself",
  missing: "missing",
};

/** Verdicts that come in long runs, behind one wrong line or before anything is written: beyond a few they are counted. */
const COUNTED: ReadonlySet<Verdict> = new Set(["right-in-itself", "missing"]);
const FEW = 6;

/** Characters of a skipped statement that are shown, and lines of a list: more than a whole notebook has. */
const MOST_TEXT = 100;
const MOST_LINES = 200;

/** What the file prints, and the lines that are in no row: those that were skipped, go wrong or look like a slip. */
export function aside(shown: Shown, report: LinesReport): string[] {
  const looks = worthALook(shown, report);
  return [
    ...section("the file prints", shown.prints),
    ...section(
      "skipped, since no gradient depends on it",
      first(shown.skipped.map(({ at, text }) => `${placeText(at)}: ${cut(text)}`)),
    ),
    ...section(
      "worth a look",
      first(looks.map(({ at, message }) => (at ? `${placeText(at)}: ${message}` : message))),
    ),
  ];
}

const cut = (text: string): string => (text.length > MOST_TEXT ? `${text.slice(0, MOST_TEXT)}…` : text);

const first = (lines: readonly string[]): readonly string[] =>
  lines.length > MOST_LINES
    ? [...lines.slice(0, MOST_LINES), `… and ${lines.length - MOST_LINES} more`]
    : lines;

const section = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : [`${title}:`, ...lines.map((line) => `  ${oneLine(line)}`.trimEnd()), ""];

/** @param more what else stands below a row */
export function formatRows({ rows }: LinesReport, more: (row: LinesRow) => readonly string[]): string[] {
  return rows.flatMap((row, i) => [
    ...(row.exercise === rows[i - 1]?.exercise ? [] : [...(i > 0 ? [""] : []), titleOf(row.exercise)]),
    `${row.name.padEnd(15)} | ${cmpOf(row)} | ${WORDS[row.verdict]}`,
    ...sentences(row).map((line) => `  ${oneLine(line)}`),
    ...more(row).map((line) => `  ${line}`),
  ]);
}

const titleOf = (exercise: number): string => (exercise === 0 ? "warm-up" : `exercise ${exercise}`);

/** What the notebook's `cmp` prints, so wide that the verdicts stand below each other. */
function cmpOf({ verdict, exact, approximate, maxdiff, shape }: LinesRow): string {
  const row = (difference: string): string =>
    `exact: ${bool(exact)} | approximate: ${bool(approximate)} | maxdiff: ${difference.padEnd(22)}`;
  if (exact !== null) return row(maxdiff === null ? "no number" : repr(maxdiff));
  const why =
    verdict === "missing"
      ? "not yet"
      : shape === null
        ? "no value"
        : `cannot be compared: its shape is ${shapeText(shape)}`;
  return why.padEnd(row("").length);
}

const bool = (value: boolean | null): string => (value ? "True" : "False").padEnd(5);

function sentences(row: LinesRow): string[] {
  const { verdict, cell, line } = row;
  // The row says these words already.
  const said = textsOf(row).map((text) => text.replace(/^(?:right in itself, but|not yet;?) ?/, ""));
  const texts = said.filter((text) => text !== "");
  if (line === null || (texts.length === 0 && verdict === "right")) return texts;
  const [first = "no known mistake gives these values", ...rest] = texts;
  const where = placeText({ cell, line });
  return [first.startsWith(`${where} `) ? first : `${where}: ${first}`, ...rest];
}

/** @param yours what trains, and what the other network has in its place */
export function lossesLine(
  { steps, losses }: Pick<Trained, "steps" | "losses">,
  yours: string,
  right: string,
): string {
  const loss = (value: number) => (Number.isFinite(value) ? value.toFixed(4) : "no number");
  return `training: ${integer(steps)} steps; mean loss of the last ${Math.min(SHOWN, steps)}: ${loss(losses.yours)} with ${yours}, ${loss(losses.right)} with ${right}`;
}

export function formatTraining(trained: Trained): string[] {
  const { firstDifference, lent, diverged } = trained;
  return [
    "",
    lossesLine(trained, "yours", "the right gradients"),
    ...(diverged === null ? [] : [`  with yours, the loss is no number from step ${integer(diverged)} on`]),
    ...lentLines(lent),
    firstDifference === null
      ? "  no gradient differs in any step, but for rounding"
      : `  the first that differs beyond rounding: ${firstDifference.tensor} in step ${integer(firstDifference.step)}`,
  ];
}

/** Whose gradients were taken where the file has none. */
function lentLines(lent: readonly ParameterName[]): string[] {
  if (lent.length === 0) return [];
  if (lent.length === PARAMETERS.length)
    return ["  the file has no parameter's gradient, so both networks trained with the right ones"];
  return [`  the right ones stand in for ${lent.map((name) => `d${name}`).join(", ")}`];
}

/** One line: how many rows are right, and which are not. */
export function verdictOf({ ok, rows, training }: LinesReport): string {
  if (rows.length === 0)
    return "NOT ok: the file computes none of the gradients that are asked for; --exercise 1 lists them";
  if (ok) return `ok: ${rows.length === 1 ? "the row is" : `all ${rows.length} rows are`} right`;
  const others = (Object.keys(WORDS) as Verdict[])
    .filter((verdict) => verdict !== "right")
    .map(
      (verdict) => [verdict, rows.filter((row) => row.verdict === verdict).map(({ name }) => name)] as const,
    )
    .filter(([, names]) => names.length > 0)
    .map(([verdict, names]) => `${WORDS[verdict].toLowerCase()}: ${listed(verdict, names)}`);
  const right = rows.filter((row) => row.verdict === "right").length;
  const trained = training?.firstDifference
    ? [`training differs from step ${integer(training.firstDifference.step)} on`]
    : [];
  return `NOT ok: ${right} of ${rows.length} ${rows.length === 1 ? "row" : "rows"} right; ${[...others, ...trained].join("; ")}`;
}

/** The first gradient to which a hint may help. A line that no one can run, or that another one spoils, needs none. */
export const toHint = ({ rows }: LinesReport): string | undefined =>
  rows.find(
    ({ verdict, mistake }) =>
      verdict === "missing" || verdict === "right-here" || (verdict === "wrong" && mistake?.id !== "alias"),
  )?.name;

const listed = (verdict: Verdict, names: readonly string[]): string =>
  COUNTED.has(verdict) && names.length > FEW ? `${names.length} rows` : names.join(", ");
