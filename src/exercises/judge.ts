/**
 * The verdict on a learner's lines.
 *
 * Each line is judged twice. In itself: on all hidden cases, where the gradients that it uses are given. And as a part of its text: on the
 * first minibatch, with the text's own values of what it uses.
 */
import { type Answers, answers, type Exercise, taskOf } from "./answers.ts";
import { type Candidate, candidates, type Wanted } from "./candidates.ts";
import { TASKS } from "./catalogue.ts";
import { cmp } from "./cmp.ts";
import type { Program } from "./dialect/ast.ts";
import { type Cause, type Note, type Problem, read, type Skipped } from "./dialect/index.ts";
import { asTensor, sameness, spread } from "./equal.ts";
import { Evaluations } from "./evaluations.ts";
import { requireLength, type Source } from "./files.ts";
import { type Itself, itself } from "./itself.ts";
import { Memory } from "./memory.ts";
import { GRADIENTS } from "./names.ts";
import { assigned, linesFor, type Passes } from "./passes.ts";
import { brokenLines, missing, overwritten, withProblems } from "./problems.ts";
import { type LinesReport, type LinesRow, rowOf, type Verdict } from "./report.ts";
import { placeText, quoted } from "./text.ts";

export interface GradeOptions {
  /**
   * One of the notebook's exercises, 0 for the warm-up: what the text lacks of it is `missing`. By default whatever the text defines is judged,
   * as part of the exercise that its lines belong to.
   */
  readonly exercise?: 0 | 1 | 2 | 3 | 4;
}

/**
 * Judges lines in the notebook's own language: a text, or a notebook's code cells. Nothing in them is run by anything but the small evaluator
 * of this package, and every text ends with a verdict.
 * @throws SourceError for a text of more than 100,000 characters
 */
export function gradeLines(source: Source, options: GradeOptions = {}): LinesReport {
  return new Judgement(source, options).report;
}

/** What a terminal shows of a text beside the verdict. */
export interface Shown {
  /** What it prints, line by line: in float32 for every operation and on the first minibatch, as the notebook does. */
  readonly prints: readonly string[];
  /** The statements that did not run, since no gradient depends on them. */
  readonly skipped: readonly Skipped[];
  /** What goes wrong, also where no gradient comes of it. */
  readonly errors: readonly Problem[];
  /** What looks like a slip, such as a misspelt name. */
  readonly notes: readonly Note[];
}

/** A gradient's values on the first minibatch, in float32 for every operation. */
export interface LineValues {
  readonly shape: readonly number[];
  /** Undefined if the text has none. */
  readonly got: Float32Array | undefined;
  readonly want: Float32Array;
}

/** Verdicts on lines in themselves. */
const verdicts = new Memory<Itself>();

/** A text with its verdict, and what page and terminal show beside it. */
export class Judgement {
  readonly #answers: Answers = answers();
  readonly #source: Source;
  readonly #wanted: Wanted;
  readonly #evaluations: Evaluations;
  readonly #judged: readonly Judged[];
  readonly report: LinesReport;

  constructor(source: Source, { exercise: wanted }: GradeOptions = {}) {
    requireLength(source, "the text");
    const program = read(source);
    this.#source = source;
    this.#wanted = wanted;
    this.#evaluations = new Evaluations(this.#answers, program, {
      warmUp: wanted === 0 || (wanted === undefined && hasWarmUp(program)),
    });
    const { passes, candidates: all } = candidates(wanted, this.#evaluations);
    this.#judged = all.map((one): Judged => ({ ...one, itself: this.#itself(one) }));
    this.report = this.#reported(passes);
  }

  #reported(passes: Passes): LinesReport {
    const problems = [
      ...brokenLines(this.#evaluations.program, this.#source, this.#evaluations.names),
      ...passes.passes.flatMap((pass) => overwritten(pass, this.#evaluations)),
    ];
    const rows = withProblems(
      this.#judged.map((one) => this.#row(one)),
      problems,
      this.#wanted,
    );
    const lacking = this.#wanted === undefined ? [] : missing(rows, this.#wanted, () => this.shown().notes);
    const sorted = [...rows, ...lacking].sort((a, b) => a.exercise - b.exercise || place(a) - place(b));
    return {
      kind: "lines",
      ok: sorted.length > 0 && sorted.every(({ verdict }) => verdict === "right"),
      skipped: passes.skipped,
      rows: sorted,
    };
  }

  shown(): Shown {
    return this.#evaluations.shown();
  }

  /** The notebook's code cells that its gradients depend on, from 1. */
  get cells(): ReadonlySet<number> {
    // What goes wrong and is in no row gives no gradient anything: `ix` of the minibatch, say, where a loop has an `ix` of its own.
    const wrong = new Set(this.shown().errors.map(({ at }) => placeText(at)));
    const lines = this.#judged.flatMap((one) => one.lines.filter(({ at }) => !wrong.has(placeText(at))));
    const cells = [...lines.map(({ at }) => at.cell), ...this.report.rows.map(({ cell }) => cell)];
    return new Set(cells.filter((cell) => cell !== null));
  }

  /** @param row a row of the report, or one that the exercise would have */
  values({ name, exercise }: Pick<LinesRow, "name" | "exercise">): LineValues {
    const candidate = this.#judged.findLast(
      (one) => one.unit.name === name && (one.training ? 4 : one.exercise) === exercise,
    );
    const task = taskOf(name, candidate?.exercise ?? ((exercise === 4 ? 1 : exercise) as Exercise));
    const { gradients, shown } = this.#answers;
    const want = gradients.get(name) ?? shown.right(task).tensor;
    const value = candidate && this.#evaluations.pass(candidate.unit.statements).shown.values.get(name);
    const tensor = asTensor(value);
    const got = tensor && spread(tensor, want);
    return {
      shape: want.shape,
      got: got && Float32Array.from(got.read()),
      want: Float32Array.from(want.read()),
    };
  }

  #itself({ unit, lines, exercise, through, unchanged, change }: Candidate): Itself {
    const plain = this.#kept({ name: unit.name, exercise }, lines, new Set());
    const alias = (name: string): Itself => {
      const says = `${placeText(change!.at)} changed it: \`${name}\` is the same tensor; \`.clone()\`.`;
      return { verdict: "wrong", mistake: { id: "alias", says }, note: null, message: null };
    };
    if (unchanged !== null && plain.verdict === "wrong") {
      const before = this.#kept({ name: unit.name, exercise }, unchanged, new Set());
      return before.verdict === "right" ? alias(change!.through) : plain;
    }
    if (through === null || plain.verdict !== "right") return plain;
    const own = new Set([through]);
    const aliased = this.#kept(
      { name: unit.name, exercise },
      linesFor(unit, this.#evaluations.names, own),
      own,
    );
    return aliased.verdict === "right" ? plain : alias(through);
  }

  /** The verdict on lines, from before if these very lines have had one. */
  #kept(
    { name, exercise }: Pick<Candidate, "exercise"> & { readonly name: string },
    statements: Candidate["lines"],
    own: ReadonlySet<string>,
  ): Itself {
    return verdicts.get(
      `${exercise} ${name} ${[...own]} ${this.#evaluations.keyOf(statements)}`,
      () => itself({ task: taskOf(name, exercise), statements, own }, this.#answers, this.#evaluations),
      () => !this.#evaluations.isLimited(statements),
    );
  }

  #row(one: Judged): LinesRow {
    const { unit, training, exercise, change } = one;
    const { name, statements } = unit;
    const task = taskOf(name, exercise);
    const { own, shown } = this.#evaluations.pass(statements);
    const last = own.errors.findLast(({ names }) => names.includes(name));
    // What ran out of its limits at one line fails with the same words at all that follow.
    const problem = last?.because ?? own.errors.find(({ message }) => message === last?.message);
    let { verdict, message }: { verdict: Verdict; message: string | null } = one.itself;
    if (verdict === "right") {
      const right = this.#answers.notebook.right(task);
      const value = asTensor(own.values.get(name));
      if (!value || sameness(value, right.tensor, right.terms) === "different") {
        verdict = "right-in-itself";
        message = blamed(one, this.#judged, problem);
      }
    }
    const at = change?.at ?? problem?.at ?? statements[0]?.at;
    return rowOf({
      name,
      exercise: training ? 4 : exercise,
      cell: at?.cell,
      line: at?.line,
      verdict,
      ...cmp(asTensor(shown.values.get(name)), task, this.#answers),
      mistake: one.itself.mistake,
      note: one.itself.note,
      message,
    });
  }
}

interface Judged extends Candidate {
  readonly itself: Itself;
}

/** What makes a line that is right in itself give wrong values. */
function blamed(one: Judged, all: readonly Judged[], problem: Cause | undefined): string {
  const wrong = firstWrong(one, all, new Set());
  if (wrong) return `right in itself, but \`${wrong}\` before it is wrong`;
  if (problem) return `right in itself, but ${placeText(problem.at)} goes wrong: ${problem.message}`;
  return `right in itself, but not with what ${quoted(one.used)} held at that point: another line changes it`;
}

/** The wrong gradient that a line depends on, the one furthest back. */
function firstWrong(one: Judged, all: readonly Judged[], seen: Set<Judged>): string | undefined {
  seen.add(one);
  for (const name of new Set([...GRADIENTS.filter((each) => one.used.has(each)), ...one.used])) {
    const before = all.findLast(
      (each) => each.unit.name === name && each.training === one.training && !seen.has(each),
    );
    if (!before) continue;
    if (before.itself.verdict === "wrong" || before.itself.verdict === "error") return name;
    const deeper = firstWrong(before, all, seen);
    if (deeper) return deeper;
  }
  return undefined;
}

/** Whether a text is about the warm-up: nothing else has gradients of these names. */
function hasWarmUp({ statements }: Program): boolean {
  const names = assigned(statements);
  return TASKS.some(({ name, exercise }) => exercise === 0 && names.has(name));
}

/** Rows of an exercise stand in the catalogue's order. */
function place({ name, exercise }: LinesRow): number {
  const at = TASKS.findIndex((task) => task.name === name && (task.exercise === exercise || exercise === 4));
  return at < 0 ? TASKS.length : at;
}
