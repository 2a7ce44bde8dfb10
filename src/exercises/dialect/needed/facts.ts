import type { Expression, Statement } from "../ast.ts";
import { readNames } from "../tree.ts";
import { type Entry, headReads } from "./effects.ts";
import { push } from "./graph.ts";
import { repeatsItself } from "./turn.ts";

/** What the names of a text mean to whoever runs it. */
export interface Meaning {
  /** From the forward pass: tensors and sizes, read-only. */
  isGiven(name: string): boolean;
  /** Float tensors among them: a loop that computes these anew is a training loop. */
  isForward(name: string): boolean;
  /** Gradients that are asked for. */
  isAsked(name: string): boolean;
  /** Gradients that are not taken from the text, but from whoever runs it. */
  isReplaced(name: string): boolean;
  isBuiltin(name: string): boolean;
  /** Whether `print` and `cmp` are wanted. */
  readonly prints: boolean;
}

/** Whether a name has a value before the text begins. */
export const isKnown = (name: string, meaning: Meaning): boolean =>
  meaning.isGiven(name) || meaning.isAsked(name) || meaning.isBuiltin(name);

/** Names that hold a gradient, or what was made of one. */
export function carriersOf(entries: readonly Entry[], meaning: Meaning): Set<string> {
  const carriers = new Set<string>();
  const readers = new Map<string, Entry[]>();
  const reading = (entry: Entry): Set<string> =>
    entry.statement.kind === "for" ? headReads(entry.statement) : entry.effects.reads;
  for (const entry of entries) for (const name of reading(entry)) push(readers, name, entry);
  const names = [...readers.keys()].filter((name) => meaning.isAsked(name));
  for (let name = names.pop(); name !== undefined; name = names.pop()) {
    for (const { effects } of readers.get(name) ?? []) {
      for (const made of [...effects.assigns, ...effects.changes]) {
        if (carriers.has(made) || meaning.isGiven(made)) continue;
        carriers.add(made);
        names.push(made);
      }
    }
    readers.delete(name);
  }
  return carriers;
}

/** Names that the text gives a value whatever else is skipped: `print` shows them. */
export function computableOf(entries: readonly Entry[], meaning: Meaning): Set<string> {
  const computable = new Set<string>();
  /** Names that the text takes from what is skipped, or from nowhere. */
  const missing: string[] = [];
  const makers = new Map<string, string[]>();
  for (const { statement, effects } of entries) {
    const skipped = statement.kind === "refused" || statement.kind === "import" || effects.grad;
    const reads = statement.kind === "for" ? headReads(statement) : effects.reads;
    for (const made of [...effects.assigns, ...effects.changes]) {
      computable.add(made);
      if (skipped) missing.push(made);
      for (const name of reads) push(makers, name, made);
    }
  }
  for (const name of makers.keys()) if (!computable.has(name) && !isKnown(name, meaning)) missing.push(name);
  // What is made of a missing name is missing too. What is made of itself, like `a, b = b, a + b`, need not be.
  for (let name = missing.pop(); name !== undefined; name = missing.pop()) {
    computable.delete(name);
    missing.push(...(makers.get(name) ?? []));
    makers.delete(name);
  }
  return computable;
}

/**
 * Loops that train: they compute the forward pass anew, update parameters (`p.data += -lr * grad`, `W2 -= lr * dW2`), or make the same gradients
 * anew in each turn, as a loop does whose update is still to be written.
 */
export function trainingOf(
  entries: readonly Entry[],
  meaning: Meaning,
  namesGradient: (names: Iterable<string>) => boolean,
): Set<Statement> {
  const found = new Set<Statement>();
  for (const { statement, parents, effects } of entries) {
    const trains = namesGradient(effects.reads)
      ? effects.attributeOf !== null || isUpdate(statement, meaning)
      : statement.kind === "assign" && [...effects.assigns].some((name) => meaning.isForward(name));
    if (trains) for (const parent of parents) if (parent.kind === "for") found.add(parent);
  }
  const inside = new Map<Statement, Entry[]>();
  for (const entry of entries) for (const parent of entry.parents) push(inside, parent, entry);
  for (const { statement, parents } of entries) {
    if (statement.kind !== "for" || found.has(statement) || parents.some(({ kind }) => kind === "for"))
      continue;
    if (repeatsItself(statement, inside.get(statement) ?? [], meaning)) found.add(statement);
  }
  // In the text's order.
  return new Set(entries.flatMap(({ statement }) => (found.has(statement) ? [statement] : [])));
}

/**
 * Whether a statement that reads a gradient takes a step with it: `W2 -= lr * dW2`, `W2 += -lr * dW2` or `W2 = W2 - lr * dW2`. A rate alone is
 * multiplied with the gradient there, while a line in which a `d` was forgotten (`bndiff += 2*bndiff * dbndiff2`) has forward values.
 */
export function isUpdate(statement: Statement, meaning: Meaning): boolean {
  const step = stepOf(statement, meaning);
  return (
    step?.kind === "binary" &&
    step.op === "*" &&
    ![...readNames(step)].some((name) => meaning.isForward(name))
  );
}

/** What a statement adds to a forward tensor under its own name, or takes away from it. */
function stepOf(statement: Statement, { isForward }: Meaning): Expression | undefined {
  if (statement.kind === "augment") {
    const { target, op, value } = statement;
    return target.kind === "name" && isForward(target.name) && "+-".includes(op) ? value : undefined;
  }
  if (statement.kind !== "assign" || statement.value.kind !== "binary") return undefined;
  const { op, left, right } = statement.value;
  const [target] = statement.targets;
  const again = target.kind === "name" && left.kind === "name" && target.name === left.name;
  return again && isForward(left.name) && "+-".includes(op) ? right : undefined;
}
