/** Ways through a text's tree that several passes over it share. */
import type { Expression, FormatPart, Place, Statement } from "./ast.ts";

/** The blocks of statements inside a statement. */
export function bodies(statement: Statement): (readonly Statement[])[] {
  switch (statement.kind) {
    case "for":
      return [statement.body, statement.otherwise];
    case "if":
      return [...statement.branches.map(({ body }) => body), statement.otherwise];
    case "with":
      return [statement.body];
    default:
      return [];
  }
}

/** The expressions of which an expression directly consists. */
export function subexpressions(of: Expression): readonly Expression[] {
  switch (of.kind) {
    case "format":
      return of.parts.flatMap(formatted);
    case "tuple":
    case "list":
      return of.items.map(({ value }) => value);
    case "unary":
      return [of.of];
    case "binary":
    case "logic":
      return [of.left, of.right];
    case "compare":
      return [of.first, ...of.rest.map(({ value }) => value)];
    case "conditional":
      return [of.test, of.yes, of.no];
    case "attribute":
      return [of.of];
    case "subscript":
      return [of.of, of.index];
    case "slice":
      return [of.start, of.stop, of.step].filter((side) => side !== null);
    case "call":
      return [of.callee, ...of.args.map(({ value }) => value)];
    default:
      return [];
  }
}

function formatted(part: FormatPart): Expression[] {
  return typeof part === "string" ? [] : [part.value, ...part.spec.flatMap(formatted)];
}

/** The names that an expression mentions. */
export function readNames(value: Expression): ReadonlySet<string> {
  const names = new Set<string>();
  const open = [value];
  for (let each = open.pop(); each !== undefined; each = open.pop()) {
    if (each.kind === "name") names.add(each.name);
    else if (each.kind === "refused") for (const name of each.reads) names.add(name);
    else open.push(...subexpressions(each));
  }
  return names;
}

/** The names that a target of `=` or of `for` binds. */
export function boundNames(target: Expression): string[] {
  if (target.kind === "name") return [target.name];
  if (target.kind === "tuple" || target.kind === "list")
    return target.items.flatMap(({ value }) => boundNames(value));
  return [];
}

/** The name before the first `.`, `[…]` or `(…)`: `dC` of `dC[0].add_(1)`. */
export function rootName(expression: Expression): string | null {
  while (expression.kind === "subscript" || expression.kind === "attribute" || expression.kind === "call") {
    expression = expression.kind === "call" ? expression.callee : expression.of;
  }
  return expression.kind === "name" ? expression.name : null;
}

/** The names to which statements, with the blocks in them, give values, or whose tensors or lists they change. */
export function writtenNames(statements: readonly Statement[]): Set<string> {
  const names = new Set<string>();
  const add = (target: Expression): void => {
    if (target.kind === "tuple" || target.kind === "list") for (const { value } of target.items) add(value);
    else if (target.kind !== "attribute") addRoot(target);
  };
  const addRoot = (target: Expression): void => {
    const name = rootName(target);
    if (name !== null) names.add(name);
  };
  for (const statement of statements) {
    switch (statement.kind) {
      case "assign":
        for (const target of statement.targets) add(target);
        break;
      case "augment":
        addRoot(statement.target);
        break;
      case "expression": {
        const { value } = statement;
        if (value.kind === "call") for (const name of changedBy(value)) names.add(name);
        break;
      }
      case "import":
        for (const { name } of statement.bindings) names.add(name);
        break;
      case "refused":
        for (const name of statement.writes) names.add(name);
        break;
    }
    for (const body of bodies(statement)) for (const name of writtenNames(body)) names.add(name);
  }
  return names;
}

/** The names whose tensors a call changes: `dC` in `dC.add_(x)`, `torch.relu_(dC)`, `torch.add(x, y, out=dC)` and `np.add.at(dC, i, x)`. */
export function changedBy({ callee, args }: Expression & { kind: "call" }): string[] {
  const changed = args.filter(({ name }) => name === "out").map(({ value }) => value);
  if (callee.kind === "attribute") {
    const root = rootName(callee);
    const isModule = root !== null && MODULES.has(root);
    if (changesInPlace(callee.name) || (isModule && callee.name === "at"))
      changed.push(...(isModule ? args.slice(0, 1).map(({ value }) => value) : [callee]));
  }
  return changed.map(rootName).filter((name) => name !== null);
}

const MODULES = new Set(["torch", "F", "np", "numpy"]);

/** PyTorch's methods that change their tensor end in `_`, and a list has its own; `requires_grad_` changes no value. */
export function changesInPlace(method: string): boolean {
  if (method === "append" || method === "extend") return true;
  return method.endsWith("_") && !method.endsWith("__") && method !== "requires_grad_";
}

export const placeKey = ({ cell, line, column }: Place): string => `${cell}:${line}:${column}`;

/** All statements and expressions in a tree, each before those of which it consists. */
export function* nodes(tree: unknown): Generator<Expression | Statement> {
  if (typeof tree !== "object" || tree === null) return;
  if ("kind" in tree) yield tree as Expression | Statement;
  for (const part of Object.values(tree)) yield* nodes(part);
}
