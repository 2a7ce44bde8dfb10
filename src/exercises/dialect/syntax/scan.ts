import { missingAfter, missingInHead } from "./problems.ts";

/** Brackets within brackets that a text may have. */
const DEEPEST = 100;

/** A text made ready for the parser, character by character at the same places. */
export interface Scanned {
  readonly text: string;
  /** Where lines stood that IPython understands and Python does not: `%matplotlib inline`, `!pip …`, `x?`. */
  readonly magics: readonly { readonly from: number; readonly text: string }[];
  /** What no parser needs to be asked about, such as a bracket that is not closed. The whole statements are blank in `text`. */
  readonly problems: readonly Unreadable[];
}

export interface Unreadable {
  readonly at: number;
  readonly message: string;
  /** The statement that is spoilt, with the blocks in it. */
  readonly from: number;
  readonly to: number;
}

const CLOSER: ReadonlyMap<string, string> = new Map([
  ["(", ")"],
  ["[", "]"],
  ["{", "}"],
]);

const CLOSERS: ReadonlySet<string> = new Set(CLOSER.values());

const MAGIC = /[ \t]*(?:[%!?][^\n]*|[\w.]+\?{1,2}[ \t]*)(?=\n|$)/y;
/** What stands before the first character of a line that is neither empty nor a comment. */
const INDENT = /[ \t\f]*(?=[^\s#])/y;
/** `1.` and `1.e-5`: the parser knows a point in a number only with a digit behind it. */
const POINT = /(?<![\w.])\d[\d_]*\.(?![\d_])/y;
/** A point or a colon with nothing behind it: but for the colon of a block's head, the parser would go on in the next line. */
const LAST_SIGN = /(?<!\.)[.:][ \t]*(?=#|\n|$)/y;
/** The first word of a line that ends with a colon. */
const HEAD = /[ \t]*(?:async|if|elif|else|for|while|with|def|class|try|except|finally)\b/y;
/** The first word of one that may end so, and one that may stand before a colon. */
const SOFT_HEAD = /[ \t]*(?:(?:match|case)\b|[^\n]*\blambda\b)/y;
/** Lines that go on with the statement before them. */
const CLAUSE = /(?:else|elif|except|finally)\b/y;
/** What begins a statement even where a bracket before it is open: an assignment, a block, an import. */
const STATEMENT =
  /(?:(?:for|if|while|with|def|class|import|from)\b|\w[\w.]*(?:\[[^\n=]*\])?(?:[ \t]*,[ \t]*\w+)*[ \t]*(?:[-+*/@%]|\*\*|\/\/)?=(?!=))[^\n]*/y;
const CLOSING_LINE = /\s*[)\]}]/y;
const STRING = /(?<!\w)([rRbBuUfF]{0,2})("""|'''|"|')/y;
/** Cell magics whose cell is still Python. */
const TIMING = /^%%(?:time|timeit|capture|prun)\b/;

/**
 * Blanks out what is not Python, and mends `1.`: the parser takes `1./n` for a member of the number 1, so the point
 * becomes `_`, which it allows in a number. Every character stays where it was.
 */
export function scan(source: string): Scanned {
  // A byte order mark and no-break spaces come along when text is pasted from a page.
  const text = source
    .replace(/\r\n/g, " \n")
    .replace(/\r/g, "\n")
    .replace(/[\u00a0\ufeff]/g, " ");
  const whole = new Scan(text, false).scanned();
  // Only where a bracket is never closed may a line inside of it be a new statement: `dim=1` can be either.
  return whole.problems.length === 0 ? whole : new Scan(text, true).scanned();
}

class Scan {
  readonly #text: string;
  /** Whether a line that looks like a new statement ends the brackets that are open before it. */
  readonly #recovers: boolean;
  readonly #out: string[];
  readonly #magics: { from: number; text: string }[] = [];
  readonly #problems: Unreadable[] = [];
  #open: { at: number; bracket: string }[] = [];
  /** The kinds of long strings that have no end: they are not searched for again. */
  readonly #endless = new Set<string>();
  /** Inside of such a string. */
  #lost = false;
  #problem: { at: number; message: string } | null = null;
  /** Where the statement began that stands at the left margin. */
  #from = 0;
  /** Where the last line began that is not inside of brackets, and whether it has a colon that is not either. */
  #line = 0;
  #colon = false;
  #levels = [0];

  constructor(text: string, recovers: boolean) {
    this.#text = text;
    this.#recovers = recovers;
    this.#out = text.split("");
  }

  scanned(): Scanned {
    const text = this.#text;
    const first = text.search(/\S/);
    if (first >= 0 && text.startsWith("%%", first) && !TIMING.test(text.slice(first, first + 20)))
      this.#magic(first, text.length);
    else {
      let lineStart = true;
      for (let i = 0; i < text.length; ) {
        const after = lineStart ? this.#lineStart(i) : i;
        lineStart = text[i] === "\n";
        i = after > i ? after : this.#next(i);
      }
      this.#unclosed();
      this.#lineEnd(text.length);
      this.#end(text.length);
    }
    return { text: this.#out.join(""), magics: this.#magics, problems: this.#problems };
  }

  /** What a line begins: returns the end of a line that is no Python, otherwise `i`. */
  #lineStart(i: number): number {
    const text = this.#text;
    if (this.#open.length > 0 || this.#lost) {
      if (!this.#recovers || !this.#beginsStatement(i)) return i;
      this.#unclosed();
      this.#open = [];
      this.#lost = false;
    } else this.#lineEnd(i - 1);
    this.#line = i;
    this.#colon = false;
    const indent = matches(INDENT, text, i)?.[0];
    if (indent === "" && !matches(CLAUSE, text, i)) {
      this.#end(i);
      this.#from = i;
      this.#levels = [0];
    }
    const magic = matches(MAGIC, text, i);
    if (magic) {
      this.#magic(i + magic[0].search(/\S/), i + magic[0].length);
      return i + magic[0].length;
    }
    if (indent !== undefined && !fits(widthOf(indent), this.#levels))
      this.#problem ??= { at: i, message: "this line is indented as far as no line before it" };
    return i;
  }

  /** A block's head without its colon: the parser would take a line that follows for the rest of it. */
  #lineEnd(to: number): void {
    if (to < this.#line || this.#colon || !matches(HEAD, this.#text, this.#line)) return;
    const code = this.#out.slice(this.#line, to).join("").trimEnd();
    this.#problem ??= { at: this.#line + code.length, message: missingInHead(code) };
  }

  /** Inside an open bracket: `dW2 = …`, but not `keepdim=True)` and not `dim=1,`. */
  #beginsStatement(i: number): boolean {
    const line = matches(STATEMENT, this.#text, i)?.[0].trimEnd();
    if (line === undefined) return false;
    let depth = 0;
    for (const character of line) {
      if (CLOSER.has(character)) depth++;
      else if (CLOSERS.has(character) && --depth < 0) return false;
    }
    return !line.endsWith(",") && !matches(CLOSING_LINE, this.#text, lineEnd(this.#text, i));
  }

  /** Takes what stands at `i`, and returns where the next thing begins. */
  #next(i: number): number {
    const text = this.#text;
    const character = text[i];
    if (character === "\\" && text[i + 1] === "\n") return i + 2;
    if (character === "#") {
      const end = lineEnd(text, i);
      this.#out.fill(" ", i, end);
      return end;
    }
    if (/[rRbBuUfF"']/.test(character) && matches(STRING, text, i)) return this.#string(i);
    if (/\d/.test(character)) {
      const point = matches(POINT, text, i);
      if (!point) return i + 1;
      const end = i + point[0].length;
      this.#out[end - 1] = "_";
      return end;
    }
    if (CLOSER.has(character)) {
      this.#open.push({ at: i, bracket: character });
      if (this.#open.length > DEEPEST) return this.#giveUpLine(i, "this is nested too deeply");
    } else if (CLOSERS.has(character)) {
      const last = this.#open.pop();
      if (!last) this.#problem ??= { at: i, message: `\`${character}\` closes nothing` };
      else if (CLOSER.get(last.bracket) !== character) {
        this.#problem ??= {
          at: i,
          message: `\`${character}\` stands where \`${last.bracket}\` should be closed`,
        };
      }
    } else if (this.#open.length === 0 && matches(LAST_SIGN, text, i)) {
      // Many sentences end like this, and would swallow the learner's line under them.
      if (character === ".")
        this.#problem ??= { at: i + 1, message: missingAfter(text.slice(this.#line, i + 1)) };
      else if (!matches(HEAD, text, this.#line) && !matches(SOFT_HEAD, text, this.#line))
        this.#problem ??= { at: i, message: "`:` cannot stand here" };
    }
    if (character === ":" && this.#open.length === 0) this.#colon = true;
    return i + 1;
  }

  #string(i: number): number {
    const text = this.#text;
    const [, prefix, quote] = matches(STRING, text, i)!;
    const end = this.#endless.has(quote) ? -1 : stringEnd(text, i);
    if (end < 0) {
      if (quote.length === 3) {
        this.#endless.add(quote);
        this.#lost = true;
      }
      return this.#giveUpLine(i, "this string has no end: a quote is missing");
    }
    if (/f/i.test(prefix)) mendPoints(text, this.#out, i, end);
    return end;
  }

  /** What closes the brackets of this line cannot be told any more. */
  #giveUpLine(at: number, message: string): number {
    this.#problem ??= { at, message };
    this.#open = [];
    return lineEnd(this.#text, at);
  }

  #unclosed(): void {
    const [first] = this.#open;
    if (first) this.#problem ??= { at: first.at, message: `\`${first.bracket}\` is not closed` };
  }

  /** A statement at the left margin has its end; if something is wrong with it, all of it is blank for the parser. */
  #end(to: number): void {
    if (!this.#problem) return;
    this.#problems.push({ ...this.#problem, from: this.#from, to });
    this.#blank(this.#from, to);
    this.#problem = null;
  }

  #magic(from: number, to: number): void {
    this.#magics.push({ from, text: this.#text.slice(from, to).trim() });
    this.#blank(from, to);
  }

  #blank(from: number, to: number): void {
    for (let i = from; i < to; i++) if (this.#out[i] !== "\n") this.#out[i] = " ";
  }
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf("\n", from);
  return end < 0 ? text.length : end;
}

function widthOf(indent: string): number {
  let width = 0;
  for (const character of indent) width += character === "\t" ? 8 - (width % 8) : 1;
  return width;
}

/** Whether a line may be indented this far after those before it, whose levels are kept: the parser does not ask. */
function fits(width: number, levels: number[]): boolean {
  if (width > levels.at(-1)!) {
    levels.push(width);
    return true;
  }
  while (levels.at(-1)! > width) levels.pop();
  return levels.at(-1) === width;
}

function matches(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

/** Inside the braces of an f-string there are numbers too; after a colon comes the format, where `1.` is a width. */
function mendPoints(text: string, out: string[], from: number, to: number): void {
  for (const inside of text.slice(from, to).matchAll(/\{[^{}:]*/g)) {
    const start = from + inside.index;
    for (let i = start; i < start + inside[0].length; i++) {
      const point = matches(POINT, text, i);
      if (point) out[i + point[0].length - 1] = "_";
    }
  }
}

function stringEnd(text: string, at: number): number {
  const [opening, , quote] = matches(STRING, text, at)!;
  for (let i = at + opening.length; i < text.length; i++) {
    if (text[i] === "\\") i++;
    else if (text.startsWith(quote, i)) return i + quote.length;
    else if (text[i] === "\n" && quote.length === 1) return -1;
  }
  return -1;
}
