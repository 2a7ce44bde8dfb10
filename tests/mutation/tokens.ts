/** Splits WGSL into tokens, as far as the operators need to understand it. */

export interface Token {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** How tightly a binary operator binds; 0 for anything else. */
  readonly binds: number;
}

const LEXEME =
  /\/\/[^\n]*|\s+|0x[\da-fA-F]+[iu]?|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[fhiu]?|[A-Za-z_]\w*|&&|\|\||<<|>>|->|\+\+|--|[-+*/%<>=!]=|./gu;

const LEVELS = [
  ["||"],
  ["&&"],
  ["|"],
  ["&"],
  ["==", "!=", "<", "<=", ">", ">="],
  ["<<", ">>"],
  ["+", "-"],
  ["*", "/", "%"],
];
const BINDS = new Map(LEVELS.flatMap((operators, i) => operators.map((o) => [o, i + 1] as const)));

/** After these, `<` opens template arguments. */
const TEMPLATES = /^(array|atomic|bitcast|ptr|var|vec[234])$/;

export const isName = (t?: Token): boolean => t !== undefined && /^[A-Za-z_]/.test(t.text);
export const isNumber = (t?: Token): boolean => t !== undefined && /^\.?\d/.test(t.text);

/** Without comments and white space. */
export function tokenize(code: string): Token[] {
  const tokens: Token[] = [];
  let templates = 0;
  for (const match of code.matchAll(LEXEME)) {
    const text = match[0];
    if (/^(\/\/|\s)/.test(text)) continue;
    const before = tokens.at(-1);
    const opens = text === "<" && TEMPLATES.test(before?.text ?? "");
    const closes = text === ">" && templates > 0;
    templates += Number(opens) - Number(closes);
    const operand =
      isNumber(before) ||
      before?.text === ")" ||
      before?.text === "]" ||
      (isName(before) && before?.text !== "return");
    const binds = operand && !opens && !closes ? (BINDS.get(text) ?? 0) : 0;
    tokens.push({ text, start: match.index, end: match.index + text.length, binds });
  }
  return tokens;
}

/** Where the bracket at `i` closes. */
export function closing(tokens: readonly Token[], i: number): number {
  let depth = 0;
  for (let j = i; j < tokens.length; j++) {
    if ("([{".includes(tokens[j].text)) depth++;
    if (")]}".includes(tokens[j].text) && --depth === 0) return j;
  }
  throw new Error(`no bracket closes the ${tokens[i].text} at ${tokens[i].start}`);
}

/** Where the bracket at `i` opens. */
export function opening(tokens: readonly Token[], i: number): number {
  let depth = 0;
  for (let j = i; j >= 0; j--) {
    if (")]}".includes(tokens[j].text)) depth++;
    if ("([{".includes(tokens[j].text) && --depth === 0) return j;
  }
  throw new Error(`no bracket opens the ${tokens[i].text} at ${tokens[i].start}`);
}

const ends = (t: Token): boolean => /^([-+*/%]?=|[;,{}]|return|\+\+|--)$/.test(t.text);

/** The last token of the right operand of the binary operator at `i`. */
export function rightOperand(tokens: readonly Token[], i: number): number {
  let j = i + 1;
  for (; j < tokens.length; j++) {
    const t = tokens[j];
    if (t.text === "(" || t.text === "[") j = closing(tokens, j);
    else if (t.text === ")" || t.text === "]" || ends(t) || (t.binds > 0 && t.binds <= tokens[i].binds))
      break;
  }
  return j - 1;
}

/** The first token of the left operand of the binary operator at `i`; operators of its own level associate to the left. */
export function leftOperand(tokens: readonly Token[], i: number): number {
  let j = i - 1;
  for (; j >= 0; j--) {
    const t = tokens[j];
    if (t.text === ")" || t.text === "]") j = opening(tokens, j);
    else if (t.text === "(" || t.text === "[" || ends(t) || (t.binds > 0 && t.binds < tokens[i].binds)) break;
  }
  return j + 1;
}
