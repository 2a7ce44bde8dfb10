/**
 * What the judge has to know of a kernel's text: its functions with their loops and calls. The text is one that a compiler has
 * accepted; of any other, nothing more than that it ends is promised.
 */
import { type Token, tokensOf } from "./tokens.ts";

export interface Loop {
  readonly line: number;
  /** Just behind the brace that opens its body. */
  readonly body: number;
  /** Loops around it in its function. */
  readonly depth: number;
}

export interface Call {
  /** The function that is called, and where its name begins. */
  readonly name: string;
  readonly start: number;
  /** Just behind the opening bracket of its arguments, and before the closing one. */
  readonly open: number;
  readonly close: number;
}

export interface Fn {
  readonly name: string;
  readonly line: number;
  /** Its attributes by name, with the tokens of their arguments. */
  readonly attributes: ReadonlyMap<string, readonly Token[]>;
  /** Just behind the bracket that opens its parameters. */
  readonly parameters: number;
  /** As written; absent if there is none. */
  readonly result?: string;
  /** The indices of the braces around its body. */
  readonly first: number;
  readonly last: number;
  readonly loops: readonly Loop[];
  readonly calls: readonly Call[];
}

export interface Scan {
  readonly text: string;
  readonly tokens: readonly Token[];
  /** For each opening bracket's index that of what closes it. */
  readonly pairs: ReadonlyMap<number, number>;
  readonly functions: readonly Fn[];
  /** What `const` and `override` at the top give names to: the tokens of their values. */
  readonly constants: ReadonlyMap<string, readonly Token[]>;
  /** Overrides without a value. */
  readonly unset: readonly Token[];
  /** Variables in workgroup memory, with the tokens of their types. */
  readonly shared: ReadonlyMap<string, readonly Token[]>;
  /** Names of variables that stand for buffers. */
  readonly bindings: readonly Token[];
  /** What `alias` and `struct` give names to. */
  readonly types: ReadonlyMap<string, readonly Token[]>;
  /** All but these, and but the declarations of variables in workgroup memory. */
  readonly own: readonly Token[];
}

export function scan(text: string): Scan {
  const tokens = tokensOf(text);
  const pairs = pairsOf(tokens);
  const functions: Fn[] = [];
  const constants = new Map<string, readonly Token[]>();
  const unset: Token[] = [];
  const shared = new Map<string, readonly Token[]>();
  const bindings: Token[] = [];
  const types = new Map<string, readonly Token[]>();
  const elsewhere: (readonly [number, number])[] = [];
  let attributes = new Map<string, readonly Token[]>();
  for (let i = 0; i < tokens.length; i++) {
    const { text: word } = tokens[i];
    if (word === "@") {
      const args = tokens[i + 2]?.text === "(" ? tokens.slice(i + 3, pairs.get(i + 2)) : [];
      if (tokens[i + 1]) attributes.set(tokens[i + 1].text, args);
      i = tokens[i + 2]?.text === "(" ? (pairs.get(i + 2) ?? tokens.length) : i + 1;
      continue;
    }
    if (word === "fn") {
      const fn = functionAt(text, tokens, pairs, i, attributes);
      if (fn) functions.push(fn);
      i = fn?.last ?? i;
    } else if (word === "const" || word === "override" || word === "var") {
      const end = endOfStatement(tokens, pairs, i);
      const equals = tokens.slice(i, end).findIndex((t) => t.text === "=");
      if (word === "var") {
        const space = tokens[i + 1]?.text === "<" ? tokens[i + 2]?.text : undefined;
        const name = tokens
          .slice(i + 1, end)
          .find((t, k, all) => (k === 0 ? t.text !== "<" : all[k - 1].text === ">"));
        if (name && space === "workgroup") {
          // `name : type`
          shared.set(name.text, tokens.slice(tokens.indexOf(name, i) + 2, end));
          elsewhere.push([i, end]);
        }
        if (name && (space === "storage" || space === "uniform" || attributes.has("binding")))
          bindings.push(name);
      } else if (equals >= 0) constants.set(tokens[i + 1].text, tokens.slice(i + equals + 1, end));
      else if (tokens[i + 1]) unset.push(tokens[i + 1]);
      i = end;
    } else if (word === "alias" || word === "struct") {
      const brace = pairs.get(nextBrace(tokens, pairs, i)) ?? tokens.length;
      const end = word === "alias" ? endOfStatement(tokens, pairs, i) : brace;
      if (tokens[i + 1]) types.set(tokens[i + 1].text, tokens.slice(i + 2, end));
      elsewhere.push([i, end]);
      i = end;
    } else if (pairs.has(i)) i = pairs.get(i)!;
    attributes = new Map();
  }
  const own: Token[] = [];
  for (let [i, skipped] = [0, 0]; i < tokens.length; i++) {
    if (i === elsewhere[skipped]?.[0]) i = elsewhere[skipped++][1];
    else own.push(tokens[i]);
  }
  return { text, tokens, pairs, functions, constants, unset, shared, bindings, types, own };
}

function pairsOf(tokens: readonly Token[]): ReadonlyMap<number, number> {
  const closes: Readonly<Record<string, string>> = { ")": "(", "]": "[", "}": "{" };
  const pairs = new Map<number, number>();
  const open: number[] = [];
  for (const [i, { text }] of tokens.entries()) {
    if (text === "(" || text === "[" || text === "{") open.push(i);
    if (text in closes && tokens[open.at(-1) ?? -1]?.text === closes[text]) pairs.set(open.pop()!, i);
  }
  return pairs;
}

/** The index of the semicolon that ends what begins here. */
function endOfStatement(tokens: readonly Token[], pairs: ReadonlyMap<number, number>, from: number): number {
  for (let i = from; i < tokens.length; i = (pairs.get(i) ?? i) + 1) if (tokens[i].text === ";") return i;
  return tokens.length;
}

/** The next opening brace outside of brackets. */
function nextBrace(tokens: readonly Token[], pairs: ReadonlyMap<number, number>, from: number): number {
  let i = from;
  while (i < tokens.length && tokens[i].text !== "{") i = (pairs.get(i) ?? i) + 1;
  return i;
}

function functionAt(
  text: string,
  tokens: readonly Token[],
  pairs: ReadonlyMap<number, number>,
  at: number,
  attributes: ReadonlyMap<string, readonly Token[]>,
): Fn | undefined {
  const closed = tokens[at + 2]?.text === "(" ? pairs.get(at + 2) : undefined;
  const first = closed === undefined ? undefined : nextBrace(tokens, pairs, closed);
  const last = first === undefined ? undefined : pairs.get(first);
  if (closed === undefined || first === undefined || last === undefined) return undefined;
  return {
    name: tokens[at + 1].text,
    line: tokens[at].line,
    attributes,
    parameters: tokens[at + 2].end,
    ...(tokens[closed + 1].text === "->" ? { result: resultOf(text, tokens, pairs, closed + 2, first) } : {}),
    first,
    last,
    ...insideOf(tokens, pairs, first, last),
  };
}

/** A result's type, without its attributes. */
function resultOf(
  text: string,
  tokens: readonly Token[],
  pairs: ReadonlyMap<number, number>,
  from: number,
  to: number,
): string {
  let i = from;
  while (tokens[i].text === "@") i = (tokens[i + 2].text === "(" ? (pairs.get(i + 2) ?? i) : i + 1) + 1;
  return text.slice(tokens[i].start, tokens[to - 1].end);
}

/** The loops and calls of a function's body. */
function insideOf(
  tokens: readonly Token[],
  pairs: ReadonlyMap<number, number>,
  first: number,
  last: number,
): Pick<Fn, "loops" | "calls"> {
  const [loops, calls]: [Loop[], Call[]] = [[], []];
  /** Where the loops around a place end. */
  const ends: number[] = [];
  for (let i = first + 1; i < last; i++) {
    const { text, kind, line, start } = tokens[i];
    while (ends.length > 0 && ends.at(-1)! <= i) ends.pop();
    if (text === "for" || text === "while" || text === "loop") {
      const brace = nextBrace(tokens, pairs, i);
      if (brace >= last) continue;
      loops.push({ line, body: tokens[brace].end, depth: ends.length });
      ends.push(pairs.get(brace) ?? last);
    } else if (kind === "name" && tokens[i + 1].text === "(") {
      const close = pairs.get(i + 1);
      if (close !== undefined)
        calls.push({ name: text, start, open: tokens[i + 1].end, close: tokens[close].start });
    }
  }
  return { loops, calls };
}
