/** What a learner may ask for beside the verdicts: hints that open one by one, and how others write a line that is right. */
import { TASKS } from "../exercises/catalogue.ts";
import { nearest } from "../exercises/dialect/nearest.ts";
import { HINTS, type Hint, hintsOf, taskNamed } from "../exercises/hints.ts";
import type { LinesReport, LinesRow } from "../exercises/report.ts";
import { ConfigError } from "../train/config.ts";
import type { GradeOptions } from "./options.ts";

/** @throws ConfigError for what --json has no place for */
export function requireNoHints({ hint, spellings }: GradeOptions): void {
  if (hint !== undefined || spellings)
    throw new ConfigError("--hint and --spellings are for people; leave them or --json out");
}

/** Which gradient's hints are wanted, and how many of them. */
export interface Wanted {
  readonly name: string;
  readonly count: number;
}

/** @param text `dprobs`, or `dprobs:3` for the first three @throws ConfigError */
export function wantedHints(text: string): Wanted {
  const [, name, count = "1"] = /^([^:]*)(?::(.*))?$/s.exec(text) ?? [];
  const names = new Set(TASKS.map((task) => task.name));
  if (!names.has(name)) {
    const near = nearest(name, names);
    throw new ConfigError(
      `--hint is ${name}; it must be a gradient of the exercises${near ? `, such as ${near}` : ", such as dprobs, or dprobs:2 for two hints"}`,
    );
  }
  if (!/^\d+$/.test(count) || Number(count) < 1 || Number(count) > HINTS)
    throw new ConfigError(`--hint is ${text}; the number must be from 1 to ${HINTS}, as in ${name}:2`);
  return { name, count: Number(count) };
}

export function formatHints({ name, count }: Wanted, { rows }: LinesReport, exercise?: number): string[] {
  const row = rows.find((each) => each.name === name);
  const task = taskNamed(name, exercise ?? row?.exercise);
  if (!task) return [];
  return hintLines({ ...task, hints: hintsOf(task) }, count, `${name}:${count + 1}`);
}

/** What is asked and the first hints for it. @param next the option's value that opens one more */
export function hintLines(
  { name, asked, hints }: { readonly name: string; readonly asked: string; readonly hints: readonly Hint[] },
  count: number,
  next: string,
): string[] {
  return [
    "",
    `${name}: ${asked}`,
    ...hints.slice(0, count).flatMap(({ title, text }, i) => block(`${i + 1}. ${title}`, text)),
    ...(count < hints.length ? [`  the next of ${hints.length} hints: --hint ${next}`] : []),
    "",
  ];
}

/** The notebook's and other spellings of a line that is right. */
export function spellingsOf({ name, exercise, verdict }: LinesRow): string[] {
  if (verdict !== "right") return [];
  const [notebooks, ...others] = taskNamed(name, exercise)?.spellings ?? [];
  if (notebooks === undefined) return [];
  return [...spelling("the notebook's", notebooks), ...others.flatMap((text) => spelling("or", text))];
}

const spelling = (title: string, text: string): string[] => block(title, text).map((line) => line.slice(2));

/** A title with its text behind it, or below it if the text has several lines. */
export const block = (title: string, text: string): string[] =>
  text.includes("\n")
    ? [`  ${title}:`, ...text.split("\n").map((line) => `    ${line}`)]
    : [`  ${title}: ${text}`];
