/**
 * What the judge has to know of a kernel's text: its functions with their loops, calls and statements. The text is one that a compiler has
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

/** A place between two statements. */
export interface Gap {
  readonly at: number;
  /** Of the tokens before and behind it. */
  readonly before: number;
  readonly after: number;
  /** The loops around it, the innermost last: the indices of their bodies' first and last tokens. */
  readonly loops: readonly (readonly [first: number, last: number])[];
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
  readonly gaps: readonly Gap[];
}

export interface Scan {
  readonly text: string;
  readonly tokens: readonly Token[];
  readonly functions: readonly Fn[];
  /** What `const` and `override` at the top give names to: the tokens of their values. */
  readonly constants: ReadonlyMap<string, readonly Token[]>;
  /** Overrides without a value. */
  readonly unset: readonly Token[];
  /** Names of variables in workgroup memory. */
  readonly shared: ReadonlySet<string>;
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
  const shared = new Set<string>();
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
          shared.add(name.text);
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
  return { text, tokens, functions, constants, unset, shared, bindings, types, own };
}

/** For each opening bracket the index of what closes it. */
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
  const body = new Body(tokens, pairs, first, last);
  return {
    name: tokens[at + 1].text,
    line: tokens[at].line,
    attributes,
    parameters: tokens[at + 2].end,
    ...(tokens[closed + 1].text === "->" ? { result: resultOf(text, tokens, pairs, closed + 2, first) } : {}),
    first,
    last,
    ...body.read(),
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

/** After these words nothing runs, so that nothing has to be put there. */
const LEAVING = new Set(["return", "break", "continue", "discard"]);

interface Block {
  readonly kind: "block" | "loop" | "switch" | "continuing";
  readonly first: number;
  readonly last: number;
}

class Body {
  readonly #tokens: readonly Token[];
  readonly #pairs: ReadonlyMap<number, number>;
  readonly #first: number;
  readonly #last: number;

  constructor(tokens: readonly Token[], pairs: ReadonlyMap<number, number>, first: number, last: number) {
    this.#tokens = tokens;
    this.#pairs = pairs;
    this.#first = first;
    this.#last = last;
  }

  read(): Pick<Fn, "loops" | "calls" | "gaps"> {
    const tokens = this.#tokens;
    const [loops, calls, gaps]: [Loop[], Call[], Gap[]] = [[], [], []];
    const blocks: Block[] = [{ kind: "block", first: this.#first, last: this.#last }];
    const kinds = new Map<number, Block["kind"]>();
    let statement = this.#first + 1;
    const gap = (before: number) => {
      const around = blocks.filter((b) => b.kind === "loop").map((b) => [b.first, b.last] as const);
      statement = before + 1;
      const inSwitch = blocks.at(-1)?.kind === "switch";
      if (!inSwitch && tokens[before + 1].text !== "else")
        gaps.push({ at: tokens[before].end, before, after: before + 1, loops: around });
    };
    gap(this.#first);
    for (let i = this.#first + 1; i < this.#last; i++) {
      const { text, kind, line, start } = tokens[i];
      if (text === "for" || text === "while" || text === "loop") {
        const brace = nextBrace(tokens, this.#pairs, i);
        const depth = blocks.filter((b) => b.kind === "loop").length;
        if (brace < this.#last) loops.push({ line, body: tokens[brace].end, depth });
        kinds.set(brace, "loop");
      } else if (text === "switch" || text === "continuing")
        kinds.set(nextBrace(tokens, this.#pairs, i), text);
      else if (kind === "name" && tokens[i + 1].text === "(") {
        const close = this.#pairs.get(i + 1);
        if (close !== undefined)
          calls.push({ name: text, start, open: tokens[i + 1].end, close: tokens[close].start });
      }
      if (text === "{") {
        blocks.push({ kind: kinds.get(i) ?? "block", first: i, last: this.#pairs.get(i) ?? this.#last });
        gap(i);
      } else if (text === "}") {
        const closed = blocks.pop();
        if (closed?.kind === "continuing") statement = i + 1;
        else gap(i);
      } else if (text === ";" && !this.#inBrackets(i, blocks.at(-1)!.first)) {
        if (LEAVING.has(tokens[statement].text)) statement = i + 1;
        else gap(i);
      }
    }
    return { loops, calls, gaps };
  }

  #brackets = 0;
  #seen = -1;

  /** Whether a semicolon stands in the head of a `for`. Asked in order, so that each token is looked at once. */
  #inBrackets(at: number, block: number): boolean {
    for (let i = Math.max(this.#seen + 1, this.#first); i <= at; i++) {
      const { text } = this.#tokens[i];
      if (text === "(" || text === "[") this.#brackets++;
      if (text === ")" || text === "]") this.#brackets--;
    }
    this.#seen = Math.max(this.#seen, at, block);
    return this.#brackets > 0;
  }
}
