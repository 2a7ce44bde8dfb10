import type { Statement } from "../ast.ts";
import { bodies, boundNames, readNames } from "../tree.ts";
import { aliasesOf } from "./aliases.ts";
import { type Entry, entriesOf, headReads } from "./effects.ts";
import { carriersOf, computableOf, isKnown, isUpdate, type Meaning, trainingOf } from "./facts.ts";
import { push, reversed } from "./graph.ts";
import { firstValues, takenBranch } from "./turn.ts";

export type { Meaning } from "./facts.ts";

export interface Needed {
  readonly statements: ReadonlySet<Statement>;
  /** Those among them that would give something from the forward pass a value made of a gradient. */
  readonly overwrites: ReadonlySet<Statement>;
  /** Loops that are gone through once: they train. */
  readonly training: ReadonlySet<Statement>;
  /** The `if`s in these loops of which one branch is taken, whatever their test. */
  readonly taken: ReadonlyMap<Statement, readonly Statement[]>;
  /** Statements on which no gradient depends, the outermost of each. */
  readonly skipped: readonly Statement[];
}

/**
 * What has to run: every statement that gives or changes a value on which a gradient asked for depends, also through another
 * name of the same tensor. What is left over (imports, plots, `loss.backward()`, the forward pass) is skipped.
 *
 * @param only the only gradient that counts, instead of all that are asked for
 */
export function needed(program: readonly Statement[], meaning: Meaning, only?: string): Needed {
  const search = new Search(program, meaning);
  search.run((name) => (only === undefined ? meaning.isAsked(name) : name === only));
  const { statements, overwrites, training, taken } = search;
  return { statements, overwrites, training, taken, skipped: skippedOf(program, statements) };
}

class Search {
  readonly statements = new Set<Statement>();
  readonly overwrites = new Set<Statement>();
  readonly training: ReadonlySet<Statement>;
  readonly taken: ReadonlyMap<Statement, readonly Statement[]>;
  readonly #meaning: Meaning;
  readonly #entries: readonly Entry[];
  /** Names that hold a gradient, or what was made of one. */
  readonly #carriers: ReadonlySet<string>;
  readonly #computable: ReadonlySet<string>;
  /** Names with a value by `=` or as a loop's variable, and not by `import` alone. */
  readonly #rebound: ReadonlySet<string>;
  /** The other names of a name's tensor. */
  readonly #copies: ReadonlyMap<string, readonly string[]>;
  /** Names of the text on which a gradient depends. */
  readonly #wanted = new Set<string>();
  /** Names through which the tensor of one of those may be changed. */
  readonly #touched = new Set<string>();
  /** The statements to be looked at again when a name is wanted, or a loop is kept. */
  readonly #watching = new Map<string | Statement, Entry[]>();
  readonly #queue: Entry[];

  constructor(program: readonly Statement[], meaning: Meaning) {
    const entries = entriesOf(program);
    this.#meaning = meaning;
    this.#entries = entries;
    this.#queue = [...entries];
    this.#carriers = carriersOf(entries, meaning);
    this.#computable = meaning.prints ? computableOf(entries, meaning) : new Set();
    this.training = trainingOf(entries, meaning, (names) => this.#namesGradient(names));
    this.taken = this.#takenBranches();
    this.#copies = reversed(aliasesOf(entries));
    this.#rebound = new Set(
      entries.flatMap(({ statement, effects }) =>
        statement.kind === "assign" || statement.kind === "for" ? [...effects.assigns] : [],
      ),
    );
    for (const entry of entries) for (const name of this.#watched(entry)) push(this.#watching, name, entry);
  }

  run(isSought: (name: string) => boolean): void {
    for (const { effects } of this.#entries)
      for (const name of [...effects.assigns, ...effects.changes]) if (isSought(name)) this.#want([name]);
    for (let entry = this.#queue.pop(); entry !== undefined; entry = this.#queue.pop()) {
      const { statement, effects, parents } = entry;
      if (statement.kind === "for" && this.training.has(statement) && this.#wantsAny(effects.assigns))
        for (const { value } of firstValues(statement)) this.#want(readNames(value));
      if (this.statements.has(statement) || !this.#isNeeded(entry)) continue;
      this.#keep(statement);
      this.#want(effects.reads);
      for (const parent of parents) {
        this.#keep(parent);
        if (!this.training.has(parent) && !this.taken.has(parent)) this.#want(headReads(parent));
      }
    }
  }

  #takenBranches(): Map<Statement, readonly Statement[]> {
    const taken = new Map<Statement, readonly Statement[]>();
    for (const { statement, parents } of this.#entries) {
      if (statement.kind !== "if") continue;
      const loops = parents.filter((parent) => parent.kind === "for" && this.training.has(parent));
      const variables = new Set(
        loops.flatMap((loop) => (loop.kind === "for" ? boundNames(loop.target) : [])),
      );
      const branch = takenBranch(statement, variables, this.#meaning.isAsked);
      if (branch) taken.set(statement, branch);
    }
    return taken;
  }

  #wantsAny(names: ReadonlySet<string>): boolean {
    for (const name of names) if (this.#wanted.has(name)) return true;
    return false;
  }

  /** What decides over a statement. */
  #watched({ statement, effects, parents }: Entry): Set<string | Statement> {
    const names = new Set<string | Statement>([...effects.assigns, ...effects.changes]);
    if (effects.attributeOf !== null) names.add(effects.attributeOf);
    if (statement.kind === "expression" && this.#meaning.prints)
      for (const name of effects.reads) names.add(name);
    const loop = loopAround(parents);
    if (loop && (statement.kind === "break" || statement.kind === "continue")) names.add(loop);
    return names;
  }

  #isNeeded(entry: Entry): boolean {
    const { statement, effects, parents } = entry;
    switch (statement.kind) {
      case "for":
      case "if":
      case "with":
      case "pass":
      case "magic":
        return false;
      case "break":
      case "continue": {
        const loop = loopAround(parents);
        return loop === undefined || (this.statements.has(loop) && !this.training.has(loop));
      }
    }
    if (effects.attributeOf !== null && effects.assigns.size === 0)
      return this.#fromText(effects.attributeOf);
    return this.#gives(entry) || this.#changes(entry) || this.#shows(entry);
  }

  #gives({ statement, effects, parents }: Entry): boolean {
    const meaning = this.#meaning;
    for (const name of effects.assigns)
      if (!meaning.isGiven(name) && !meaning.isReplaced(name) && this.#wanted.has(name)) return true;
    // A forward tensor made from a gradient: a `d` was forgotten, and running it says so.
    if (effects.grad || !this.#namesGradient(effects.reads)) return false;
    if (this.#trains(parents) && isUpdate(statement, meaning)) return false;
    for (const name of effects.assigns) {
      if (!meaning.isGiven(name)) continue;
      this.overwrites.add(statement);
      return true;
    }
    return false;
  }

  #changes({ effects, parents }: Entry): boolean {
    const meaning = this.#meaning;
    const trains = this.#trains(parents);
    for (const name of effects.changes)
      if (!meaning.isReplaced(name) && (this.#touched.has(name) || (meaning.isGiven(name) && !trains)))
        return true;
    return false;
  }

  #trains(parents: readonly Statement[]): boolean {
    return parents.some((parent) => this.training.has(parent));
  }

  /** Whether it prints, or is an expression alone, of what is the text's own or known without it. */
  #shows({ statement, effects }: Entry): boolean {
    const meaning = this.#meaning;
    const { root, reads } = effects;
    if (statement.kind !== "expression" || !meaning.prints || effects.grad || root === null) return false;
    if (!meaning.isBuiltin(root) && !this.#fromText(root)) return false;
    const known = (name: string): boolean => isKnown(name, meaning) || this.#computable.has(name);
    if (root === "print" && [...reads].every(known)) return true;
    return [...reads].some((name) => this.#fromText(name));
  }

  #fromText(name: string): boolean {
    const meaning = this.#meaning;
    if (meaning.isReplaced(name)) return false;
    return this.#wanted.has(name) || (meaning.isAsked(name) && !meaning.isGiven(name));
  }

  #namesGradient(names: Iterable<string>): boolean {
    for (const name of names) if (this.#carriers.has(name) || this.#meaning.isAsked(name)) return true;
    return false;
  }

  // What is needed may make more needed.

  #want(names: Iterable<string>): void {
    const meaning = this.#meaning;
    for (const name of names) {
      if (this.#wanted.has(name) || meaning.isGiven(name) || meaning.isReplaced(name)) continue;
      // `import torch` brings nothing; `sum = …` would.
      if (meaning.isBuiltin(name) && !this.#rebound.has(name)) continue;
      this.#wanted.add(name);
      this.#wake(name);
      const reaching = [name];
      for (let each = reaching.pop(); each !== undefined; each = reaching.pop()) {
        if (this.#touched.has(each)) continue;
        this.#touched.add(each);
        this.#wake(each);
        reaching.push(...(this.#copies.get(each) ?? []));
      }
    }
  }

  #keep(statement: Statement): void {
    if (this.statements.has(statement)) return;
    this.statements.add(statement);
    this.#wake(statement);
  }

  #wake(name: string | Statement): void {
    for (const entry of this.#watching.get(name) ?? []) this.#queue.push(entry);
  }
}

const loopAround = (parents: readonly Statement[]): Statement | undefined =>
  parents.findLast((parent) => parent.kind === "for");

function skippedOf(program: readonly Statement[], kept: ReadonlySet<Statement>): Statement[] {
  const out: Statement[] = [];
  for (const statement of program) {
    if (statement.kind === "pass") continue;
    if (statement.kind === "expression" && statement.value.kind === "constant") continue;
    if (!kept.has(statement)) out.push(statement);
    else for (const body of bodies(statement)) out.push(...skippedOf(body, kept));
  }
  return out;
}
