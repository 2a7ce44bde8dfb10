/** Rows for gradients that have no lines to judge: broken, written to another name, or not there. */
import { PARAMETERS } from "../model/tensors.ts";
import { exerciseOf, type Wanted } from "./candidates.ts";
import { TASKS } from "./catalogue.ts";
import type { Place, Program } from "./dialect/ast.ts";
import type { Note } from "./dialect/index.ts";
import type { Evaluations } from "./evaluations.ts";
import type { Source } from "./files.ts";
import type { Names, Pass } from "./passes.ts";
import { type LinesRow, rowOf } from "./report.ts";
import { placeText } from "./text.ts";

/** A line that goes wrong before it is run, with the gradient that it seems to make. */
interface Wrong {
  readonly name: string;
  readonly at: Place;
  readonly message: string;
  readonly training: boolean;
  /** Whether a row that there is stays as it is. */
  readonly yields?: boolean;
}

/** Lines that are no Python, and the other lines of the blocks that they spoil. */
export function brokenLines({ broken }: Program, source: Source, { asked }: Names): Wrong[] {
  // Split once: a text may be broken in thousands of lines.
  const cells = typeof source === "string" ? [source] : source;
  const lines = broken.length === 0 ? [] : cells.map((text) => text.split(/\r\n?|\n/));
  return broken.flatMap(({ at, message, names, assigns }): Wrong[] => {
    const own =
      nameAtStart(lines[(at.cell ?? 1) - 1]?.[at.line - 1]) ?? names.find((each) => asked.has(each));
    const others = assigns.filter((name) => name !== own);
    return [...(own === undefined ? [] : [own]), ...others]
      .filter((name) => asked.has(name))
      .map((name) => ({ name, at, message, training: false, yields: name !== own }));
  });
}

const nameAtStart = (line = ""): string | undefined => /^\s*([A-Za-z_]\w*)/.exec(line)?.[1];

/** `bndiff2 = …` made of a gradient: the row of `dbndiff2` says so. */
export function overwritten({ statements, from, training }: Pass, evaluations: Evaluations): Wrong[] {
  const { given, asked } = evaluations.names;
  const before = statements.slice(0, from);
  return evaluations
    .pass(statements)
    .own.errors.flatMap(({ at, message, names }) =>
      before.some((one) => one.at.cell === at.cell && one.at.line === at.line)
        ? []
        : names
            .filter((name) => given.has(name) && asked.has(`d${name}`))
            .map((name) => ({ name: `d${name}`, at, message, training })),
    );
}

export function withProblems(
  rows: readonly LinesRow[],
  problems: readonly Wrong[],
  wanted: Wanted,
): LinesRow[] {
  const out = [...rows];
  for (const { name, at, message, training, yields } of problems) {
    const exercise = training ? 4 : (wanted ?? exerciseOf(name, new Set([name])));
    const asked = TASKS.some((task) => task.name === name && task.exercise === exercise);
    if (exercise === undefined || (exercise !== 4 && !asked)) continue;
    const i = out.findLastIndex((row) => row.name === name && (exercise !== 4 || row.exercise === 4));
    if (i >= 0 && yields) continue;
    const row = i >= 0 ? out[i] : { name, exercise };
    const { cell, line } = at;
    const error = rowOf({ ...row, cell, line, verdict: "error", mistake: null, note: null, message });
    if (i >= 0) out[i] = error;
    else out.push(error);
  }
  return out;
}

/**
 * What an exercise asks for and the rows lack.
 * @param notes what the text's evaluation remarked: a gradient under a misspelt name
 */
export function missing(
  rows: readonly LinesRow[],
  wanted: NonNullable<Wanted>,
  notes: () => readonly Note[],
): LinesRow[] {
  const names =
    wanted === 4
      ? PARAMETERS.map((name) => `d${name}`)
      : TASKS.filter(({ exercise, stepOf }) => exercise === wanted && !stepOf).map(({ name }) => name);
  const lacking = names.filter((name) => !rows.some((row) => row.name === name));
  if (lacking.length === 0) return [];
  const remarks = notes();
  return lacking.map((name) => {
    const near = remarks.find(({ message }) => message.endsWith(`did you mean \`${name}\`?`));
    const message = near ? `not yet; ${placeText(near.at!)}: ${near.message}` : "not yet";
    return rowOf({ name, exercise: wanted, verdict: "missing", message });
  });
}
