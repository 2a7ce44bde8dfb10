import type { SyntaxNode } from "@lezer/common";
import type { Expression } from "../ast.ts";
import type { Comparison } from "../operators.ts";
import { children, type Source, SyntaxProblem } from "./source.ts";

/** Operands and operators that one condition may have. */
const LONGEST = 200;

const COMPARISONS: ReadonlySet<string> = new Set<Comparison>(["==", "!=", "<", "<=", ">", ">="]);

/**
 * `or`, `and`, `not` and comparisons, bound anew: the parser reads `not a and b` as `not (a and b)`, where Python reads
 * `(not a) and b`, and it does not know that `a < b < c` is one comparison of three.
 */
export function logicOf(
  node: SyntaxNode,
  source: Source,
  expression: (node: SyntaxNode) => Expression,
): Expression {
  const tokens: (SyntaxNode | string)[] = [];
  const stack: (SyntaxNode | string)[] = [node];
  for (let part = stack.pop(); part !== undefined; part = stack.pop()) {
    if (typeof part === "string") {
      tokens.push(part);
      continue;
    }
    const parts = children(part);
    const logical =
      (part.name === "UnaryExpression" && parts[0].name === "not") ||
      (part.name === "BinaryExpression" && !/Op$/.test(parts[1].name)) ||
      (part.name === "BinaryExpression" && parts[1].name === "CompareOp");
    if (!logical) tokens.push(part);
    else if (part.name === "UnaryExpression") stack.push(parts[1], "not");
    else {
      const op = parts.slice(1, -1).map((token) => source.textOf(token));
      stack.push(parts.at(-1)!, op.join(" "), parts[0]);
    }
  }
  if (tokens.length > LONGEST) throw new SyntaxProblem("this is nested too deeply", node.from);
  let next = 0;
  const either = (): Expression => {
    let left = both();
    while (tokens[next] === "or") {
      next++;
      left = { kind: "logic", at: left.at, op: "or", left, right: both() };
    }
    return left;
  };
  const both = (): Expression => {
    let left = negated();
    while (tokens[next] === "and") {
      next++;
      left = { kind: "logic", at: left.at, op: "and", left, right: negated() };
    }
    return left;
  };
  const negated = (): Expression => {
    if (tokens[next] !== "not") return comparison();
    next++;
    const of = negated();
    return { kind: "unary", at: of.at, op: "not", of };
  };
  const operand = (): Expression => {
    const token = tokens[next++];
    if (token === undefined || typeof token === "string") {
      throw new SyntaxProblem("`not` cannot stand here", node.from);
    }
    return expression(token);
  };
  const comparison = (): Expression => {
    const first = operand();
    const rest: { op: Comparison; value: Expression }[] = [];
    for (let op = tokens[next]; typeof op === "string" && op !== "and" && op !== "or"; op = tokens[next]) {
      if (!COMPARISONS.has(op) && !/^(?:is|is not|in|not in)$/.test(op)) {
        throw new SyntaxProblem(`\`${op}\` cannot stand here`, node.from);
      }
      next++;
      rest.push({ op: op as Comparison, value: operand() });
    }
    return rest.length === 0 ? first : { kind: "compare", at: first.at, first, rest };
  };
  return either();
}
