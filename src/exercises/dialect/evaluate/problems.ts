import type { Broken, Place, Statement } from "../ast.ts";
import { DialectError } from "../error.ts";
import { nearest } from "../nearest.ts";
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

  /** A gradient under a misspelt name goes nowhere, so it would be skipped without a word. */
  noteMisspelt(skipped: readonly Statement[], { asked, builtins }: Names): void {
    for (const statement of skipped) {
      if (statement.kind !== "assign") continue;
      for (const target of statement.targets) {
        if (target.kind !== "name" || !/^d[a-z]/i.test(target.name)) continue;
        if (asked.has(target.name) || builtins.has(target.name)) continue;
        const near = nearest(target.name, asked);
        if (near) this.note(`\`${target.name}\` is not asked for; did you mean \`${near}\`?`, target.at);
      }
    }
  }

  /** All errors but those whose names got another value since, as `ix` of a random minibatch has in the loop that makes dC. */
  errors(names: Names): Problem[] {
    const isRepaired = (problem: Problem): boolean =>
      problem.names.length > 0 && problem.names.every((name) => !names.asked.has(name) && names.has(name));
    return this.#errors.filter((problem) => !isRepaired(problem));
  }
}

/** What an exception of this line means to the learner. */
export function problemOf(error: unknown, at: Place): Omit<Problem, "names"> {
  if (error instanceof Absent) return { at, message: error.message, because: error.because };
  if (error instanceof DialectError) return { at, message: error.message };
  // What the budget does not foresee: a number, a text or a nesting that the machine itself has no room for.
  if (error instanceof RangeError) return { at, message: "this is too large to be computed here" };
  throw error;
}
