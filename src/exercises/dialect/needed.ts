import type { Expression, FormatPart, Item, Statement } from "./ast.ts";

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

export interface Needed {
  readonly statements: ReadonlySet<Statement>;
  /** Those among them that would give something from the forward pass a value made of a gradient. */
  readonly overwrites: ReadonlySet<Statement>;
  /** Loops that are gone through once: they train. */
  readonly training: ReadonlySet<Statement>;
  /** Statements on which no gradient depends, the outermost of each. */
  readonly skipped: readonly Statement[];
}

/** Calls whose result shares nothing with what they are called on. */
const FRESH = new Set(
  "clone sum mean exp log sqrt tanh pow abs repeat float long bool max min argmax var std zeros_like ones_like size item one_hot softmax log_softmax matmul mm".split(
    " ",
  ),
);

interface Effects {
  /** Names that get another value. */
  readonly assigns: Set<string>;
  /** Names whose tensor is changed in place. */
  readonly changes: Set<string>;
  readonly reads: Set<string>;
  grad: boolean;
  /** The name before the point of `W1.data = …`. */
  attributeOf: string | null;
  /** The name at the start of an expression that stands alone, like `plt` of `plt.imshow(dlogits)`. */
  root: string | null;
}

interface Entry {
  readonly statement: Statement;
  readonly parents: readonly Statement[];
  readonly effects: Effects;
}

/**
 * What has to run: every statement that gives or changes a value on which a gradient asked for depends, also through another
 * name of the same tensor. What is left over (imports, plots, `loss.backward()`, the forward pass) is skipped.
 */
export function needed(program: readonly Statement[], meaning: Meaning, only?: string): Needed {
  const entries: Entry[] = [];
  const aliases = new Map<string, Set<string>>();
  collect(program, [], entries, aliases);

  const carriers = carriersOf(entries, meaning);
  /** Names of the text on which a gradient depends. */
  const wanted = new Set<string>();
  /** Names through which the tensor of one of those may be changed. */
  const touched = new Set<string>();
  const statements = new Set<Statement>();
  const fromText = (name: string): boolean =>
    !meaning.isReplaced(name) && (wanted.has(name) || (meaning.isAsked(name) && !meaning.isGiven(name)));
  const namesGradient = (names: Iterable<string>): boolean => {
    for (const name of names) if (carriers.has(name) || meaning.isAsked(name)) return true;
    return false;
  };
  const training = trainingOf(entries, meaning, namesGradient);
  const rebound = new Set<string>();
  for (const { statement, effects } of entries) {
    if (statement.kind === "assign" || statement.kind === "for")
      for (const name of effects.assigns) rebound.add(name);
  }
  const computable = meaning.prints ? computableOf(entries, meaning) : new Set<string>();
  const overwrites = new Set<Statement>();

  const isNeeded = ({ statement, effects, parents }: Entry): boolean => {
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
        return loop === undefined || (statements.has(loop) && !training.has(loop));
      }
    }
    if (effects.attributeOf !== null && effects.assigns.size === 0) return fromText(effects.attributeOf);
    for (const name of effects.assigns) {
      if (meaning.isGiven(name)) continue;
      if (wanted.has(name) && !meaning.isReplaced(name)) return true;
    }
    for (const name of effects.assigns) {
      // A forward tensor made from a gradient: a `d` was forgotten, and running it says so.
      if (meaning.isGiven(name) && namesGradient(effects.reads) && !effects.grad) {
        overwrites.add(statement);
        return true;
      }
    }
    const inTraining = parents.some((parent) => training.has(parent));
    for (const name of effects.changes) {
      if (meaning.isReplaced(name)) continue;
      if (touched.has(name) || (meaning.isGiven(name) && !inTraining)) return true;
    }
    if (statement.kind !== "expression" || !meaning.prints || effects.grad) return false;
    if (effects.root === null || !(meaning.isBuiltin(effects.root) || fromText(effects.root))) return false;
    const known = (name: string): boolean => isKnown(name, meaning) || computable.has(name);
    if (effects.root === "print" && [...effects.reads].every(known)) return true;
    return [...effects.reads].some(fromText);
  };

  // What is needed may make more needed: each statement is looked at again when one of the names that decide over it is.
  const watching = new Map<string | Statement, Entry[]>();
  const copies = reversed(aliases);
  const queue = [...entries];
  for (const entry of entries) {
    const { statement, effects, parents } = entry;
    const names = new Set<string | Statement>([...effects.assigns, ...effects.changes]);
    if (effects.attributeOf !== null) names.add(effects.attributeOf);
    if (statement.kind === "expression" && meaning.prints) for (const name of effects.reads) names.add(name);
    const loop = loopAround(parents);
    if (loop && (statement.kind === "break" || statement.kind === "continue")) names.add(loop);
    for (const name of names) push(watching, name, entry);
  }
  const wake = (name: string | Statement): void => {
    for (const entry of watching.get(name) ?? []) queue.push(entry);
  };
  const want = (names: Iterable<string>): void => {
    for (const name of names) {
      if (wanted.has(name) || meaning.isGiven(name) || meaning.isReplaced(name)) continue;
      // `import torch` brings nothing; `sum = …` would.
      if (meaning.isBuiltin(name) && !rebound.has(name)) continue;
      wanted.add(name);
      wake(name);
      const reaching = [name];
      for (let each = reaching.pop(); each !== undefined; each = reaching.pop()) {
        if (touched.has(each)) continue;
        touched.add(each);
        wake(each);
        reaching.push(...(copies.get(each) ?? []));
      }
    }
  };
  const keep = (statement: Statement): void => {
    if (statements.has(statement)) return;
    statements.add(statement);
    wake(statement);
  };

  for (const { effects } of entries) {
    for (const name of [...effects.assigns, ...effects.changes])
      if (only === undefined ? meaning.isAsked(name) : name === only) want([name]);
  }
  for (let entry = queue.pop(); entry !== undefined; entry = queue.pop()) {
    const { statement, effects, parents } = entry;
    if (statements.has(statement) || !isNeeded(entry)) continue;
    keep(statement);
    want(effects.reads);
    for (const parent of parents) {
      keep(parent);
      if (!training.has(parent)) want(headReads(parent));
    }
  }
  return { statements, overwrites, training, skipped: skippedOf(program, statements) };
}

const loopAround = (parents: readonly Statement[]): Statement | undefined =>
  parents.findLast((parent) => parent.kind === "for");

/** Whether a name has a value before the text begins. */
const isKnown = (name: string, meaning: Meaning): boolean =>
  meaning.isGiven(name) || meaning.isAsked(name) || meaning.isBuiltin(name);

function push<Key, Item>(map: Map<Key, Item[]>, key: Key, item: Item): void {
  const found = map.get(key);
  if (found) found.push(item);
  else map.set(key, [item]);
}

function reversed(edges: ReadonlyMap<string, ReadonlySet<string>>): Map<string, string[]> {
  const out = new Map<string, string[]>();
  for (const [from, all] of edges) for (const to of all) push(out, to, from);
  return out;
}

/** Names that hold a gradient, or what was made of one. */
function carriersOf(entries: readonly Entry[], meaning: Meaning): Set<string> {
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
function computableOf(entries: readonly Entry[], meaning: Meaning): Set<string> {
  /** What each name still waits for; it never comes where the text takes it from what is skipped. */
  const waiting = new Map<string, Set<string>>();
  const never = new Set<string>();
  for (const { statement, effects } of entries) {
    const skipped = statement.kind === "refused" || statement.kind === "import" || effects.grad;
    const reads = statement.kind === "for" ? headReads(statement) : effects.reads;
    for (const made of [...effects.assigns, ...effects.changes]) {
      if (skipped) never.add(made);
      const names = waiting.get(made) ?? new Set();
      waiting.set(made, names);
      for (const name of reads) if (name !== made && !isKnown(name, meaning)) names.add(name);
    }
  }
  const known = new Set<string>();
  const waiters = reversed(waiting);
  const names = [...waiting.keys()].filter((name) => waiting.get(name)!.size === 0);
  for (let name = names.pop(); name !== undefined; name = names.pop()) {
    if (never.has(name)) continue;
    known.add(name);
    for (const waiter of waiters.get(name) ?? []) {
      const rest = waiting.get(waiter)!;
      if (rest.delete(name) && rest.size === 0) names.push(waiter);
    }
  }
  return known;
}

/** Loops that train: they compute the forward pass anew, or update parameters (`p.data += -lr * grad`). */
function trainingOf(
  entries: readonly Entry[],
  meaning: Meaning,
  namesGradient: (names: Iterable<string>) => boolean,
): Set<Statement> {
  const found = new Set<Statement>();
  for (const { statement, parents, effects } of entries) {
    const trains = namesGradient(effects.reads)
      ? effects.attributeOf !== null
      : statement.kind === "assign" && [...effects.assigns].some((name) => meaning.isForward(name));
    if (trains) for (const parent of parents) if (parent.kind === "for") found.add(parent);
  }
  // In the text's order.
  return new Set(entries.flatMap(({ statement }) => (found.has(statement) ? [statement] : [])));
}

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

function bodies(statement: Statement): (readonly Statement[])[] {
  switch (statement.kind) {
    case "for":
      return [statement.body, statement.otherwise];
    case "if":
      return [...statement.branches.map((branch) => branch.body), statement.otherwise];
    case "with":
      return [statement.body];
    default:
      return [];
  }
}

function headReads(statement: Statement): Set<string> {
  const effects = none();
  if (statement.kind === "for") readsOf(statement.over, effects);
  if (statement.kind === "if") for (const { test } of statement.branches) readsOf(test, effects);
  return effects.reads;
}

/** The names that an expression mentions. */
export function readNames(value: Expression): ReadonlySet<string> {
  const effects = none();
  readsOf(value, effects);
  return effects.reads;
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

function collect(
  statements: readonly Statement[],
  parents: readonly Statement[],
  entries: Entry[],
  aliases: Map<string, Set<string>>,
): void {
  for (const statement of statements) {
    const effects = none();
    entries.push({ statement, parents, effects });
    switch (statement.kind) {
      case "expression":
        readsOf(statement.value, effects);
        effects.root = rootOf(statement.value);
        break;
      case "assign":
        readsOf(statement.value, effects);
        for (const target of statement.targets) writesOf(target, effects);
        for (const target of statement.targets) alias(target, statement.value, aliases);
        break;
      case "augment":
        readsOf(statement.value, effects);
        readsOf(statement.target, effects);
        if (statement.target.kind === "name") effects.changes.add(statement.target.name);
        else writesOf(statement.target, effects);
        break;
      case "import":
        for (const { name } of statement.bindings) effects.assigns.add(name);
        break;
      case "refused":
        for (const name of statement.writes) effects.assigns.add(name);
        for (const name of statement.reads) effects.reads.add(name);
        break;
      case "for":
        writesOf(statement.target, effects);
        alias(statement.target, statement.over, aliases);
        break;
    }
    for (const body of bodies(statement)) collect(body, [...parents, statement], entries, aliases);
  }
}

function writesOf(target: Expression, effects: Effects): void {
  switch (target.kind) {
    case "name":
      effects.assigns.add(target.name);
      break;
    case "tuple":
    case "list":
      for (const { value } of target.items) writesOf(value, effects);
      break;
    case "subscript": {
      readsOf(target, effects);
      const root = rootOf(target);
      if (root !== null) effects.changes.add(root);
      break;
    }
    case "attribute":
      readsOf(target, effects);
      effects.attributeOf = rootOf(target);
      break;
  }
}

function alias(target: Expression, value: Expression, aliases: Map<string, Set<string>>): void {
  if (target.kind === "name") {
    let set = aliases.get(target.name);
    if (!set) {
      set = new Set();
      aliases.set(target.name, set);
    }
    for (const name of shared(value)) set.add(name);
  } else if (target.kind === "tuple" || target.kind === "list") {
    const parts = target.items;
    const sources = pairedSources(value, parts.length);
    parts.forEach((part, i) => {
      alias(part.value, sources ? sources[i] : value, aliases);
    });
  }
}

/** What each target of `for a, b in zip(x, y)` or of `a, b = x, y` comes from. */
function pairedSources(value: Expression, count: number): readonly Expression[] | null {
  let items: readonly Item[];
  if (value.kind === "tuple" || value.kind === "list") items = value.items;
  else if (value.kind === "call" && value.callee.kind === "name" && value.callee.name === "zip")
    items = value.args;
  else if (value.kind === "call" && value.callee.kind === "name" && value.callee.name === "enumerate") {
    if (value.args.length === 0 || count !== 2) return null;
    return [{ kind: "ellipsis", at: value.at }, value.args[0].value];
  } else return null;
  return items.length === count && items.every((item) => !item.spread)
    ? items.map((item) => item.value)
    : null;
}

/** Names whose tensors the value may share. */
function shared(value: Expression): string[] {
  switch (value.kind) {
    case "name":
      return [value.name];
    case "attribute":
      return value.name === "shape" ? [] : shared(value.of);
    case "subscript":
      return shared(value.of);
    case "tuple":
    case "list":
      return value.items.flatMap((item) => shared(item.value));
    case "conditional":
      return [...shared(value.yes), ...shared(value.no)];
    case "logic":
      return [...shared(value.left), ...shared(value.right)];
    case "call": {
      const { callee } = value;
      if (callee.kind === "attribute") {
        if (FRESH.has(callee.name)) return [];
        return [...shared(callee.of), ...value.args.slice(0, 1).flatMap((item) => shared(item.value))];
      }
      return value.args.flatMap((item) => shared(item.value));
    }
    default:
      return [];
  }
}

function rootOf(value: Expression): string | null {
  switch (value.kind) {
    case "name":
      return value.name;
    case "attribute":
    case "subscript":
      return rootOf(value.of);
    case "call":
      return rootOf(value.callee);
    case "binary":
      return rootOf(value.left);
    case "compare":
      return rootOf(value.first);
    case "unary":
      return rootOf(value.of);
    default:
      return null;
  }
}

function readsOf(value: Expression | null, effects: Effects): void {
  if (value === null) return;
  switch (value.kind) {
    case "name":
      effects.reads.add(value.name);
      break;
    case "format":
      for (const part of value.parts) formatReads(part, effects);
      break;
    case "tuple":
    case "list":
      for (const item of value.items) readsOf(item.value, effects);
      break;
    case "unary":
      readsOf(value.of, effects);
      break;
    case "binary":
    case "logic":
      readsOf(value.left, effects);
      readsOf(value.right, effects);
      break;
    case "compare":
      readsOf(value.first, effects);
      for (const part of value.rest) readsOf(part.value, effects);
      break;
    case "conditional":
      readsOf(value.test, effects);
      readsOf(value.yes, effects);
      readsOf(value.no, effects);
      break;
    case "attribute":
      if (value.name === "grad") effects.grad = true;
      readsOf(value.of, effects);
      break;
    case "subscript":
      readsOf(value.of, effects);
      readsOf(value.index, effects);
      break;
    case "slice":
      readsOf(value.start, effects);
      readsOf(value.stop, effects);
      readsOf(value.step, effects);
      break;
    case "call": {
      readsOf(value.callee, effects);
      for (const item of value.args) readsOf(item.value, effects);
      if (value.callee.kind === "attribute" && changesInPlace(value.callee.name)) {
        const root = rootOf(value.callee);
        if (root !== null) effects.changes.add(root);
      }
      break;
    }
    case "refused":
      for (const name of value.reads) effects.reads.add(name);
      break;
  }
}

function formatReads(part: FormatPart, effects: Effects): void {
  if (typeof part === "string") return;
  readsOf(part.value, effects);
  for (const inner of part.spec) formatReads(inner, effects);
}

/** PyTorch's methods that change their tensor end in `_`, and a list has its own; `requires_grad_` changes no value. */
export function changesInPlace(method: string): boolean {
  if (method === "append" || method === "extend") return true;
  return method.endsWith("_") && !method.endsWith("__") && method !== "requires_grad_";
}
