import { Command, Option } from "commander";
import { loadBundledWords } from "../data/bundled.ts";
import { oneLine } from "../data/error.ts";
import { buildDataset } from "../data/examples.ts";
import { repr } from "../exercises/dialect/display.ts";
import type { Skipped } from "../exercises/dialect/index.ts";
import { readSource, type Source } from "../exercises/files.ts";
import { gradeLines, shownBy } from "../exercises/judge.ts";
import type { LinesReport, LinesRow, Verdict } from "../exercises/report.ts";
import { MOST_STEPS, SHOWN, type Trained, trainBeside, withTraining } from "../exercises/train.ts";
import { PARAMETERS, type ParameterName } from "../model/tensors.ts";
import { readBytes } from "../node/files.ts";
import { ConfigError, DEFAULTS } from "../train/config.ts";
import { number } from "./options.ts";
import { integer, type Output, output } from "./output.ts";

interface GradeOptions {
  readonly exercise?: string;
  readonly train?: number;
  readonly json: boolean;
  readonly debug: boolean;
}

export const gradeCommand = (): Command =>
  new Command("grade")
    .description(
      "Judges your own backward pass: every gradient in a file of the notebook's lines, with the mistake you made. Nothing in the file is executed but its lines on tensors.",
    )
    .argument(
      "<file>",
      "a .py or .txt file, or a notebook (.ipynb), whose code cells are read in their order",
    )
    .addOption(
      new Option(
        "--exercise <number>",
        "the notebook's exercise (default: whatever the file defines)",
      ).choices(["1", "2", "3", "4"]),
    )
    .option(
      "--train <steps>",
      "exercise 4: train a network with the file's gradients beside one with the right ones, on the CPU",
      number,
    )
    .option("--json", "one JSON object on stdout, and nothing else there", false)
    .option("--debug", "show the stack of an error", false)
    .action(grade);

async function grade(file: string, o: GradeOptions): Promise<void> {
  requireSteps(o);
  const out = output(o.json);
  const source = readSource(readBytes(file, "file"), file);
  const exercise = o.exercise === undefined ? undefined : (Number(o.exercise) as 1 | 2 | 3 | 4);
  let report = gradeLines(source, { exercise });
  if (!o.json) {
    const { prints, skipped } = shownBy(source, { exercise });
    for (const line of section("the file prints", prints)) out.result(line);
    for (const line of section("skipped, since no gradient depends on it", skipped.map(skippedLine)))
      out.result(line);
  }
  for (const line of formatRows(report)) out.result(line);
  if (o.train !== undefined) {
    const trained = await train(source, o.train, out);
    if (trained) report = withTraining(report, trained);
    else out.note("nothing trains: the file computes no gradient");
  }
  out.event({ ...report });
  out.result(verdictOf(report));
  if (!report.ok) process.exitCode = 1;
}

/** @throws ConfigError */
function requireSteps({ train, exercise }: GradeOptions): void {
  if (train === undefined) return;
  if (!Number.isInteger(train) || train < 1 || train > MOST_STEPS)
    throw new ConfigError(`--train is ${train}; it must be a whole number from 1 to ${MOST_STEPS}`);
  if (exercise !== undefined && exercise !== "4")
    throw new ConfigError(
      `--train cannot go with --exercise ${exercise}, since training is exercise 4; leave one of them out`,
    );
}

async function train(source: Source, steps: number, out: Output): Promise<Trained | undefined> {
  const { train, vocabulary } = buildDataset(await loadBundledWords(), { context: DEFAULTS.context });
  const bar = out.bar(steps);
  try {
    const trained = await trainBeside(source, {
      steps,
      train,
      vocabulary: vocabulary.size,
      onStep: (done) => bar.update(done, "training beside the right gradients"),
    });
    if (trained) for (const line of formatTraining(trained)) out.result(line);
    return trained;
  } finally {
    bar.stop();
  }
}

const skippedLine = ({ at, text }: Skipped): string => `${placeOf(at)}: ${text}`;

const placeOf = ({ cell, line }: { cell: number | null; line: number | null }): string =>
  cell === null ? `line ${line}` : `cell ${cell}, line ${line}`;

const section = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : [`${title}:`, ...lines.map((line) => `  ${oneLine(line)}`), ""];

const TITLES: Readonly<Record<number, string>> = { 0: "warm-up" };

/** Each gradient's `cmp` row with its verdict, and below it what there is to say. */
function formatRows({ rows }: LinesReport): string[] {
  return rows.flatMap((row, i) => [
    ...(row.exercise === rows[i - 1]?.exercise ? [] : [TITLES[row.exercise] ?? `exercise ${row.exercise}`]),
    `${cmpRow(row)} | ${WORDS[row.verdict]}`,
    ...sentences(row).map((line) => `  ${oneLine(line)}`),
  ]);
}

/** A verdict in words. */
const WORDS: Readonly<Record<Verdict, string>> = {
  right: "right",
  "right-here": "right here",
  "right-in-itself": "right in itself",
  wrong: "WRONG",
  missing: "missing",
  error: "error",
};

/** The notebook's row, with the gradient's own name. */
function cmpRow({ name, exact, approximate, maxdiff }: LinesRow): string {
  const title = name.padEnd(15);
  if (exact === null || approximate === null || maxdiff === null) return `${title} | no value`;
  const bool = (value: boolean) => (value ? "True" : "False").padEnd(5);
  return `${title} | exact: ${bool(exact)} | approximate: ${bool(approximate)} | maxdiff: ${repr(maxdiff).padEnd(22)}`;
}

function sentences({ verdict, cell, line, mistake, note, message }: LinesRow): string[] {
  const said = [message, mistake?.says ?? null, note].filter((text) => text !== null);
  if (line === null || (said.length === 0 && verdict === "right")) return said;
  const [first = "no known mistake gives these values", ...more] = said;
  return [`${placeOf({ cell, line })}: ${first}`, ...more];
}

function formatTraining({ steps, firstDifference, losses, lent, diverged }: Trained): string[] {
  const last = Math.min(SHOWN, steps);
  const loss = (value: number) => (Number.isFinite(value) ? value.toFixed(4) : "no number");
  return [
    "",
    `exercise 4: ${integer(steps)} steps; mean loss of the last ${last}: ${loss(losses.yours)} with yours, ${loss(losses.right)} with the right gradients`,
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
function verdictOf({ ok, rows, training }: LinesReport): string {
  if (rows.length === 0) return "NOT ok: the file computes none of the gradients that are asked for";
  if (ok) return `ok: ${rows.length === 1 ? "the row is" : `all ${rows.length} rows are`} right`;
  const others = (Object.keys(WORDS) as Verdict[])
    .filter((verdict) => verdict !== "right")
    .map(
      (verdict) => [verdict, rows.filter((row) => row.verdict === verdict).map(({ name }) => name)] as const,
    )
    .filter(([, names]) => names.length > 0)
    .map(([verdict, names]) => `${WORDS[verdict].toLowerCase()}: ${names.join(", ")}`);
  const right = rows.filter((row) => row.verdict === "right").length;
  const trained = training?.firstDifference
    ? [`training differs from step ${training.firstDifference.step} on`]
    : [];
  return `NOT ok: ${right} of ${rows.length} rows right; ${[...others, ...trained].join("; ")}`;
}
