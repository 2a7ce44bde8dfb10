/**
 * The verdict on a learner's lines.
 *
 * Each line is judged twice. In itself: on all hidden cases, where the gradients that it uses are given. And as a part of its text: on the
 * first minibatch, with the text's own values of what it uses.
 */
import { NOTEBOOK } from "../model/notebook.ts";
import { PARAMETERS } from "../model/tensors.ts";
import {
  type Case,
  chainCases,
  GRADIENTS,
  hiddenCases,
  NOTEBOOK_SIZES,
  notebookCase,
  type Right,
  vanishes,
} from "./cases.ts";
import { TASKS } from "./catalogue.ts";
import type { Place, Program, Statement } from "./dialect/ast.ts";
import {
  type Change,
  type Note,
  type Outcome,
  type Problem,
  read,
  run,
  type Skipped,
} from "./dialect/index.ts";
import { shapeText, Tensor } from "./dialect/tensor.ts";
import type { Value } from "./dialect/values.ts";
import { asTensor, broadcast, sameMistake, sameness, sameShape } from "./equal.ts";
import type { Source } from "./files.ts";
import { numbersNote, sizeNumbers, subsets, withSizes } from "./numbers.ts";
import { linesFor, type Names, type Pass, passesOf, renamedSizes, type Unit } from "./passes.ts";
import type { LinesReport, LinesRow, Verdict } from "./report.ts";
import { type Seen, type Sign, signOf } from "./signs.ts";
import type { Mistake, Task } from "./types.ts";

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
 */
export function gradeLines(source: Source | Program, options: GradeOptions = {}): LinesReport {
  const program = typeof source === "string" || Array.isArray(source) ? read(source) : (source as Program);
  return new Judgement(program, source, options.exercise).report();
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

export function shownBy(source: Source | Program, options: GradeOptions = {}): Shown {
  const program = typeof source === "string" || Array.isArray(source) ? read(source) : (source as Program);
  return new Judgement(program, source, options.exercise).shown();
}

/** What all evaluations of a text together may cost, so that it has its verdict within a second. Whole solutions take a third of it at most. */
const MOST_COMPUTED = 16_000_000;
const MOST_STEPS = 600_000;
/** And a single evaluation. */
const RUN = { budget: { computed: 4_000_000, alive: 4_000_000 }, steps: 200_000 } as const;

/** Verdicts that are kept, so that a text in which one line has changed is judged at once. */
const MOST_KEPT = 2_000;

type Exercise = Task["exercise"];

/** The verdict on a unit's lines with right values of all that they use. */
interface Itself {
  readonly verdict: "right" | "right-here" | "wrong" | "error";
  readonly mistake: LinesRow["mistake"];
  readonly note: string | null;
  readonly message: string | null;
}

/** What lines give in one case. */
interface Result {
  readonly value: Tensor | undefined;
  /** Why there is none. */
  readonly error: string | null;
  readonly at: Place | null;
  readonly used: ReadonlySet<string>;
  readonly notes: readonly string[];
}

/** All that does not depend on a text; made once. */
class Bench {
  readonly steps = TASKS.filter(({ stepOf }) => stepOf !== undefined);
  readonly cases: readonly Case[] = hiddenCases(this.steps);
  readonly chains: readonly Case[] = chainCases(this.steps);
  readonly notebook: Case = this.cases[0];
  /** The first minibatch in float32, with the gradients as the notebook's lines compute them there. */
  readonly shown: Case = notebookCase(this.steps, Float32Array);
  readonly gradients: ReadonlyMap<string, Tensor> = this.#gradients();
  readonly asked: ReadonlySet<string> = new Set([...GRADIENTS, ...this.steps.map(({ name }) => name)]);
  readonly warmUp: ReadonlySet<string> = new Set([
    ...TASKS.filter(({ exercise }) => exercise === 0).map(({ name }) => name),
    ...this.notebook.standIns(0).keys(),
  ]);
  readonly kept = new Map<string, Itself>();
  /** The gradients that lines use, by the lines. */
  readonly uses = new Map<string, ReadonlySet<string>>();
  readonly #mistakes = new Map<string, Result>();
  readonly #standIns = new Map<Case, ReadonlyMap<string, Tensor>[]>();

  /** The gradients that stand in for a task of this exercise, with those of the steps on the way to other exercises. */
  standIns(one: Case, exercise: Exercise): ReadonlyMap<string, Tensor> {
    if (exercise === 0) return one.standIns(0);
    const known = this.#standIns.get(one) ?? [];
    this.#standIns.set(one, known);
    known[exercise] ??= new Map([3, 2, 1, exercise].flatMap((each) => [...one.standIns(each as Exercise)]));
    return known[exercise];
  }

  askedIn(exercise: Exercise): ReadonlySet<string> {
    return exercise === 0 ? this.warmUp : this.asked;
  }

  given(one: Case, exercise: Exercise): ReadonlyMap<string, Value> {
    return exercise === 0 ? one.warmUp : one.given;
  }

  /** What a mistake's lines give in a case. */
  mistake(task: Task, { id, line }: Mistake, one: Case, index: number): Result {
    const key = `${index} ${task.exercise} ${id}`;
    let found = this.#mistakes.get(key);
    if (!found) {
      const options = {
        given: this.given(one, task.exercise),
        asked: this.askedIn(task.exercise),
        standIns: this.standIns(one, task.exercise),
        only: task.name,
        onError: "continue",
      } as const;
      found = resultOf(run(line, options), task.name);
      this.#mistakes.set(key, found);
    }
    return found;
  }

  #gradients(): ReadonlyMap<string, Tensor> {
    const lines = GRADIENTS.map((name) => NOTEBOOK[name].torch).join("\n");
    const { values } = run(lines, {
      given: this.shown.given,
      asked: new Set(GRADIENTS),
      precision: "float32",
    });
    return new Map(GRADIENTS.map((name) => [name, values.get(name) as Tensor]));
  }
}

let bench: Bench | undefined;

class Judgement {
  readonly #bench: Bench;
  readonly #program: Program;
  readonly #source: Source | Program;
  readonly #exercise: GradeOptions["exercise"];
  readonly #names: Names;
  /** Sizes that the text calls by short names of its own. */
  readonly #renamed: ReadonlySet<string>;
  readonly #runs = new Map<readonly Statement[], { own: Outcome; shown: Outcome }>();
  #computed = 0;
  #steps = 0;

  constructor(program: Program, source: Source | Program, exercise: GradeOptions["exercise"]) {
    bench ??= new Bench();
    this.#bench = bench;
    this.#program = program;
    this.#source = source;
    this.#exercise = exercise;
    this.#renamed = renamedSizes(program);
    const given = this.#given(bench.notebook, exercise === 0 ? 0 : 1);
    const forward = [...given].filter(([, value]) => value instanceof Tensor && value.dtype === "float");
    this.#names = {
      given,
      forward: new Set(forward.map(([name]) => name)),
      asked: bench.askedIn(exercise === 0 ? 0 : 1),
    };
  }

  report(): LinesReport {
    const { units, passes, skipped } = passesOf(this.#program, this.#names, SEVERAL);
    const judged = this.#chosen(units.flatMap((unit) => this.#looked(unit) ?? []));
    for (const one of judged) one.itself = this.#itself(one);
    const rows = judged.map((one) => this.#row(one, judged));
    const problems = [...this.#brokenLines(), ...passes.flatMap((pass) => this.#overwritten(pass))];
    const all = this.#withProblems(rows, problems);
    const order = [...all, ...this.#missing(all)].sort(
      (a, b) => a.exercise - b.exercise || place(a) - place(b),
    );
    return {
      kind: "lines",
      ok: order.length > 0 && order.every(({ verdict }) => verdict === "right"),
      skipped,
      rows: order,
    };
  }

  shown(): Shown {
    const { shown, gradients } = this.#bench;
    const exercise = this.#exercise === 0 ? 0 : 1;
    const standIns = new Map([
      ...this.#bench.standIns(shown, exercise),
      ...(exercise === 0 ? [] : gradients),
    ]);
    return run(this.#program, {
      asked: this.#names.asked,
      given: this.#given(shown, exercise),
      standIns,
      gradients: new Map([...standIns].map(([name, tensor]) => [name.slice(1), tensor])),
      precision: "float32",
      onError: "continue",
      ...RUN,
    });
  }

  // What there is to judge

  /** A unit with what its lines use, and the task that they solve; undefined for a stub. */
  #looked(unit: Unit): Looked | undefined {
    const { name, pass, statements } = unit;
    const { own } = this.#run(statements);
    const change = own.changes.get(name);
    const stub =
      own.values.get(name) === null ||
      (change === undefined && !own.errors.some(({ names }) => names.includes(name)));
    if (stub) return undefined;
    // What changed the tensor through another gradient's name belongs to it, and its own lines do not.
    const through =
      change && change.through !== name && this.#names.asked.has(change.through) ? change.through : null;
    const lines = linesFor(unit, this.#names, new Set());
    const used = this.#usedIn(lines, name);
    const value = asTensor(own.values.get(name));
    const draft = unit.replaced && value !== undefined && isConstant(value);
    const exercise = this.#exerciseOf(name, used);
    if (draft || exercise === undefined) return undefined;
    return { unit, lines, used, through, change, exercise, training: pass.training };
  }

  #usedIn(lines: readonly Statement[], name: string): ReadonlySet<string> {
    const { uses, notebook } = this.#bench;
    const key = `${name} ${[...this.#renamed]} ${textOf(lines)}`;
    let found = uses.get(key);
    if (!found) {
      found = this.#result(lines, name, notebook, this.#exercise === 0 ? 0 : 1, new Set()).used;
      if (!this.#spent) keep(uses, key, found);
    }
    return found;
  }

  #exerciseOf(name: string, used: ReadonlySet<string>): Exercise | undefined {
    const tasks = TASKS.filter((task) => task.name === name);
    if (this.#exercise === 0) return tasks.some(({ exercise }) => exercise === 0) ? 0 : undefined;
    const own = tasks.filter(({ exercise }) => exercise !== 0);
    if (own.length <= 1) return own[0]?.exercise ?? (GRADIENTS.includes(name) ? 1 : undefined);
    for (const { exercise, given } of own) {
      if (exercise === 1) continue;
      const may = new Set([
        ...given,
        ...TASKS.filter((task) => task.exercise === exercise).map((task) => task.name),
      ]);
      may.delete(name);
      if ([...used].every((each) => may.has(each)) && (given.length === 0 || used.size > 0)) return exercise;
    }
    return 1;
  }

  /** Of several values of a gradient in one exercise the last counts; with an exercise given, what is its. */
  #chosen(all: readonly Looked[]): Looked[] {
    const wanted = this.#exercise;
    const last = new Map<string, Looked>();
    if (wanted === undefined || wanted === 0) {
      for (const one of all) last.set(`${one.training ? 4 : one.exercise} ${one.unit.name}`, one);
      return [...last.values()];
    }
    if (wanted === 4) {
      const inLoops = all.filter(({ training }) => training);
      for (const one of inLoops.length > 0 ? inLoops : all)
        last.set(one.unit.name, { ...one, training: true });
      return [...last.values()];
    }
    const names = new Set(TASKS.filter(({ exercise }) => exercise === wanted).map(({ name }) => name));
    const outside = all.some(({ training }) => !training) ? all.filter(({ training }) => !training) : all;
    for (const one of outside) {
      const { name } = one.unit;
      if (!names.has(name)) continue;
      const before = last.get(name);
      if (!before || one.exercise === wanted || before.exercise !== wanted) last.set(name, one);
    }
    return [...last.values()].map((one) => ({ ...one, exercise: wanted, training: false }));
  }

  // Evaluating

  #given(one: Case, exercise: Exercise): ReadonlyMap<string, Value> {
    const given = this.#bench.given(one, exercise);
    return this.#renamed.size === 0
      ? given
      : new Map([...given].filter(([name]) => !this.#renamed.has(name)));
  }

  #spend({ cost }: Outcome): void {
    this.#computed += cost.computed;
    this.#steps += cost.steps;
  }

  get #spent(): boolean {
    return this.#computed > MOST_COMPUTED || this.#steps > MOST_STEPS;
  }

  /** The lines of a pass as they stand, in float64 and in float32. */
  #run(statements: readonly Statement[]): { own: Outcome; shown: Outcome } {
    let found = this.#runs.get(statements);
    if (!found) {
      const program: Program = { statements, broken: [] };
      const exercise = this.#exercise === 0 ? 0 : 1;
      const { notebook, shown, gradients } = this.#bench;
      const base = { asked: this.#names.asked, onError: "continue", ...RUN } as const;
      const standIns = (one: Case): ReadonlyMap<string, Tensor> => this.#bench.standIns(one, exercise);
      const own = run(program, {
        ...base,
        given: this.#given(notebook, exercise),
        standIns: standIns(notebook),
      });
      const rounded = exercise === 0 ? standIns(shown) : new Map([...standIns(shown), ...gradients]);
      const as = run(program, {
        ...base,
        given: this.#given(shown, exercise),
        standIns: rounded,
        precision: "float32",
      });
      this.#spend(own);
      this.#spend(as);
      found = { own, shown: as };
      this.#runs.set(statements, found);
    }
    return found;
  }

  /** What lines give in a case, with the gradients that they use given, but for those in `own`. */
  #result(
    lines: readonly Statement[],
    name: string,
    one: Case,
    exercise: Exercise,
    own: ReadonlySet<string>,
  ): Result {
    if (this.#spent)
      return { value: undefined, error: TOO_MUCH, at: lines[0]?.at ?? null, used: new Set(), notes: [] };
    let standIns = this.#bench.standIns(one, exercise);
    if (own.size > 0) standIns = new Map([...standIns].filter(([each]) => !own.has(each)));
    const outcome = run(
      { statements: lines, broken: [] },
      {
        given: this.#given(one, exercise),
        asked: this.#names.asked,
        standIns,
        only: name,
        onError: "continue",
        ...RUN,
      },
    );
    this.#spend(outcome);
    return resultOf(outcome, name);
  }

  // In itself

  #itself(one: Looked): Itself {
    const { unit, lines, exercise, through } = one;
    const own = through === null ? new Set<string>() : new Set([through]);
    const task = taskOf(unit.name, exercise);
    const plain = this.#kept(task, lines, new Set());
    if (through === null || plain.verdict !== "right") return plain;
    const aliased = this.#kept(task, linesFor(unit, this.#names, own), own);
    if (aliased.verdict === "right") return plain;
    return {
      verdict: "wrong",
      mistake: {
        id: "alias",
        says: `${placeText(one.change!.at)} changed it: \`${through}\` is the same tensor; \`.clone()\`.`,
      },
      note: null,
      message: null,
    };
  }

  /** The verdict on lines, from before if these very lines have had one. */
  #kept(task: Task, lines: readonly Statement[], own: ReadonlySet<string>): Itself {
    const { kept } = this.#bench;
    const key = `${task.exercise} ${task.name} ${[...own]} ${[...this.#renamed]} ${textOf(lines)}`;
    const before = kept.get(key);
    if (before) return before;
    const found = this.#judge(task, lines, own);
    if (!this.#spent) keep(kept, key, found);
    return found;
  }

  #judge(task: Task, lines: readonly Statement[], own: ReadonlySet<string>): Itself {
    const { cases } = this.#bench;
    const results = cases.map((one) => this.#result(lines, task.name, one, task.exercise, own));
    const { notes } = results[0];
    const rights = cases.map((one) => one.right(task));
    const same = results.map(({ value }, i) =>
      value ? sameness(value, rights[i].tensor, rights[i].terms) : "different",
    );
    const itself = (parts: Partial<Itself> & Pick<Itself, "verdict">): Itself => ({
      mistake: null,
      message: null,
      ...parts,
      // What the language remarks, like an unusual broadcast, explains a wrong value; beside a right one it would only frighten.
      note:
        [parts.note, ...(parts.verdict === "right" ? [] : notes)].filter((each) => each).join("; ") || null,
    });
    const spent = results.find(({ error }) => error === TOO_MUCH);
    if (spent) return itself({ verdict: "error", message: TOO_MUCH });
    if (same.every((each) => each !== "different"))
      return itself({ verdict: "right", note: shapeNote(results[0].value!, rights[0], task) });
    const atNotebook = cases.map((one) => one.sizes.n === NOTEBOOK_SIZES.batch);
    if (same.every((each, i) => each !== "different" || !atNotebook[i])) {
      const note = this.#numbersNote(task, lines, own);
      if (note) {
        const shape = shapeNote(results[0].value!, rights[0], task);
        return itself({ verdict: "right", note: shape ? `${note}; ${shape}` : note });
      }
    }
    const hasNumbers = sizeNumbers(lines, this.#bench.notebook.sizes).length > 0;
    const mistake =
      this.#mistake(task, results, rights, () => true) ??
      (hasNumbers ? this.#mistake(task, results, rights, (i) => atNotebook[i]) : undefined);
    const named = mistake && { id: mistake.id, says: mistake.says(this.#bench.notebook.sizes) };
    const failed = results.find(({ error }, i) => atNotebook[i] && error !== null);
    if (failed) return itself({ verdict: "error", mistake: named ?? null, message: failed.error });
    if (named) return itself({ verdict: mistake.verdict, mistake: named });
    const finite = results.every(({ value }) => !value || value.read().every(Number.isFinite));
    const why = finite ? this.#rightHere(task, lines, own, results[0].used) : null;
    if (why) return itself({ verdict: "right-here", message: why });
    const elsewhere = hasNumbers ? undefined : results.find(({ error }) => error !== null);
    return itself({
      verdict: "wrong",
      mistake: this.#sign(task, results, rights, (i) => !hasNumbers || atNotebook[i]),
      note: elsewhere ? `at other sizes it goes wrong: ${elsewhere.error}` : null,
    });
  }

  /** What there is to see in wrong values that no entry of the catalogue gives. */
  #sign(
    task: Task,
    results: readonly Result[],
    rights: readonly Right[],
    considered: (index: number) => boolean,
  ): Sign | null {
    const { cases } = this.#bench;
    const [own, random] = results;
    // The first two cases differ in nothing but the gradients that come back.
    if (
      task.given.length > 0 &&
      !results.every(({ value }) => value && isConstant(value)) &&
      own.value &&
      random.value &&
      sameMistake(own.value, random.value, 0, { strict: true })
    ) {
      const names = quoted(task.given);
      return {
        id: "sign.no-upstream",
        says: `Yours stays the same whatever ${names} ${task.given.length > 1 ? "are" : "is"}: nothing of what comes back from the loss is in it.`,
      };
    }
    const seen = results.flatMap(({ value }, i): Seen[] => {
      if (!value || !considered(i)) return [];
      const tensors = new Map<string, Value>([
        ...cases[i].standIns(task.exercise),
        ...this.#bench.given(cases[i], task.exercise),
      ]);
      return [
        { sizes: cases[i].sizes, mine: value, right: rights[i].tensor, terms: rights[i].terms, tensors },
      ];
    });
    return seen.length > 0 ? signOf(task.name, seen) : null;
  }

  /** Which numbers of lines that are right at the notebook's sizes are sizes, if with those for them they are right at all. */
  #numbersNote(task: Task, lines: readonly Statement[], own: ReadonlySet<string>): string | null {
    const { notebook, cases } = this.#bench;
    const numbers = sizeNumbers(lines, notebook.sizes);
    const others = cases.filter((one) => one.sizes.n !== NOTEBOOK_SIZES.batch);
    for (const replaced of subsets(numbers.length)) {
      const is = others.every((one) => {
        const { statements } = withSizes(
          { statements: lines, broken: [] },
          replaced,
          notebook.sizes,
          one.sizes,
        );
        const { value } = this.#result(statements, task.name, one, task.exercise, own);
        const right = one.right(task);
        return value !== undefined && sameness(value, right.tensor, right.terms) !== "different";
      });
      if (is && replaced.size > 0) return numbersNote(numbers.filter((_, i) => replaced.has(i)));
    }
    return null;
  }

  /** The entry of the catalogue that gives the same as these lines in every case considered. */
  #mistake(
    task: Task,
    results: readonly Result[],
    rights: readonly Right[],
    considered: (index: number) => boolean,
  ): Mistake | undefined {
    const { cases } = this.#bench;
    // The first case has the gradients of one loss, where most mistakes coincide with others: it comes last.
    const order = [...cases.keys()].filter(considered).reverse();
    const is = (mistake: Mistake, strict: boolean): boolean =>
      order.every((i) => {
        const [mine, its] = [results[i], this.#bench.mistake(task, mistake, cases[i], i)];
        if (mine.value && its.value) return sameMistake(mine.value, its.value, rights[i].terms, { strict });
        return mine.value === its.value && mine.error === its.error;
      });
    return (
      task.mistakes.find((mistake) => is(mistake, true)) ??
      task.mistakes.find((mistake) => is(mistake, false))
    );
  }

  /** Why lines that are no step of the chain rule give the right values in this network, if they do. */
  #rightHere(
    task: Task,
    lines: readonly Statement[],
    own: ReadonlySet<string>,
    used: ReadonlySet<string>,
  ): string | null {
    const right = this.#bench.chains.every((one) => {
      const wanted = one.right(task);
      // Where the result is 0 for all networks, giving it shows nothing.
      if (vanishes(wanted)) return false;
      const { value } = this.#result(lines, task.name, one, task.exercise, own);
      return value !== undefined && sameness(value, wanted.tensor, wanted.terms) !== "different";
    });
    if (!right) return null;
    const foreign = [...used].filter((name) => !task.given.includes(name));
    const from = task.given.length > 0 ? ` from any ${quoted(task.given)}` : "";
    const why =
      used.size === 0
        ? "no gradient goes into it, and its values are what this loss happens to give"
        : foreign.length > 0
          ? `it is made of ${quoted(foreign)}, which this loss ties to ${quoted(task.given) || "the step asked for"}`
          : `it holds for the ${quoted(used)} that this loss gives, and not for others`;
    return `true in this network: ${why}. The step asked for is \`${task.name}\`${from}`;
  }

  // Rows

  #row(one: Looked, all: readonly Looked[]): LinesRow {
    const { unit, training, exercise, change } = one;
    const { name, statements } = unit;
    const itself = one.itself!;
    const { own, shown } = this.#run(statements);
    const problem = own.errors.findLast(({ names }) => names.includes(name));
    let { verdict, message }: { verdict: Verdict; message: string | null } = itself;
    if (verdict === "right") {
      const right = this.#bench.notebook.right(taskOf(name, exercise));
      const value = asTensor(own.values.get(name));
      if (!value || sameness(value, right.tensor, right.terms) === "different") {
        verdict = "right-in-itself";
        message = this.#blamed(one, all, problem?.message);
      }
    }
    const at = change?.at ?? (problem ? problem.at : (statements[0]?.at ?? null));
    return rowOf({
      name,
      exercise: training ? 4 : exercise,
      cell: at?.cell,
      line: at?.line,
      verdict,
      ...this.#compared(name, exercise, asTensor(shown.values.get(name))),
      mistake: itself.mistake,
      note: itself.note,
      message,
    });
  }

  /** What makes a line that is right in itself give wrong values. */
  #blamed(one: Looked, all: readonly Looked[], problem: string | undefined): string {
    const wrong = this.#firstWrong(one, all, new Set());
    if (wrong) return `right in itself, but \`${wrong}\` before it is wrong`;
    if (problem !== undefined) return `right in itself, but here it goes wrong: ${problem}`;
    return `right in itself, but not with what ${quoted(one.used)} held at that point: another line changes it`;
  }

  /** The wrong gradient that a line depends on, the one furthest back. */
  #firstWrong(one: Looked, all: readonly Looked[], seen: Set<Looked>): string | undefined {
    seen.add(one);
    for (const name of GRADIENTS.filter((each) => one.used.has(each)).concat([...one.used])) {
      const before = all.findLast(
        (each) => each.unit.name === name && each.training === one.training && !seen.has(each),
      );
      if (!before) continue;
      if (before.itself!.verdict === "wrong" || before.itself!.verdict === "error") return name;
      const deeper = this.#firstWrong(before, all, seen);
      if (deeper) return deeper;
    }
    return undefined;
  }

  /** The notebook's `cmp` on the first minibatch. */
  #compared(
    name: string,
    exercise: Exercise,
    value: Tensor | undefined,
  ): Pick<LinesRow, "exact" | "approximate" | "maxdiff" | "shape"> {
    const nothing = { exact: null, approximate: null, maxdiff: null, shape: value ? [...value.shape] : null };
    const { gradients, shown } = this.#bench;
    const right = gradients.get(name) ?? shown.right(taskOf(name, exercise)).tensor;
    const shape = value && broadcast(value.shape, right.shape);
    if (!value || !shape || shape.includes(0)) return nothing;
    const outcome = run("difference = mine - right\nsize = right + 0 * mine", {
      given: new Map<string, Value>([
        ["mine", value],
        ["right", right],
      ]),
      asked: new Set(["difference", "size"]),
      precision: "float32",
      onError: "continue",
      ...RUN,
    });
    const [difference, size] = [outcome.values.get("difference"), outcome.values.get("size")];
    // Truth values have no difference, and some shapes broadcast to more elements than there is room for.
    if (!(difference instanceof Tensor && size instanceof Tensor)) return nothing;
    const [differences, sizes] = [difference.read(), size.read()];
    let [maxdiff, approximate] = [0, true];
    differences.forEach((each, i) => {
      const off = Math.abs(each);
      if (Number.isNaN(off) || off > maxdiff) maxdiff = Number.isNaN(maxdiff) ? maxdiff : off;
      if (!(off <= 1e-8 + 1e-5 * Math.abs(sizes[i]))) approximate = false;
    });
    const exact = differences.every((each) => each === 0);
    return {
      exact,
      approximate,
      maxdiff: Number.isFinite(maxdiff) ? maxdiff : null,
      shape: [...value.shape],
    };
  }

  #missing(rows: readonly LinesRow[]): LinesRow[] {
    const wanted = this.#exercise;
    if (wanted === undefined) return [];
    const names =
      wanted === 4 ? PARAMETERS.map((name) => `d${name}`) : tasksOf(wanted).map(({ name }) => name);
    const missing = names.filter((name) => !rows.some((row) => row.name === name));
    if (missing.length === 0) return [];
    const { notes } = this.shown();
    return missing.map((name) => {
      // A gradient under a misspelt name.
      const near = notes.find(({ message }) => message.endsWith(`did you mean \`${name}\`?`));
      const message = near ? `not yet; ${placeText(near.at!)}: ${near.message}` : "not yet";
      return rowOf({ name, exercise: wanted, verdict: "missing", message });
    });
  }

  // Lines that go wrong before they are run

  /** Lines that are no Python. */
  #brokenLines(): Wrong[] {
    return this.#program.broken.flatMap(({ at, message, names }) => {
      const target = this.#targetAt(at) ?? names.find((name) => this.#names.asked.has(name));
      return target !== undefined && this.#names.asked.has(target)
        ? [{ name: target, at, message, training: false }]
        : [];
    });
  }

  /** The name at the start of a line. */
  #targetAt({ cell, line }: Place): string | undefined {
    const source = this.#source;
    const text = typeof source === "string" ? source : Array.isArray(source) ? source[(cell ?? 1) - 1] : "";
    return /^\s*([A-Za-z_]\w*)/.exec(text?.split(/\r\n?|\n/)[line - 1] ?? "")?.[1];
  }

  /** `bndiff2 = …` made of a gradient: the row of `dbndiff2` says so. */
  #overwritten({ statements, from, training }: Pass): Wrong[] {
    const before = new Set(statements.slice(0, from).map(({ at }) => at));
    return this.#run(statements).own.errors.flatMap(({ at, message, names }) =>
      names
        .filter((name) => this.#names.given.has(name) && this.#names.asked.has(`d${name}`))
        .filter(() => ![...before].some(({ cell, line }) => cell === at.cell && line === at.line))
        .map((name) => ({ name: `d${name}`, at, message, training })),
    );
  }

  #withProblems(rows: readonly LinesRow[], problems: readonly Wrong[]): LinesRow[] {
    const out = [...rows];
    for (const { name, at, message, training } of problems) {
      const exercise = training ? 4 : (this.#exercise ?? this.#exerciseOf(name, new Set([name])));
      if (
        exercise === undefined ||
        (exercise < 4 && !TASKS.some((task) => task.name === name && task.exercise === exercise))
      )
        continue;
      const i = out.findLastIndex((row) => row.name === name && (exercise !== 4 || row.exercise === 4));
      const row = i >= 0 ? out[i] : { name, exercise };
      const error = rowOf({
        ...row,
        cell: at.cell,
        line: at.line,
        verdict: "error",
        mistake: null,
        note: null,
        message,
      });
      if (i >= 0) out[i] = error;
      else out.push(error);
    }
    return out;
  }
}

/** A line that goes wrong before it is run, with the gradient that it seems to make. */
interface Wrong {
  readonly name: string;
  readonly at: Place;
  readonly message: string;
  readonly training: boolean;
}

interface Looked {
  readonly unit: Unit;
  readonly lines: readonly Statement[];
  /** The gradients that its lines use. */
  readonly used: ReadonlySet<string>;
  /** Another gradient through whose name the tensor was changed last. */
  readonly through: string | null;
  readonly change: Change | undefined;
  /** The exercise whose task it solves. */
  readonly exercise: Exercise;
  readonly training: boolean;
  itself?: Itself;
}

/** Gradients that more than one exercise asks for. */
const SEVERAL = new Set(
  TASKS.filter(({ name, exercise }) =>
    TASKS.some((task) => task.name === name && task.exercise !== exercise),
  ).map(({ name }) => name),
);

const TOO_MUCH = "judging this text takes too much: leave out what computes more than the gradients need";

/** A row with what is known; what is not is null. */
const rowOf = (known: Pick<LinesRow, "name" | "exercise"> & Partial<LinesRow>): LinesRow => ({
  name: known.name,
  exercise: known.exercise,
  cell: known.cell ?? null,
  line: known.line ?? null,
  verdict: known.verdict ?? "missing",
  exact: known.exact ?? null,
  approximate: known.approximate ?? null,
  maxdiff: known.maxdiff ?? null,
  shape: known.shape ?? null,
  mistake: known.mistake ?? null,
  note: known.note ?? null,
  message: known.message ?? null,
});

/** What an exercise asks for. */
const tasksOf = (exercise: number): Task[] =>
  TASKS.filter((task) => task.exercise === exercise && task.stepOf === undefined);

const placeText = ({ cell, line }: Place): string =>
  cell === null ? `line ${line}` : `line ${line} of cell ${cell}`;

function resultOf({ values, errors, used, notes }: Outcome, name: string): Result {
  const value = asTensor(values.get(name));
  const messages = [...new Set(notes.map(({ message }) => message))];
  if (value) return { value, error: null, at: null, used, notes: messages };
  // An error in a line before, on which this one depends, says more than that there is no value.
  const own = errors.findLast(({ names }) => names.includes(name)) ?? errors[0];
  const root = own && errors.find(({ at }) => own.message.endsWith(`because line ${at.line} went wrong`));
  const problem = root ?? own;
  const none = name in values ? `\`${name}\` is no tensor` : `\`${name}\` has no value`;
  return { value, error: problem?.message ?? none, at: problem?.at ?? null, used, notes: messages };
}

/** The task of a gradient; one that the catalogue lacks has a right value all the same. */
function taskOf(name: string, exercise: Exercise): Task {
  const found = TASKS.find((task) => task.name === name && task.exercise === exercise);
  if (found) return found;
  const line = NOTEBOOK[name].torch;
  const hints = { forward: [], rule: "", shapes: "", example: "", hole: "" };
  return { name, exercise, group: "", given: [], asked: "", hints, spellings: [line], mistakes: [] };
}

/** Rows of an exercise stand in the catalogue's order. */
function place({ name, exercise }: LinesRow): number {
  const at = TASKS.findIndex((task) => task.name === name && (task.exercise === exercise || exercise === 4));
  return at < 0 ? TASKS.length : at;
}

function shapeNote(value: Tensor, { tensor }: Right, { name }: Task): string | null {
  if (sameShape(value, tensor)) return null;
  return `the values are right in another shape: yours is ${shapeText(value.shape)}, and \`${name}\` is ${shapeText(tensor.shape)}`;
}

function isConstant(value: Tensor): boolean {
  const values = value.read();
  return values.every((each) => each === values[0]);
}

/** Remembers a value, and forgets the oldest of too many. */
function keep<T>(kept: Map<string, T>, key: string, value: T): void {
  kept.set(key, value);
  if (kept.size > MOST_KEPT) kept.delete(kept.keys().next().value!);
}

/** Lines as a key: their tree without its places. */
const textOf = (lines: readonly Statement[]): string =>
  JSON.stringify(lines, (key, value) =>
    key === "at" || key === "text" ? undefined : typeof value === "bigint" ? `${value}n` : value,
  );

const quoted = (names: Iterable<string>): string => [...names].map((name) => `\`${name}\``).join(" and ");
