/** Brackets within brackets that a text may have. */
const DEEPEST = 100;

/** A text made ready for the parser, character by character at the same places. */
export interface Scanned {
  readonly text: string;
  /** Where lines stood that IPython understands and Python does not: `%matplotlib inline`, `!pip …`, `x?`. */
  readonly magics: readonly { readonly from: number; readonly text: string }[];
  /** What no parser needs to be asked about: a bracket or a string that is not closed. */
  readonly problem: { readonly at: number; readonly message: string } | null;
}

const CLOSER: ReadonlyMap<string, string> = new Map([
  ["(", ")"],
  ["[", "]"],
  ["{", "}"],
]);

const MAGIC = /[ \t]*(?:[%!?][^\n]*|[\w.]+\?{1,2}[ \t]*)(?=\n|$)/y;
/** What stands before the first character of a line that is neither empty nor a comment. */
const INDENT = /[ \t\f]*(?=[^\s#])/y;
/** `1.` and `1.e-5`: the parser knows a point in a number only with a digit behind it. */
const POINT = /(?<![\w.])\d[\d_]*\.(?![\d_])/y;
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
  const out = text.split("");
  const magics: { from: number; text: string }[] = [];
  const blank = (from: number, to: number): void => {
    magics.push({ from, text: text.slice(from, to).trim() });
    for (let i = from; i < to; i++) if (out[i] !== "\n") out[i] = " ";
  };
  const first = text.search(/\S/);
  if (first >= 0 && text.startsWith("%%", first) && !TIMING.test(text.slice(first, first + 20))) {
    blank(first, text.length);
    return { text: out.join(""), magics, problem: null };
  }
  const open: { at: number; bracket: string }[] = [];
  let problem: Scanned["problem"] = null;
  const levels = [0];
  let lineStart = true;
  for (let i = 0; i < text.length; ) {
    const character = text[i];
    if (lineStart && open.length === 0) {
      MAGIC.lastIndex = i;
      const magic = MAGIC.exec(text);
      if (magic) {
        blank(i + magic[0].search(/\S/), i + magic[0].length);
        i += magic[0].length;
        continue;
      }
    }
    if (lineStart && open.length === 0) {
      INDENT.lastIndex = i;
      const indent = INDENT.exec(text);
      if (indent && !fits(widthOf(indent[0]), levels)) {
        problem ??= { at: i, message: "this line is indented as far as no line before it" };
      }
    }
    lineStart = false;
    if (character === "\n") {
      lineStart = true;
      i++;
    } else if (character === "\\" && text[i + 1] === "\n") {
      i += 2;
    } else if (character === "#") {
      for (; i < text.length && text[i] !== "\n"; i++) out[i] = " ";
    } else if (/[rRbBuUfF"']/.test(character) && matches(STRING, text, i)) {
      const end = stringEnd(text, i);
      if (end < 0) {
        problem ??= { at: i, message: "this string has no end: a quote is missing" };
        while (i < text.length && text[i] !== "\n") i++;
      } else {
        if (/f/i.test(matches(STRING, text, i)![1])) mendPoints(text, out, i, end);
        i = end;
      }
    } else if (/\d/.test(character) && matches(POINT, text, i)) {
      i += matches(POINT, text, i)![0].length;
      out[i - 1] = "_";
    } else {
      if (CLOSER.has(character)) {
        open.push({ at: i, bracket: character });
        if (open.length > DEEPEST)
          return { text, magics, problem: { at: i, message: "this is nested too deeply" } };
      } else if (character === ")" || character === "]" || character === "}") {
        const last = open.pop();
        if (!last) problem ??= { at: i, message: `\`${character}\` closes nothing` };
        else if (CLOSER.get(last.bracket) !== character) {
          problem ??= {
            at: i,
            message: `\`${character}\` stands where \`${last.bracket}\` should be closed`,
          };
        }
      }
      i++;
    }
  }
  const unclosed = open[0];
  if (unclosed) problem ??= { at: unclosed.at, message: `\`${unclosed.bracket}\` is not closed` };
  return { text: out.join(""), magics, problem };
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
