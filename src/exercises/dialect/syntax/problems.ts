import type { SyntaxNode } from "@lezer/common";
import { SyntaxProblem } from "./source.ts";

/** Characters of the code before an error that its message looks at. */
const LONGEST = 60;

/** Operators after operators from which on the parser itself gives up. */
const DEEPEST = 200;

/** Whether a node has so many levels that the parser's mark of something wrong in it may come of that alone. */
export function isDeep(node: SyntaxNode): boolean {
  let depth = 0;
  let deepest = 0;
  node.cursor().iterate(
    () => {
      deepest = Math.max(deepest, ++depth);
    },
    () => {
      depth--;
    },
  );
  return deepest > DEEPEST;
}

/** The parser's first mark of something wrong in a node, or null. */
export function firstError(node: SyntaxNode): SyntaxNode | null {
  if (node.type.isError) return node;
  let found: SyntaxNode | null = null;
  node.cursor().iterate((each) => {
    if (each.type.isError) found ??= each.node;
    return found === null;
  });
  return found;
}

/**
 * What is wrong where the parser has put a mark.
 *
 * @param code the text with its comments and magics blank
 */
export function syntaxError(error: SyntaxNode, source: string, code: string): SyntaxProblem {
  if (error.from < error.to) {
    const text = source
      .slice(error.from, Math.min(error.to, error.from + 30))
      .trim()
      .split("\n")[0];
    if (text !== "") return new SyntaxProblem(`\`${text}\` cannot stand here`, error.from);
  }
  // Comments are blank in what was parsed, so the end of the code before is its last character.
  const end = code.slice(0, error.from).trimEnd().length;
  // The end of it is enough, and a search through all would take long in a long text with many errors.
  const before = source.slice(Math.max(0, end - LONGEST), end);
  const ended = code.slice(end, error.from + 1).includes("\n") || error.from >= source.length;
  if (before.endsWith(":") && ended) {
    return new SyntaxProblem("lines that are indented further are missing after `:`", end - 1);
  }
  const next = /^[ \t]*([\w.]+|\S)/.exec(source.slice(error.from));
  const nothing = ended || next === null || code[error.from + next[0].length - 1] === " ";
  if (nothing) return new SyntaxProblem(missingAfter(before), end);
  return new SyntaxProblem(`\`${next[1]}\` cannot stand here, after \`${lastOf(before)}\``, error.from);
}

/** The last name, number or sign of some code. Looking for it in a long text would take long. */
const lastOf = (code: string): string => /(?:[\w.]+|[^\s\w]{1,3})$/.exec(code.slice(-LONGEST))?.[0] ?? "";

export const missingAfter = (code: string): string => `something is missing after \`${lastOf(code)}\``;

/** What is missing at the end of a block's head without a colon: after `if n > 5` or `else` the colon, after `for i in` something. */
export function missingInHead(code: string): string {
  const last = lastOf(code);
  const isComplete =
    /[\w)\]}"']$/.test(last) && !/^(?:in|and|or|not|is|if|elif|for|while|with|def|class|as)$/.test(last);
  return isComplete ? `\`:\` is missing after \`${last}\`` : missingAfter(code);
}
