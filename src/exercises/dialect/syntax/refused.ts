import type { SyntaxNode } from "@lezer/common";
import type { Refused } from "../ast.ts";
import type { Source } from "./source.ts";

const LOOPS = "loops are `for … in` with `range`, `enumerate`, `zip` or a tensor's rows";

/** Python that there is and that the exercises do not have: what the message calls it, and what is there instead. */
export const REFUSED: ReadonlyMap<string, string> = new Map([
  ["WhileStatement", `\`while\` is not understood: ${LOOPS}`],
  ["FunctionDefinition", "`def` is not understood: write its lines without it, where they are used"],
  ["ClassDefinition", "`class` is not understood: write plain lines with tensors"],
  [
    "DecoratedStatement",
    "`def` and `class` are not understood: write the lines without them, where they are used",
  ],
  ["TryStatement", "`try` is not understood: write the lines alone"],
  ["MatchStatement", "`match` is not understood: use `if`"],
  ["ReturnStatement", "`return` is not understood: assign to the gradient's name"],
  ["YieldStatement", "`yield` is not understood: assign to the gradient's name"],
  ["RaiseStatement", "`raise` is not understood: leave the line out"],
  ["AssertStatement", "`assert` is not understood: use `cmp` or `print`"],
  ["DeleteStatement", "`del` is not understood: leave the name as it is"],
  ["ScopeStatement", "`global` and `nonlocal` are not understood: there are no functions"],
  ["TypeDefinition", "`type` is not understood: leave the line out"],
  ["PrintStatement", "`print` needs brackets: `print(x)`"],
  ["LambdaExpression", "`lambda` is not understood: write the lines where they are used"],
  ["AwaitExpression", "`await` is not understood: leave it out"],
  ["YieldExpression", "`yield` is not understood: assign to the gradient's name"],
  ["NamedExpression", "`:=` is not understood: assign with `=` in a line of its own"],
  ["ComprehensionExpression", `a comprehension is not understood: ${LOOPS}`],
  ["ArrayComprehensionExpression", `a comprehension is not understood: ${LOOPS}`],
  ["DictionaryComprehensionExpression", `a comprehension is not understood: ${LOOPS}`],
  ["SetComprehensionExpression", `a comprehension is not understood: ${LOOPS}`],
  ["DictionaryExpression", "a dictionary is not understood: give each tensor a name of its own"],
  ["SetExpression", "a set is not understood: use a list `[…]` or a tuple `(…)`"],
]);

export function refused(source: Source, node: SyntaxNode, message: string): Refused {
  return { kind: "refused", message, reads: source.names([node]) };
}
