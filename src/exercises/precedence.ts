/** `1/n-1*x`: as people mean it, and as Python reads it. */
import type { Expression, Statement } from "./dialect/ast.ts";
import { nodes } from "./dialect/tree.ts";

/** Says how a difference is read that looks like a division by n − 1; null where there is none. */
export function precedenceNote(lines: readonly Statement[]): string | null {
  for (const node of nodes(lines)) {
    if (node.kind !== "binary" || node.op !== "-" || !isShare(node.left) || !startsWithOne(node.right))
      continue;
    const over = (node.left as Expression & { kind: "binary" }).right as Expression & { kind: "name" };
    const factor = node.right.kind === "constant" ? "1" : "1 * …";
    return `\`1/${over.name}-1\` is read as \`(1/${over.name}) - ${factor}\``;
  }
  return null;
}

/** `1/n` */
const isShare = (node: Expression): boolean =>
  node.kind === "binary" && node.op === "/" && isOne(node.left) && node.right.kind === "name";

/** `1`, `1*x` or `1*x*y` */
function startsWithOne(node: Expression): boolean {
  while (node.kind === "binary" && (node.op === "*" || node.op === "/")) node = node.left;
  return isOne(node);
}

const isOne = (node: Expression): boolean =>
  node.kind === "constant" && (node.value === 1n || node.value === 1);
