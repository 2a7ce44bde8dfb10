/** WGSL in words: what a kernel's text is cut into, with the place of each. */

export interface Token {
  readonly kind: "name" | "number" | "sign";
  readonly text: string;
  /** Where it begins and ends in the text. */
  readonly start: number;
  readonly end: number;
  /** From 1. */
  readonly line: number;
}

const PARTS =
  /(?<blank>[\s\u200e\u200f\u0085]+)|(?<name>[\p{XID_Start}_][\p{XID_Continue}]*)|(?<number>0[xX][\da-fA-F.]*(?:[pP][+-]?\d+)?[iufh]?|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[iufh]?)|(?<sign>->|.)/uy;

/** What ends a line in WGSL. */
const LINE_END = /\r\n|[\n\v\f\r\u0085\u2028\u2029]/g;

/** Where comments end. They nest. */
function afterComment(text: string, start: number): number {
  const marks = /\/\*|\*\//g;
  marks.lastIndex = start;
  let depth = 0;
  for (let mark = marks.exec(text); mark; mark = marks.exec(text)) {
    depth += mark[0] === "/*" ? 1 : -1;
    if (depth === 0) return marks.lastIndex;
  }
  return text.length;
}

function afterLine(text: string, start: number): number {
  const ends = new RegExp(LINE_END);
  ends.lastIndex = start;
  return ends.exec(text)?.index ?? text.length;
}

/** Comments and blanks are left out. Whatever the text is, this ends, in time proportional to its length. */
export function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  const ends = [...text.matchAll(LINE_END)].map((end) => end.index);
  let line = 1;
  for (let at = 0; at < text.length; ) {
    if (text.startsWith("//", at)) at = afterLine(text, at);
    else if (text.startsWith("/*", at)) at = afterComment(text, at);
    else {
      PARTS.lastIndex = at;
      const groups = PARTS.exec(text)?.groups ?? {};
      const kind = (["name", "number", "sign"] as const).find((k) => groups[k] !== undefined);
      const length = (groups.blank ?? groups[kind ?? ""] ?? " ").length;
      while (ends[line - 1] < at) line++;
      if (kind) tokens.push({ kind, text: groups[kind]!, start: at, end: at + length, line });
      at += length;
    }
  }
  return tokens;
}

export const linesOf = (text: string): string[] => text.split(LINE_END);

export const lineCount = (text: string): number => linesOf(text).length;
