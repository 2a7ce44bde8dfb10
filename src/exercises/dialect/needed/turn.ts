/** A training loop is gone through once: what its variables are in that turn, and which branches it takes. */
import type { Expression, Statement } from "../ast.ts";
import { boundNames, readNames, writtenNames } from "../tree.ts";
import type { Entry } from "./effects.ts";
import { push } from "./graph.ts";

type Of<Kind extends Statement["kind"]> = Statement & { kind: Kind };

/** What gives a loop's variables their values in its first turn: 0 to a counter, the first item to what goes over data. */
export function firstValues({ at, target, over }: Of<"for">): Of<"assign">[] {
  return firstOf(target, over).map(([name, value]) => ({
    at,
    text: "",
    kind: "assign",
    targets: [name],
    value,
  }));
}

function firstOf(target: Expression, over: Expression): [target: Expression, value: Expression][] {
  const zero: Expression = { at: over.at, kind: "constant", value: 0n };
  if (counts(over))
    return boundNames(target).map((name) => [{ at: target.at, kind: "name", name }, zero] as const);
  const items = target.kind === "tuple" || target.kind === "list" ? target.items : [];
  if (over.kind === "call" && over.callee.kind === "name") {
    const { callee, args } = over;
    if (callee.name === "enumerate" && items.length === 2 && args.length > 0)
      return [[items[0].value, zero], ...firstOf(items[1].value, args[0].value)];
    if (callee.name === "zip" && items.length > 0 && items.length === args.length)
      return items.flatMap(({ value }, i) => firstOf(value, args[i].value));
  }
  return [[target, { at: over.at, kind: "subscript", of: over, index: zero }]];
}

/** `range(max_steps)`, also within something that shows its progress: `tqdm(range(max_steps))`, `trange(max_steps)`. */
function counts(over: Expression): boolean {
  if (over.kind !== "call") return false;
  const { callee, args } = over;
  const name = callee.kind === "name" || callee.kind === "attribute" ? callee.name : "";
  if (name.endsWith("range")) return true;
  return name !== "enumerate" && name !== "zip" && args.length > 0 && counts(args[0].value);
}

/**
 * The branch that the turn takes of an `if` whose test reads a loop's variable: the one in which gradients are made, be it `if i > 100:`.
 * Undefined where it is no such `if`, or several branches make some.
 */
export function takenBranch(
  { branches, otherwise }: Of<"if">,
  variables: ReadonlySet<string>,
  isAsked: (name: string) => boolean,
): readonly Statement[] | undefined {
  const tests = branches.flatMap(({ test }) => [...readNames(test)]);
  if (!tests.some((name) => variables.has(name))) return undefined;
  const making = [...branches.map(({ body }) => body), otherwise].filter((body) =>
    [...writtenNames(body)].some(isAsked),
  );
  return making.length === 1 ? making[0] : undefined;
}

/** Whether each turn of a loop makes all its gradients anew, and the same ones: its counter makes no difference to them. */
export function repeatsItself(
  loop: Of<"for">,
  inside: readonly Entry[],
  { isAsked, isForward }: { isAsked(name: string): boolean; isForward(name: string): boolean },
): boolean {
  if (!counts(loop.over)) return false;
  const made = new Set<string>();
  for (const { statement, parents, effects } of inside) {
    const isFresh = statement.kind === "assign" && parents.findLast(({ kind }) => kind === "for") === loop;
    for (const name of [...effects.assigns, ...effects.changes]) {
      // Made of a gradient, or else the loop trains without this: a `d` was forgotten.
      if (isForward(name)) return false;
      if (!isAsked(name) || made.has(name)) continue;
      if (!isFresh || effects.reads.has(name)) return false;
      made.add(name);
    }
  }
  return made.size > 0 && ![...madeOf(boundNames(loop.target), inside)].some((name) => made.has(name));
}

/** The names to which some statements give values, or a change, that are made of one of these; and these. */
function madeOf(names: readonly string[], statements: readonly Entry[]): Set<string> {
  const readers = new Map<string, Entry[]>();
  for (const entry of statements) for (const name of entry.effects.reads) push(readers, name, entry);
  const found = new Set<string>();
  const open = [...names];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (found.has(name)) continue;
    found.add(name);
    for (const { effects } of readers.get(name) ?? []) open.push(...effects.assigns, ...effects.changes);
  }
  return found;
}
