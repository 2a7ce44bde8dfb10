import type { Broken, Expression, Place, Statement } from "../ast.ts";
import { DialectError } from "../error.ts";
import { distance, nearest } from "../nearest.ts";
import { bodies, writtenNames } from "../tree.ts";
import { Absent, type Names } from "./names.ts";
import type { Note, Options, Problem } from "./outcome.ts";

/** What goes wrong in a run, and what is worth a word. */
export class Problems {
  readonly notes: Note[] = [];
  readonly #errors: Problem[] = [];
  readonly #onError: Options["onError"];

  constructor(onError: Options["onError"]) {
    this.#onError = onError;
  }

  /** Throws the problem, or keeps it and takes their values from the names that it spoils. */
  fail(problem: Broken | Problem, names: Names): void {
    if (this.#onError !== "continue") {
      const { cell, line, column } = problem.at;
      throw new DialectError(problem.message, line, column, cell);
    }
    this.#errors.push(problem);
    const cause = ("because" in problem && problem.because) || problem;
    for (const name of problem.names) names.fail(name, cause);
  }

  note(message: string, at: Place | null): void {
    const same = (note: Note): boolean =>
      note.message === message && note.at?.line === at?.line && note.at?.cell === at?.cell;
    if (this.notes.length < 100 && !this.notes.some(same)) this.notes.push({ at, message });
  }

  /** A gradient under a misspelt name would be skipped without a word, or used as a name of the text's own. */
  noteMisspelt(
    program: readonly Statement[],
    skipped: readonly Statement[],
    { asked, builtins }: Names,
  ): void {
    const without = new Set(skipped);
    const made = writtenNames(program);
    const look = (statement: Statement): void => {
      for (const body of bodies(statement)) body.forEach(look);
      if (statement.kind !== "assign") return;
      for (const { name, at } of statement.targets.flatMap(named)) {
        if (!/^d[a-z]/i.test(name) || asked.has(name) || builtins.has(name)) continue;
        const near = nearest(name, asked);
        if (near === undefined) continue;
        // Where it goes on, the text may mean it: not if it never makes the gradient that is so nearly called the same.
        if (without.has(statement) || (!made.has(near) && isSlip(name, near)))
          this.note(`\`${name}\` is not asked for; did you mean \`${near}\`?`, at);
      }
    };
    program.forEach(look);
  }

  /** All errors but those whose names got another value since, as `ix` of a random minibatch has in the loop that makes dC. */
  errors(names: Names): Problem[] {
    const isRepaired = (problem: Problem): boolean =>
      problem.names.length > 0 && problem.names.every((name) => !names.asked.has(name) && names.has(name));
    return this.#errors.filter((problem) => !isRepaired(problem));
  }
}

const named = (target: Expression): { readonly name: string; readonly at: Place }[] =>
  target.kind === "name" ? [target] : [];

/** Whether a name can only be meant for another one: `dx` and `dcounts_2` may be the learner's own. */
function isSlip(name: string, other: string): boolean {
  const number = (each: string): string | undefined => /\d+$/.exec(each)?.[0];
  const far = distance(name, other);
  return name.length > 4 && number(name) === number(other) && far <= Math.max(1, Math.floor(name.length / 6));
}

/** What an exception of this line means to the learner. */
export function problemOf(error: unknown, at: Place): Omit<Problem, "names"> {
  if (error instanceof Absent) return { at, message: error.message, because: error.because };
  if (error instanceof DialectError) return { at, message: error.message };
  // What the budget does not foresee: a number, a text or a nesting that the machine itself has no room for.
  if (error instanceof RangeError) return { at, message: "this is too large to be computed here" };
  throw error;
}
