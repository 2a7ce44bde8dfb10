import type { SyntaxNode } from "@lezer/common";
import { DialectError } from "../error.ts";
import { numberOf, withEscapes } from "./literals.ts";
import { type Source, SyntaxProblem } from "./source.ts";

export function numberAt(node: SyntaxNode, source: Source): bigint | number {
  try {
    return numberOf(source.textOf(node));
  } catch (problem) {
    if (problem instanceof DialectError) throw new SyntaxProblem(problem.message, node.from);
    throw problem;
  }
}

export function nameOf(node: SyntaxNode, source: Source): string {
  const name = source.textOf(node);
  // The parser takes every character beyond ASCII for a letter.
  const odd = /[^\p{L}\p{N}\p{M}_]/u.exec(name);
  if (odd) {
    const code = odd[0].codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0");
    const plain = /\p{Pd}|\u2212/u.test(odd[0]) ? "; write `-`" : /[×·⋅∗]/.test(odd[0]) ? "; write `*`" : "";
    throw new SyntaxProblem(
      `\`${odd[0]}\` (U+${code}) is no character of Python${plain}`,
      node.from + odd.index,
    );
  }
  return name;
}

export function stringOf(node: SyntaxNode, source: Source): string {
  const text = source.textOf(node);
  const [opening, prefix, quote] = /^([a-zA-Z]*)("""|'''|"|')/.exec(text)!;
  if (/b/i.test(prefix)) throw new SyntaxProblem("bytes are not understood: leave the `b` out", node.from);
  const inside = text.slice(opening.length, text.length - quote.length);
  return /r/i.test(prefix) ? inside : withEscapes(inside);
}
