import type { Binding, Statement } from "../ast.ts";
import { DialectError, LimitError } from "../error.ts";
import { attribute } from "../functions.ts";
import { iterate } from "../indexing.ts";
import type { Needed } from "../needed/index.ts";
import { firstValues } from "../needed/turn.ts";
import { boundNames, placeKey, readNames, writtenNames } from "../tree.ts";
import type { Value } from "../values.ts";
import { Assignments } from "./assignments.ts";
import { Expressions } from "./expressions.ts";
import { problemOf } from "./problems.ts";
import type { State } from "./state.ts";

export type Signal = "break" | "continue" | undefined;

type Of<Kind extends Statement["kind"]> = Statement & { kind: Kind };

/** Runs those statements of a text that are needed. */
export class Statements {
  readonly #state: State;
  readonly #plan: Needed;
  readonly #expressions: Expressions;
  readonly #assignments: Assignments;

  constructor(state: State, plan: Needed) {
    this.#state = state;
    this.#plan = plan;
    this.#expressions = new Expressions(state);
    this.#assignments = new Assignments(state, this.#expressions);
  }

  /** A statement after which the text goes on, even if it goes wrong. */
  guarded(statement: Statement): Signal {
    const { problems, names, limits, options, tooLong } = this.#state;
    if (!this.#plan.statements.has(statement)) return undefined;
    const { ample } = limits;
    try {
      const before = options.tooLong?.get(placeKey(statement.at));
      if (before !== undefined) {
        this.#state.at = statement.at;
        throw new DialectError(before);
      }
      return limits.shared(() => this.#run(statement));
    } catch (error) {
      limits.exception();
      let problem = problemOf(error, this.#state.at);
      if (error instanceof LimitError) {
        // The line at which a loop reached the limit says little: it is the loop that goes on for too long.
        if (statement.kind === "for") problem = { at: statement.at, message: `this loop ${error.exceeds}` };
        if (ample) tooLong.set(placeKey(statement.at), problem.message);
      }
      const spoilt = [...writtenNames([statement])];
      // What is only shown, and shows no gradient, spoils nothing.
      if (statement.kind === "expression" && spoilt.length === 0 && !this.#namesGradient(statement))
        problems.note(problem.message, problem.at);
      else problems.fail({ ...problem, names: spoilt }, names);
      return undefined;
    }
  }

  #namesGradient({ value }: Of<"expression">): boolean {
    for (const name of readNames(value)) if (this.#state.names.asked.has(name)) return true;
    return false;
  }

  #block(statements: readonly Statement[]): Signal {
    for (const statement of statements) {
      if (!this.#plan.statements.has(statement)) continue;
      const signal = this.#run(statement);
      if (signal) return signal;
    }
    return undefined;
  }

  #run(statement: Statement): Signal {
    const state = this.#state;
    state.at = statement.at;
    state.limits.step();
    state.limits.settle(() => state.names.reachable());
    switch (statement.kind) {
      case "expression":
        this.#expressions.value(statement.value);
        return undefined;
      case "assign":
        if (this.#plan.overwrites.has(statement)) throw this.#overwrite(statement);
        this.#assignments.assign(statement);
        return undefined;
      case "augment":
        this.#assignments.augment(statement);
        return undefined;
      case "for":
        return this.#for(statement);
      case "if":
        if (this.#plan.taken.has(statement)) return this.#block(this.#plan.taken.get(statement)!);
        for (const { test, body } of statement.branches)
          if (this.#expressions.truth(test)) return this.#block(body);
        return this.#block(statement.otherwise);
      case "with":
        return this.#block(statement.body);
      case "import":
        this.#imported(statement);
        return undefined;
      case "break":
      case "continue":
        return statement.kind;
      case "refused":
        throw new DialectError(statement.message);
      default:
        return undefined;
    }
  }

  #overwrite({ targets }: Of<"assign">): DialectError {
    const { names } = this.#state;
    return names.readOnly(targets.flatMap(boundNames).find((name) => names.isGiven(name))!);
  }

  #for(statement: Of<"for">): Signal {
    const { names, ctx, limits } = this.#state;
    const variables = boundNames(statement.target);
    try {
      if (this.#plan.training.has(statement)) {
        this.#firstTurn(statement);
        for (const each of statement.body) if (this.guarded(each) === "break") break;
        return undefined;
      }
      const over = this.#expressions.value(statement.over);
      this.#state.at = statement.over.at;
      for (const item of iterate(over, ctx)) {
        limits.step();
        this.#assignments.loopVariable(statement, item);
        if (this.#block(statement.body) === "break") return undefined;
      }
      return this.#block(statement.otherwise);
    } finally {
      // A loop variable with the name of something given, like `n`, ends with its loop.
      for (const name of variables) if (names.isGiven(name)) names.remove(name);
    }
  }

  /** Gives a training loop's variables their first values; what has none is told where it is used. */
  #firstTurn(loop: Of<"for">): void {
    for (const statement of firstValues(loop)) {
      this.#state.at = loop.at;
      try {
        this.#assignments.assign(statement);
      } catch (error) {
        const problem = problemOf(error, this.#state.at);
        for (const name of statement.targets.flatMap(boundNames))
          this.#state.names.fail(name, problem.because ?? problem);
      }
    }
  }

  #imported(statement: Of<"import">): void {
    const { limits, names, problems, at } = this.#state;
    for (const binding of statement.bindings) {
      try {
        names.set(binding.name, this.#bound(binding));
      } catch (error) {
        // The other names of the same line are there all the same.
        limits.exception();
        problems.fail({ ...problemOf(error, at), names: [binding.name] }, names);
      }
    }
  }

  #bound({ path, member }: Binding): Value {
    const { names, ctx } = this.#state;
    const [first, ...rest] = path.split(".");
    let value = names.builtins.get(first);
    if (value === undefined || (typeof value === "object" && value?.kind !== "module")) {
      throw new DialectError(
        `\`import ${path}\` is not understood: there are \`torch\`, \`torch.nn.functional\` and \`math\`, and they are always there`,
      );
    }
    if (path === "torch.nn.functional") value = names.builtins.get("F") ?? value;
    else for (const part of rest) value = attribute(value, part, ctx);
    if (member === null) return value;
    const isFunctional = path === "torch.nn" && member === "functional";
    return isFunctional ? (names.builtins.get("F") ?? null) : attribute(value, member, ctx);
  }
}
