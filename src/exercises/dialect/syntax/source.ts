import type { SyntaxNode } from "@lezer/common";
import type { Place } from "../ast.ts";
import { oneLine } from "../error.ts";

/** A text as the learner wrote it, and where in it the parser's nodes stand. */
export class Source {
  readonly text: string;
  /** The notebook's code cell, counted from 1; null in a text without cells. */
  readonly cell: number | null;
  readonly #lineStarts: number[] = [0];

  constructor(text: string, cell: number | null) {
    this.text = text;
    this.cell = cell;
    for (let i = 0; i < text.length; i++) {
      if (text[i] === "\n" || (text[i] === "\r" && text[i + 1] !== "\n")) this.#lineStarts.push(i + 1);
    }
  }

  place(offset: number): Place {
    let low = 0;
    let high = this.#lineStarts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#lineStarts[middle] <= offset) low = middle;
      else high = middle - 1;
    }
    return { cell: this.cell, line: low + 1, column: offset - this.#lineStarts[low] + 1 };
  }

  offset({ line, column }: Place): number {
    return this.lineStart(line) + column - 1;
  }

  /** Where a line begins; lines count from 1. */
  lineStart(line: number): number {
    return this.#lineStarts[line - 1];
  }

  textOf(node: SyntaxNode): string {
    return this.text.slice(node.from, node.to);
  }

  /** The names that some nodes mention. */
  names(nodes: readonly SyntaxNode[]): string[] {
    const names = new Set<string>();
    for (const node of nodes) {
      node.cursor().iterate((each) => {
        if (each.name === "VariableName") names.add(this.text.slice(each.from, each.to));
      });
    }
    return [...names];
  }
}

/** What makes a line no Python, with its offset in the text. */
export class SyntaxProblem extends Error {
  readonly at: number;

  constructor(message: string, at: number) {
    super(oneLine(message));
    this.at = at;
  }
}

export function children(node: SyntaxNode): SyntaxNode[] {
  const out: SyntaxNode[] = [];
  for (let child = node.firstChild; child; child = child.nextSibling) {
    if (child.name !== "Comment") out.push(child);
  }
  return out;
}

/** The groups of nodes between separators; a trailing separator adds none. */
export function split(nodes: readonly SyntaxNode[], separator: string): SyntaxNode[][] {
  const groups: SyntaxNode[][] = [];
  let group: SyntaxNode[] = [];
  for (const node of nodes) {
    if (node.name !== separator) group.push(node);
    else if (group.length > 0) {
      groups.push(group);
      group = [];
    }
  }
  if (group.length > 0) groups.push(group);
  return groups;
}
