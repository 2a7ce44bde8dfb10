/** How a text falls into what is judged: a gradient may have a value in exercise 1, another in exercise 2, and one in a training loop. */

import type { Program, Statement } from "./dialect/ast.ts";
import { BUILTINS } from "./dialect/functions.ts";
import type { Meaning } from "./dialect/needed/index.ts";
import { needed } from "./dialect/needed/index.ts";
import { firstValues, takenBranch } from "./dialect/needed/turn.ts";
import { bodies, boundNames, nodes, readNames, writtenNames } from "./dialect/tree.ts";
import { SIZE_NAMES } from "./names.ts";
import { withNotebookNames } from "./other_names.ts";

/** What the judge knows of the names in a text. */
export interface Names {
  readonly given: { has(name: string): boolean };
  /** Float tensors of the forward pass. */
  readonly forward: ReadonlySet<string>;
  readonly asked: ReadonlySet<string>;
}

/** Lines that run one after the other, without a loop around them that trains. */
export interface Pass {
  readonly statements: readonly Statement[];
  /** The gradients to which it gives values. */
  readonly writes: ReadonlySet<string>;
  readonly training: boolean;
  /** Where the loop's body begins; what stands before it is of the text before. */
  readonly from: number;
}

/** A gradient's value: the one it has after these lines. */
export interface Unit {
  readonly name: string;
  readonly pass: Pass;
  readonly statements: readonly Statement[];
  /** The statement that gives it this value anew; 0 if none does. */
  readonly start: number;
  /** Whether the text gives it another value later, not made of this one. */
  readonly replaced: boolean;
}

export interface Passes {
  readonly passes: readonly Pass[];
  readonly units: readonly Unit[];
  /** Statements on which neither a gradient nor what is printed depends. */
  readonly skipped: number;
}

const PYTHON = new Set([...BUILTINS.keys(), "print", "cmp", "str", "repr"]);

const meaningOf = ({ given, forward, asked }: Names, only?: string, own?: ReadonlySet<string>): Meaning => ({
  isGiven: (name) => given.has(name),
  isForward: (name) => forward.has(name),
  isAsked: (name) => asked.has(name),
  isReplaced: (name) => only !== undefined && name !== only && asked.has(name) && !own?.has(name),
  isBuiltin: (name) => PYTHON.has(name),
  prints: false,
});

/**
 * @param program as {@link asNotebook} has it
 * @param several gradients that several exercises ask for: each of their values counts, of all others the last
 */
export function passesOf(program: Program, names: Names, several: ReadonlySet<string>): Passes {
  const all = flat(program.statements);
  const plan = needed(all, meaningOf(names));
  const kept = pruned(all, plan.statements);
  const passes: Pass[] = [];
  const before: Statement[] = [];
  for (const [statement, original] of kept) {
    if (!plan.training.has(original)) {
      before.push(statement);
      continue;
    }
    const body = loopBody(statement as Statement & { kind: "for" }, names);
    passes.push(passOf([...before, ...body], writtenNames(body), names, before.length));
  }
  const main = passOf(before, writtenNames(before), names, null);
  const units = [main, ...passes].flatMap((pass) => unitsOf(pass, several));
  // This time with what is printed: that is not judged, but neither is it skipped.
  const shown = needed(program.statements, { ...meaningOf(names), prints: true });
  return {
    passes: [main, ...passes],
    units,
    skipped: shown.skipped.length,
  };
}

/** A text as the judge takes it: with the notebook's names, and with what its functions would do. */
export function asNotebook(program: Program, names: Names): Program {
  return { ...program, statements: withInsides(withNotebookNames(program.statements, names), names) };
}

/**
 * The statements with the gradients that only functions give values to as what the first such definition writes: it is not understood, and their
 * rows say so. A function beside lines that give them values is left alone.
 */
function withInsides(statements: readonly Statement[], { asked }: Names): Statement[] {
  const elsewhere = writtenNames(statements);
  const told = new Set<string>();
  const marked = (statement: Statement): Statement => {
    switch (statement.kind) {
      case "for":
        return { ...statement, body: statement.body.map(marked), otherwise: statement.otherwise.map(marked) };
      case "if": {
        const branches = statement.branches.map(({ test, body }) => ({ test, body: body.map(marked) }));
        return { ...statement, branches, otherwise: statement.otherwise.map(marked) };
      }
      case "with":
        return { ...statement, body: statement.body.map(marked) };
    }
    if (statement.kind !== "refused" || statement.within === undefined) return statement;
    const inside = statement.within.filter(
      (name) => asked.has(name) && !elsewhere.has(name) && !told.has(name),
    );
    for (const name of inside) told.add(name);
    return { ...statement, writes: [...statement.writes, ...inside] };
  };
  return statements.map(marked);
}

/** The part of a unit's lines on which its gradient depends, with those in `own` taken from the text and all others not. */
export function linesFor(unit: Unit, names: Names, own: ReadonlySet<string>): readonly Statement[] {
  const { name, statements, start } = unit;
  const linesOf = (some: readonly Statement[]): readonly Statement[] => {
    const plan = needed(some, meaningOf(names, name, own), name);
    const wanted = new Set([...plan.statements].filter((statement) => !plan.overwrites.has(statement)));
    return pruned(some, wanted).map(([statement]) => statement);
  };
  // The value that it had before is of another exercise, unless something that still counts was made of it.
  const before = statements.slice(0, start).filter((statement) => !writtenNames([statement]).has(name));
  const lines = linesOf([...before, ...statements.slice(start)]);
  const first = lines.findIndex((statement) => writtenNames([statement]).has(name));
  return mentions(lines.slice(0, first), name) ? linesOf(statements) : lines;
}

function mentions(lines: readonly Statement[], name: string): boolean {
  for (const node of nodes(lines)) if (node.kind === "name" && node.name === name) return true;
  return false;
}

function passOf(
  statements: readonly Statement[],
  written: ReadonlySet<string>,
  { asked }: Names,
  from: number | null,
): Pass {
  return {
    statements,
    training: from !== null,
    from: from ?? 0,
    writes: new Set([...written].filter((name) => asked.has(name))),
  };
}

/** Values of one gradient that are judged at most: the last ones. */
const MOST_VALUES = 6;

/** A unit for each value that a pass gives a gradient anew; in a training loop only the last one counts. */
function unitsOf(pass: Pass, several: ReadonlySet<string>): Unit[] {
  const { statements, training, from } = pass;
  return [...pass.writes].flatMap((name): Unit[] => {
    const starts = [...statements.keys()].filter((i) => i >= from && isFresh(statements[i], name));
    const all = several.has(name) && !training;
    const values = starts.length === 0 ? [0] : starts.slice(all ? -MOST_VALUES : -1);
    return values.map((start, i) => {
      const end = values[i + 1];
      const own = end === undefined ? statements : statements.slice(0, end);
      return { name, pass, statements: own, start, replaced: end !== undefined };
    });
  });
}

/** Whether a statement gives the name a value that is not made of the one it had. */
function isFresh(statement: Statement, name: string): boolean {
  return (
    statement.kind === "assign" &&
    statement.targets.some((target) => boundNames(target).includes(name)) &&
    !readNames(statement.value).has(name)
  );
}

/** The statements with `with` blocks opened: their lines count as if they stood alone. */
function flat(statements: readonly Statement[]): Statement[] {
  return statements.flatMap((statement) => (statement.kind === "with" ? flat(statement.body) : [statement]));
}

/** The statements that are kept, blocks with those of their lines that are; each beside the statement it was. */
function pruned(
  statements: readonly Statement[],
  kept: ReadonlySet<Statement>,
): (readonly [pruned: Statement, original: Statement])[] {
  const block = (body: readonly Statement[]): Statement[] => pruned(body, kept).map(([each]) => each);
  return statements.flatMap((statement): (readonly [Statement, Statement])[] => {
    if (!kept.has(statement)) return [];
    if (statement.kind === "for")
      return [
        [
          { ...statement, body: block(flat(statement.body)), otherwise: block(statement.otherwise) },
          statement,
        ],
      ];
    if (statement.kind === "if") {
      const branches = statement.branches.map(({ test, body }) => ({ test, body: block(body) }));
      return [[{ ...statement, branches, otherwise: block(statement.otherwise) }, statement]];
    }
    if (statement.kind === "with") return [[{ ...statement, body: block(statement.body) }, statement]];
    return [[statement, statement]];
  });
}

/** One turn of a loop, the first, without its `break` and `continue`. */
function loopBody(loop: Statement & { kind: "for" }, { asked }: Names): Statement[] {
  const variables = new Set(boundNames(loop.target));
  const turn = (statement: Statement): Statement[] => {
    if (statement.kind === "break" || statement.kind === "continue") return [];
    if (statement.kind !== "if") return [statement];
    const taken = takenBranch(statement, variables, (name) => asked.has(name));
    if (taken) return taken.flatMap(turn);
    const branches = statement.branches.map(({ test, body }) => ({ test, body: body.flatMap(turn) }));
    return [{ ...statement, branches, otherwise: statement.otherwise.flatMap(turn) }];
  };
  return [...firstValues(loop), ...loop.body.flatMap(turn)];
}

/** Short names of sizes, like `N` and `E`, that a text gives to something of its own. */
export function renamedSizes({ statements }: Program): Set<string> {
  const own = assigned(statements);
  const short = Object.values(SIZE_NAMES)
    .flat()
    .filter((name) => /^[A-Z_]+$/.test(name));
  return new Set(short.filter((name) => own.has(name)));
}

/** Names that get another value by `=`. */
export function assigned(statements: readonly Statement[]): Set<string> {
  const out = new Set<string>();
  for (const statement of statements) {
    if (statement.kind === "assign")
      for (const target of statement.targets) for (const name of boundNames(target)) out.add(name);
    for (const body of bodies(statement)) for (const name of assigned(body)) out.add(name);
  }
  return out;
}
