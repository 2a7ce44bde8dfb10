import type { Expression, Item, Statement } from "../ast.ts";
import type { Entry } from "./effects.ts";

/** Calls whose result shares nothing with what they are called on. `.float()` is none: of floats it is the tensor itself. */
const FRESH = new Set(
  "clone sum mean exp log sqrt tanh pow abs repeat max min argmax var std zeros_like ones_like size item one_hot softmax log_softmax matmul mm".split(
    " ",
  ),
);

/** For each name the names whose tensor it may share, by `=` or as a loop's variable. */
export function aliasesOf(entries: readonly Entry[]): Map<string, Set<string>> {
  const aliases = new Map<string, Set<string>>();
  for (const { statement } of entries)
    for (const [target, value] of bindings(statement)) alias(target, value, aliases);
  return aliases;
}

function bindings(statement: Statement): [target: Expression, value: Expression][] {
  switch (statement.kind) {
    case "assign": {
      const { targets, value } = statement;
      // In `a = b = x.clone()` the two share what neither shares with `x`.
      const siblings =
        targets.length > 1 ? targets.map((target, i) => [target, targets.at(i - 1)!] as const) : [];
      return [...targets.map((target) => [target, value] as const), ...siblings].map(([a, b]) => [a, b]);
    }
    case "for":
      return [[statement.target, statement.over]];
    case "expression":
      return appended(statement.value);
    default:
      return [];
  }
}

/** `grads.append(dh)`: what is changed through the list is changed under its own name too. */
function appended(value: Expression): [target: Expression, value: Expression][] {
  if (value.kind !== "call" || value.callee.kind !== "attribute") return [];
  const { name, of } = value.callee;
  return name === "append" || name === "extend" ? value.args.map((argument) => [of, argument.value]) : [];
}

function alias(target: Expression, value: Expression, aliases: Map<string, Set<string>>): void {
  if (target.kind === "name") {
    const names = aliases.get(target.name) ?? new Set();
    aliases.set(target.name, names);
    for (const name of shared(value)) names.add(name);
  } else if (target.kind === "tuple" || target.kind === "list") {
    const sources = pairedSources(value, target.items.length);
    target.items.forEach((part, i) => {
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
