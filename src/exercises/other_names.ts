/** Tensors that a text calls something else throughout, such as `dlogits_maxes`, `dbn_gain`, `dL_dprobs` or `x_batch`: under the notebook's names. */
import type { Expression, Statement } from "./dialect/ast.ts";
import { distance, letters } from "./dialect/nearest.ts";
import { bodies, boundNames, nodes, readNames } from "./dialect/tree.ts";

interface Known {
  readonly given: { has(name: string): boolean };
  /** Float tensors of the forward pass. */
  readonly forward: ReadonlySet<string>;
  readonly asked: ReadonlySet<string>;
}

/**
 * The statements with the notebook's names.
 *
 * Without this, what is made of `dlogits_maxes` would count as made of what that is made of, which is no step of the chain rule; and a learner's
 * own `bn_gain` or minibatch would have other values than the network has here. A name is taken for another only if the text uses it further,
 * and never uses that other name itself: then the two mean the same tensor.
 */
export function withNotebookNames(statements: readonly Statement[], known: Known): readonly Statement[] {
  const other = otherNames(statements, known);
  return other.size === 0 ? statements : renamed(statements, other);
}

/** The notebook's name for each tensor of the text that has another one. */
export function otherNames(statements: readonly Statement[], known: Known): ReadonlyMap<string, string> {
  const seen: Seen = { assigned: new Set(), read: new Set(), meant: new Map() };
  for (const statement of statements) look(statement, seen, known);
  const plainly = [...known.asked, ...known.forward].map((name) => [name, plain(name)] as const);
  const taken = new Map<string, string[]>();
  for (const name of seen.assigned) {
    if (known.asked.has(name) || known.given.has(name) || !seen.read.has(name)) continue;
    // What it is used as, or else what is nearly called so.
    const uses = seen.meant.get(name);
    const target = uses === undefined ? nearly(name, plainly) : uses.size === 1 ? [...uses][0] : undefined;
    if (target === undefined || seen.assigned.has(target) || seen.read.has(target)) continue;
    taken.set(target, [...(taken.get(target) ?? []), name]);
  }
  return new Map([...taken].flatMap(([target, names]) => (names.length === 1 ? [[names[0], target]] : [])));
}

interface Seen {
  /** Names that get a value by `=`. */
  readonly assigned: Set<string>;
  /** Names that stand anywhere else. */
  readonly read: Set<string>;
  /** What a name is used as, of the notebook's names. */
  readonly meant: Map<string, Set<string>>;
}

function look(statement: Statement, seen: Seen, known: Known): void {
  const read = (value: Expression): void => {
    for (const name of readNames(value)) seen.read.add(name);
    for (const each of nodes(value)) noteUse(each, seen, known);
  };
  const write = (target: Expression): void => {
    const bound = boundNames(target);
    for (const name of bound) seen.assigned.add(name);
    if (bound.length === 0) read(target);
  };
  switch (statement.kind) {
    case "assign":
      read(statement.value);
      for (const target of statement.targets) write(target);
      break;
    case "augment":
      read(statement.value);
      write(statement.target);
      break;
    case "expression":
      read(statement.value);
      break;
    case "for":
      read(statement.over);
      write(statement.target);
      break;
    case "if":
      for (const { test } of statement.branches) read(test);
      break;
    case "refused":
      for (const name of statement.reads) seen.read.add(name);
  }
  for (const body of bodies(statement)) for (const each of body) look(each, seen, known);
}

/** What an expression shows of what a name in it means. */
function noteUse(value: Expression | Statement, { meant }: Seen, { forward, asked }: Known): void {
  const note = (name: Expression | undefined, is: string): void => {
    if (name?.kind !== "name") return;
    meant.set(name.name, (meant.get(name.name) ?? new Set()).add(is));
  };
  if (value.kind === "call" && value.callee.kind === "name" && /^(?:cmp|compare)$/.test(value.callee.name)) {
    // `cmp('bngain', dgamma, bngain)`, or a function of the learner's own that is called in the same way.
    const [mine, other] = value.args.slice(-2).map((argument) => argument.value);
    const tensor = other?.kind === "attribute" && other.name === "grad" ? other.of : other;
    if (tensor?.kind === "name" && asked.has(`d${tensor.name}`)) note(mine, `d${tensor.name}`);
  }
  if (value.kind === "subscript" && value.of.kind === "name") {
    const { of, index } = value;
    // `C[x]` looks up the minibatch's characters; `logprobs[range(n), y]` and `dlogits[range(n), y]` pick the targets.
    if (of.name === "C") note(index, "Xb");
    const isRows = /^d?log(?:prob|it)s$/.test(of.name) && (asked.has(of.name) || forward.has(of.name));
    if (isRows && index.kind === "tuple" && index.items.length === 2) note(index.items[1].value, "Yb");
  }
}

/** @param candidates names, each with its plain form */
function nearly(name: string, candidates: readonly (readonly [string, string])[]): string | undefined {
  const mine = plain(name);
  if (mine.length < 2) return undefined;
  const same = candidates.filter(([, other]) => other === mine);
  if (same.length > 0) return same.length === 1 ? same[0][0] : undefined;
  // A letter more, less or other: too little to tell short names apart, such as dh and db1.
  if (mine.length < 6) return undefined;
  const near = candidates.filter(
    ([, other]) => Math.abs(other.length - mine.length) < 2 && distance(other, mine) === 1,
  );
  return near.length === 1 ? near[0][0] : undefined;
}

/** A name without what people write differently: `dL_dProbs` and `d_probs` are `dprobs`. */
const plain = (name: string): string => letters(name).replace(/^dl(?:oss)?(?=d)/, "");

/** A tree in which names are others. */
function renamed<T>(tree: T, other: ReadonlyMap<string, string>): T {
  if (typeof tree !== "object" || tree === null) return tree;
  if (Array.isArray(tree)) return tree.map((part) => renamed(part, other)) as T;
  const parts = Object.entries(tree).map(([key, part]) => [
    key,
    NAMES.has(key) ? namesIn(part, other) : renamed(part, other),
  ]);
  const copy = Object.fromEntries(parts);
  return copy.kind === "name" ? { ...copy, name: other.get(copy.name) ?? copy.name } : copy;
}

/** Where a tree lists the names that a statement mentions which is not understood. */
const NAMES = new Set(["reads", "writes"]);

const namesIn = (names: readonly string[], other: ReadonlyMap<string, string>): string[] =>
  names.map((name) => other.get(name) ?? name);
