/**
 * Tensors' names in formulas. In TeX `dhprebn_{ij}` is a product of seven letters; here a bare word is one upright name, so that a formula reads
 * in its source as it does on the page, and a thin space keeps it from the factors beside it.
 */

/** Indices and sizes are written without spaces in products and subscripts: `tE`, `ite`. */
const INDICES = /^[itekjvnTEV]+$/;
/** Tensors whose names are one letter. */
const LETTERS = ["h", "C"];
/** A word may have digits at its end (`W1`, `bndiff2`), and joins words of two or more letters (`counts_sum_inv`, but not `x_i`). */
const TOKEN =
  /\\(?:[A-Za-z]+\*?|.)|[A-Za-z]{2,}\d*(?:_[a-z]{2,}(?![A-Za-z]))*|[A-Za-z]\d*|\d+(?:\.\d+)?|\s+|./gsu;
/** Commands whose argument is no formula. */
const VERBATIM =
  /^\\(?:text(?:bf|it)?|math(?:rm|it|bf|bb|cal|sf|tt)|operatorname\*?|begin|end|hspace|tag|(?:text)?color)$/;
/** Commands that stand for a factor of their own or begin one. */
const FACTORS = /^\\(?:[dt]?frac|sqrt|alpha|beta|gamma|delta|epsilon|varepsilon|eta|lambda|mu|sigma|theta)$/;

/** What stands before the next token: nothing to be kept from, a factor, or a factor that is a name. */
type Before = "nothing" | "factor" | "name";

/**
 * The formula in plain TeX, with `mark` written around each name.
 * @throws SyntaxError where braces do not match
 */
export function markNames(source: string, mark: (name: string) => string): string {
  const tokens = source.match(TOKEN) ?? [];
  // One entry for each open group: what stands before the token that follows it.
  const open: (Before | undefined)[] = [];
  let before: Before = "nothing";
  /** After `_` or `^`: the next token or group is a script, and what stands before what follows it is its base. */
  let script: Before | undefined;
  let out = "";

  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at];
    if (/^\s/.test(token)) {
      out += token;
      continue;
    }
    if (token === "{") {
      open.push(script);
      script = undefined;
      before = "nothing";
      out += token;
      continue;
    }
    if (token === "}") {
      if (open.length === 0) throw new SyntaxError("{ is missing");
      before = open.pop() ?? "factor";
      out += token;
      continue;
    }
    if (token === "_" || token === "^") {
      script = before;
      out += token;
      continue;
    }
    if (VERBATIM.test(token)) {
      const rest = verbatim(tokens, at);
      out += rest;
      at += rest.match(TOKEN)!.length - 1;
      before = script ?? (/^\\begin/.test(token) ? "nothing" : "factor");
      script = undefined;
      continue;
    }
    const kind = kindOf(token);
    const apart = script === undefined && (kind === "name" ? before !== "nothing" : before === "name");
    out += apart && startsFactor(token) ? "\\," : "";
    out += kind === "name" ? mark(token) : token;
    before = script ?? (token === "'" ? before : kind);
    script = undefined;
  }
  if (open.length > 0) throw new SyntaxError("} is missing");
  return out;
}

/** A command with its arguments in braces, as they are written. */
function verbatim(tokens: readonly string[], from: number): string {
  let out = tokens[from];
  let depth = 0;
  for (let at = from + 1; at < tokens.length; at++) {
    const token = tokens[at];
    if (depth === 0 && token !== "{" && !/^\s/.test(token)) break;
    if (depth === 0 && /^\s/.test(token) && tokens[at + 1] !== "{") break;
    out += token;
    if (token === "{") depth++;
    // `\begin{array}{rl}` has two arguments.
    if (token === "}" && --depth === 0 && !out.startsWith("\\begin{array}{") && out !== "\\begin{array}")
      break;
  }
  return out;
}

function kindOf(token: string): Before {
  if (LETTERS.includes(token)) return "name";
  if (/^[A-Za-z]./.test(token)) return INDICES.test(token) ? "factor" : "name";
  if (/^[A-Za-z0-9)\]]/.test(token) || FACTORS.test(token)) return "factor";
  return "nothing";
}

const startsFactor = (token: string): boolean => /^[A-Za-z0-9]/.test(token) || FACTORS.test(token);
