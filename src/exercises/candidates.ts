/** What there is to judge in a text: the gradients that it gives a value, and the exercise that each of these values belongs to. */
import type { Exercise } from "./answers.ts";
import { TASKS } from "./catalogue.ts";
import type { Statement } from "./dialect/ast.ts";
import type { Change } from "./dialect/index.ts";
import { rootName, writtenNames } from "./dialect/tree.ts";
import { asTensor, isConstant } from "./equal.ts";
import type { Evaluations } from "./evaluations.ts";
import { Memory } from "./memory.ts";
import { linesFor, type Passes, passesOf, type Unit } from "./passes.ts";

/** One of the notebook's exercises, 0 for the warm-up; undefined for whatever a text defines. */
export type Wanted = Exercise | 4 | undefined;

/** A gradient's value that is to be judged. */
export interface Candidate {
  readonly unit: Unit;
  readonly lines: readonly Statement[];
  /** The gradients that its lines use. */
  readonly used: ReadonlySet<string>;
  /** Another gradient through whose name the tensor was changed last. */
  readonly through: string | null;
  /** The lines without those that change the tensor through a name that is no gradient's, if any do. */
  readonly unchanged: readonly Statement[] | null;
  readonly change: Change | undefined;
  /** The exercise whose task it solves. */
  readonly exercise: Exercise;
  readonly training: boolean;
}

/** Gradients that more than one exercise asks for: each of their values counts. */
const SEVERAL = new Set(
  TASKS.filter(({ name, exercise }) =>
    TASKS.some((task) => task.name === name && task.exercise !== exercise),
  ).map(({ name }) => name),
);

const uses = new Memory<ReadonlySet<string>>();

export function candidates(
  wanted: Wanted,
  evaluations: Evaluations,
): { readonly candidates: readonly Candidate[]; readonly passes: Passes } {
  const passes = passesOf(evaluations.program, evaluations.names, SEVERAL);
  const all = passes.units.flatMap((unit) => candidate(unit, evaluations) ?? []);
  return { passes, candidates: wanted === undefined ? lastOfEach(all) : wantedOnes(all, wanted) };
}

/** Undefined for a stub. */
function candidate(unit: Unit, evaluations: Evaluations): Candidate | undefined {
  const { name, pass, statements } = unit;
  const { names } = evaluations;
  const { own } = evaluations.pass(statements);
  const change = own.changes.get(name);
  const failed = own.errors.some((error) => error.names.includes(name));
  if (own.values.get(name) === null || (change === undefined && !failed)) return undefined;
  // What changed the tensor through another gradient's name belongs to it, and its own lines do not.
  const through =
    change && change.through !== name && names.asked.has(change.through) ? change.through : null;
  const lines = linesFor(unit, names, new Set());
  const unchanged =
    change && change.through !== name && through === null
      ? linesFor(withoutChanges(unit, change.through), names, new Set())
      : null;
  const value = asTensor(own.values.get(name));
  // `dlogits = torch.zeros_like(logits)`, and later the value that is meant.
  if (unit.replaced && value !== undefined && isConstant(value)) return undefined;
  const used = uses.get(
    `${name} ${evaluations.keyOf(lines)}`,
    () => evaluations.usedIn(lines, name),
    () => !evaluations.isLimited(lines),
  );
  const exercise = exerciseOf(name, used);
  if (exercise === undefined) return undefined;
  return { unit, lines, used, through, unchanged, change, exercise, training: pass.training };
}

/** A unit as it would be if nothing changed the tensor of this name in place, after the gradient got its value. */
function withoutChanges(unit: Unit, through: string): Unit {
  const isChange = (statement: Statement): boolean =>
    statement.kind === "assign"
      ? statement.targets.some((target) => target.kind === "subscript" && rootName(target) === through)
      : (statement.kind === "augment" || statement.kind === "expression") &&
        writtenNames([statement]).has(through);
  return { ...unit, statements: unit.statements.filter((each, i) => i <= unit.start || !isChange(each)) };
}

/**
 * The exercise that a gradient's value belongs to, by the gradients that its lines use: `dlogits` made of none is exercise 2's. Undefined for
 * what no exercise asks for.
 */
export function exerciseOf(name: string, used: ReadonlySet<string>): Exercise | undefined {
  const tasks = TASKS.filter((task) => task.name === name);
  const later = tasks.find(({ exercise, given }) => {
    if (exercise < 2) return false;
    const steps = TASKS.filter((task) => task.exercise === exercise).map((task) => task.name);
    const may = new Set([...given, ...steps].filter((each) => each !== name));
    return [...used].every((each) => may.has(each)) && (given.length === 0 || used.size > 0);
  });
  return (later ?? tasks[0])?.exercise;
}

/** Of several values of a gradient in one exercise the last counts. */
function lastOfEach(all: readonly Candidate[]): Candidate[] {
  const last = new Map<string, Candidate>();
  for (const one of all) last.set(`${one.training ? 4 : one.exercise} ${one.unit.name}`, one);
  return [...last.values()];
}

/** For a given exercise whatever could be its answer counts, in the exercise's own way. */
function wantedOnes(all: readonly Candidate[], wanted: Exercise | 4): Candidate[] {
  const inLoops = all.filter(({ training }) => training);
  const outside = all.filter(({ training }) => !training);
  if (wanted === 4)
    return lastOfEach((inLoops.length > 0 ? inLoops : all).map((one) => ({ ...one, training: true })));
  const last = new Map<string, Candidate>();
  for (const one of outside.length > 0 ? outside : all) {
    const { name } = one.unit;
    if (!TASKS.some((task) => task.exercise === wanted && task.name === name)) continue;
    const before = last.get(name);
    if (!before || one.exercise === wanted || before.exercise !== wanted) last.set(name, one);
  }
  return [...last.values()].map((one) => ({ ...one, exercise: wanted, training: false }));
}
