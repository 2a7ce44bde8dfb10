import type { Expression, Statement } from "../ast.ts";
import { bodies, changedBy, rootName, subexpressions } from "../tree.ts";

/** What a statement by itself, without the blocks in it, does to the names of the text. */
export interface Effects {
  /** Names that get another value. */
  readonly assigns: Set<string>;
  /** Names whose tensor is changed in place. */
  readonly changes: Set<string>;
  readonly reads: Set<string>;
  /** Whether it takes a gradient from PyTorch. */
  grad: boolean;
  /** The name before the point of `W1.data = …`. */
  attributeOf: string | null;
  /** The name at the start of an expression that stands alone, like `plt` of `plt.imshow(dlogits)`. */
  root: string | null;
}

export interface Entry {
  readonly statement: Statement;
  /** The statements around it, from the outside in. */
  readonly parents: readonly Statement[];
  readonly effects: Effects;
}

/** Every statement of a text, those in blocks too, in the text's order. */
export function entriesOf(program: readonly Statement[]): Entry[] {
  const entries: Entry[] = [];
  const collect = (statements: readonly Statement[], parents: readonly Statement[]): void => {
    for (const statement of statements) {
      entries.push({ statement, parents, effects: effectsOf(statement) });
      for (const body of bodies(statement)) collect(body, [...parents, statement]);
    }
  };
  collect(program, []);
  return entries;
}

function effectsOf(statement: Statement): Effects {
  const effects = none();
  switch (statement.kind) {
    case "expression":
      reads(statement.value, effects);
      effects.root = firstName(statement.value);
      break;
    case "assign":
      reads(statement.value, effects);
      for (const target of statement.targets) writes(target, effects);
      break;
    case "augment":
      reads(statement.value, effects);
      reads(statement.target, effects);
      if (statement.target.kind === "name") effects.changes.add(statement.target.name);
      else writes(statement.target, effects);
      break;
    case "import":
      for (const { name } of statement.bindings) effects.assigns.add(name);
      break;
    case "refused":
      for (const name of statement.writes) effects.assigns.add(name);
      for (const name of statement.reads) effects.reads.add(name);
      break;
    case "for":
      writes(statement.target, effects);
      break;
  }
  return effects;
}

function none(): Effects {
  return {
    assigns: new Set(),
    changes: new Set(),
    reads: new Set(),
    grad: false,
    attributeOf: null,
    root: null,
  };
}

/** The names that decide what a block's head does: a loop goes over them, a condition tests them. */
export function headReads(statement: Statement): Set<string> {
  const effects = none();
  if (statement.kind === "for") reads(statement.over, effects);
  if (statement.kind === "if") for (const { test } of statement.branches) reads(test, effects);
  return effects.reads;
}

function writes(target: Expression, effects: Effects): void {
  switch (target.kind) {
    case "name":
      effects.assigns.add(target.name);
      break;
    case "tuple":
    case "list":
      for (const { value } of target.items) writes(value, effects);
      break;
    case "subscript":
      reads(target, effects);
      addTo(effects.changes, rootName(target));
      break;
    case "attribute":
      reads(target, effects);
      effects.attributeOf = rootName(target);
      break;
  }
}

function reads(value: Expression, effects: Effects): void {
  switch (value.kind) {
    case "name":
      effects.reads.add(value.name);
      break;
    case "attribute":
      if (value.name === "grad") effects.grad = true;
      break;
    case "call":
      for (const name of changedBy(value)) effects.changes.add(name);
      break;
    case "refused":
      for (const name of value.reads) effects.reads.add(name);
      break;
  }
  for (const part of subexpressions(value)) reads(part, effects);
}

function addTo(names: Set<string>, name: string | null): void {
  if (name !== null) names.add(name);
}

function firstName(value: Expression): string | null {
  switch (value.kind) {
    case "binary":
      return firstName(value.left);
    case "compare":
      return firstName(value.first);
    case "unary":
      return firstName(value.of);
    case "attribute":
    case "subscript":
      return firstName(value.of);
    case "call":
      return firstName(value.callee);
    default:
      return value.kind === "name" ? value.name : null;
  }
}
