import type { Place, Program, Statement } from "../ast.ts";
import type { Meaning } from "../needed/index.ts";
import { needed } from "../needed/index.ts";
import { read } from "../syntax/index.ts";
import type { Options, Outcome } from "./outcome.ts";
import { State } from "./state.ts";
import { Statements } from "./statements.ts";

export type { Cause, Change, Note, Options, Outcome, Problem, Skipped } from "./outcome.ts";

/**
 * Evaluates a text, or a notebook's code cells, or what `read` made of either. Errors of the text are DialectErrors with their
 * place.
 */
export function run(source: string | readonly string[] | Program, options: Options): Outcome {
  const program = typeof source === "string" || Array.isArray(source) ? read(source) : (source as Program);
  const state = new State(options);
  const { names, problems, ctx, limits } = state;
  const meaning: Meaning = {
    isGiven: (name) => names.isGiven(name),
    isForward: (name) => names.isForward(name),
    isAsked: (name) => names.asked.has(name),
    isReplaced: (name) => names.isReplaced(name),
    isBuiltin: (name) => names.builtins.has(name),
    prints: options.only === undefined,
  };
  const plan = needed(program.statements, meaning, options.only);
  for (const broken of program.broken) problems.fail(broken, names);
  if (options.only === undefined) problems.noteMisspelt(program.statements, plan.skipped, names);
  const statements = new Statements(state, plan);
  for (const statement of program.statements) {
    const signal = statements.guarded(statement);
    if (signal)
      problems.fail(
        { at: statement.at, message: `\`${signal}\` stands outside of a loop`, names: [] },
        names,
      );
  }
  return {
    values: names.own,
    changes: state.changes.of(names.own),
    prints: state.output.lines,
    notes: problems.notes,
    skipped: plan.skipped.map(({ at, text }) => ({ at, text })),
    errors: problems.errors(names),
    training: firstPlace(plan.training),
    used: names.used,
    tooLong: state.tooLong,
    cost: { computed: ctx.computed, steps: limits.steps },
  };
}

function firstPlace(statements: ReadonlySet<Statement>): Place | null {
  for (const { at } of statements) return at;
  return null;
}
