/** The mistakes that are planted wherever they fit into a kernel's text. */
import { closing, isName, isNumber, leftOperand, rightOperand, type Token, tokenize } from "./tokens.ts";

export interface Edit {
  readonly operator: string;
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Where an operator is applied: token `i` of a text. */
interface Site {
  readonly code: string;
  readonly tokens: readonly Token[];
  readonly i: number;
  /** Inside the parentheses of a `for`, where a wrong increment would never end. */
  readonly inHeader: boolean;
  /** Behind the header's last semicolon, where a quotient may be 0. */
  readonly inIncrement: boolean;
}

type Replacement = readonly [start: number, end: number, text: string];

const swaps = (pairs: Readonly<Record<string, string>>) => (text: string) => pairs[text];
const other = {
  sign: swaps({ "+": "-", "-": "+", "+=": "-=", "-=": "+=" }),
  factor: swaps({ "*": "/", "/": "*", "%": "/", "*=": "/=", "/=": "*=", "<<": ">>", ">>": "<<" }),
  comparison: swaps({ "<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "==" }),
  logic: swaps({ "&&": "||", "||": "&&" }),
  extremum: swaps({ min: "max", max: "min" }),
  component: swaps({ x: "y", y: "x", z: "w", w: "z" }),
};

/** Replaces one token by another. */
const replace =
  (swap: (text: string) => string | undefined) =>
  ({ tokens, i, inHeader }: Site): Replacement[] => {
    const t = tokens[i];
    const text = swap(t.text);
    if (!text || (inHeader && /^.=$/.test(t.text) && !/[<>!=]=/.test(t.text))) return [];
    return [[t.start, t.end, text]];
  };

const binary =
  (of: (s: Site) => Replacement[]) =>
  (s: Site): Replacement[] =>
    s.tokens[s.i].binds > 0 || /^[-+*/]=$/.test(s.tokens[s.i].text) ? of(s) : [];

/** The source text of tokens `from` to `to`. */
const source = ({ code, tokens }: Site, from: number, to: number): string =>
  code.slice(tokens[from].start, tokens[to].end);

const isBarrier = (t?: Token): boolean => /Barrier$/.test(t?.text ?? "");
/** Whether a statement begins at token `i`. */
const begins = ({ tokens, i, inHeader }: Site): boolean =>
  !inHeader && /^[;{}]$/.test(tokens[i - 1]?.text ?? "") && isName(tokens[i]);
const semicolon = (tokens: readonly Token[], i: number): number =>
  tokens.findIndex((t, j) => j >= i && t.text === ";");

/** Whether an operand of the operator at `i` is just this number, and nothing else. */
const hasOperand = ({ tokens, i }: Site, number: RegExp, ...sides: readonly ("left" | "right")[]): boolean =>
  tokens[i].binds > 0 &&
  sides.some((side) => {
    const end = side === "left" ? leftOperand(tokens, i) : rightOperand(tokens, i);
    return Math.abs(end - i) === 1 && number.test(tokens[end].text);
  });
/** In unrolled text: adding 0 makes no difference, whatever its sign, nor does multiplying or dividing by 1. */
const nextToZero = (s: Site): boolean => hasOperand(s, /^0u$/, "left", "right");
const ONE = /^1(u|\.0f?)$/;

/** In the header of a loop that halves down to 0, which would never get there: `>= 0u` is always true, and `/= 1u` changes nothing. */
const isEndless = ({ tokens, i, inHeader }: Site, operator: string, number: RegExp): boolean =>
  inHeader && tokens[i]?.text === operator && number.test(tokens[i + 1].text);
/** The 1 of `const BLOCK = 1u`: blocks of no terms would never end either. */
const isLeastSize = ({ tokens, i }: Site): boolean =>
  tokens[i].text === "1u" && tokens[i - 3]?.text === "const";

const isWhole = (text: string): boolean => /^\d{1,4}(\.0)?[fiu]?$/.test(text);

function wrongConstant({ tokens, i }: Site, wrong: (n: number) => number): Replacement[] {
  const { text, start, end } = tokens[i];
  if (!isNumber(tokens[i]) || !isWhole(text)) return [];
  const [, digits, rest] = /^(\d+)(.*)$/.exec(text)!;
  const n = wrong(Number(digits));
  return n < 0 ? [] : [[start, end, `${n}${rest}`]];
}

/** Each returns its replacements for the given token. */
const operators: Readonly<Record<string, (s: Site) => Replacement[]>> = {
  "sign flipped": (s) => (nextToZero(s) ? [] : binary(replace(other.sign))(s)),
  "× for ÷": (s) => (s.inIncrement || hasOperand(s, ONE, "right") ? [] : binary(replace(other.factor))(s)),
  "edge off by one": (s) => (isEndless(s, ">", /^0u$/) ? [] : binary(replace(other.comparison))(s)),
  "&& for ||": binary(replace(other.logic)),
  "min for max": (s) => (s.tokens[s.i + 1]?.text === "(" ? replace(other.extremum)(s) : []),
  "wrong component": (s) => (s.tokens[s.i - 1]?.text === "." ? replace(other.component)(s) : []),
  "minus dropped": ({ tokens, i }) =>
    tokens[i].text === "-" && tokens[i].binds === 0 ? [[tokens[i].start, tokens[i].end, ""]] : [],
  "= for +=": ({ tokens, i, inHeader }) =>
    /^[-+*/]=$/.test(tokens[i].text) && !inHeader ? [[tokens[i].start, tokens[i].end, "="]] : [],
  "term dropped": (s) => {
    const { tokens, i } = s;
    if (!tokens[i].binds || !/^[-+]$/.test(tokens[i].text) || nextToZero(s)) return [];
    const right: Replacement = [tokens[i].start, tokens[rightOperand(tokens, i)].end, ""];
    const left: Replacement = [tokens[leftOperand(tokens, i)].start, tokens[i].end, ""];
    return tokens[i].text === "+" ? [right, left] : [right];
  },
  "factor dropped": (s) => {
    const { tokens, i } = s;
    const { text, binds } = tokens[i];
    if (!binds || !/^[*/%]$/.test(text)) return [];
    const right: Replacement = [tokens[i].start, tokens[rightOperand(tokens, i)].end, ""];
    const left: Replacement = [tokens[leftOperand(tokens, i)].start, tokens[i].end, ""];
    const found: Replacement[] = [];
    if (text === "%" || !hasOperand(s, ONE, "right")) found.push(right);
    if (text === "*" && !hasOperand(s, ONE, "left")) found.push(left);
    return found;
  },
  "index transposed": (s) => {
    // a * b + c becomes c * b + a
    const { tokens, i } = s;
    const [a, times, b, plus, c] = [-1, 0, 1, 2, 3].map((k) => tokens[i + k]);
    const simple = (t?: Token) => isName(t) || isNumber(t);
    if (times.text !== "*" || !times.binds || plus?.text !== "+") return [];
    if (!simple(a) || !simple(b) || !simple(c) || tokens[i - 2]?.text === ".") return [];
    if (leftOperand(tokens, i) !== i - 1 || rightOperand(tokens, i + 2) !== i + 3) return [];
    return [[a.start, c.end, `${c.text} * ${b.text} + ${a.text}`]];
  },
  "guard dropped": (s) => {
    const { tokens, i } = s;
    if (tokens[i].text !== "if") return [];
    const close = closing(tokens, i + 1);
    const leaves = /^(return|break)$/.test(tokens[close + 2]?.text ?? "");
    return [[tokens[i + 1].end, tokens[close].start, String(!leaves)]];
  },
  "barrier dropped": ({ tokens, i }) => {
    // Adjacent barriers count as one.
    if (!isBarrier(tokens[i]) || isBarrier(tokens[i - 4])) return [];
    let last = semicolon(tokens, i);
    while (isBarrier(tokens[last + 1])) last = semicolon(tokens, last + 1);
    return [[tokens[i].start, tokens[last].end, ""]];
  },
  "constant + 1": (s) => wrongConstant(s, (n) => n + 1),
  "constant − 1": (s) =>
    isLeastSize(s) || isEndless({ ...s, i: s.i - 1 }, "/=", /^2u$/) ? [] : wrongConstant(s, (n) => n - 1),
  "wrong digit": ({ tokens, i }) => {
    const { text, start, end } = tokens[i];
    const [, digits, suffix] = /^(.*?)([fiu]?)$/.exec(text)!;
    if (!isNumber(tokens[i]) || isWhole(text)) return [];
    if (text.startsWith("0x")) return [[start, end, `0x${(Number(text) ^ 1).toString(16)}`]];
    return [[start, end, Number((Number(digits) * 1.1).toPrecision(11)) + suffix]];
  },
  "choice swapped": (s) => {
    const { tokens, i } = s;
    if (tokens[i].text !== "select" || tokens[i + 1]?.text !== "(") return [];
    const close = closing(tokens, i + 1);
    const commas = [];
    for (let j = i + 2; j < close; j++) {
      if (tokens[j].text === "(" || tokens[j].text === "[") j = closing(tokens, j);
      else if (tokens[j].text === ",") commas.push(j);
    }
    const [no, yes] = [source(s, i + 2, commas[0] - 1), source(s, commas[0] + 1, commas[1] - 1)];
    return [[tokens[i + 2].start, tokens[commas[1] - 1].end, `${yes}, ${no}`]];
  },
  "statement dropped": (s) => {
    const { tokens, i } = s;
    if (
      !begins(s) ||
      /^(let|var|const|if|else|for|return|fn|struct)$/.test(tokens[i].text) ||
      isBarrier(tokens[i])
    )
      return [];
    return [[tokens[i].start, tokens[semicolon(tokens, i)].end, ""]];
  },
};

/** A factor `one` or `f32(one)`, or the `grid.z` that it is. */
const isOpaqueOne = (tokens: readonly Token[], i: number): boolean =>
  (tokens[i].text === "*" && tokens[tokens[i + 1]?.text === "f32" ? i + 3 : i + 1]?.text === "one") ||
  (tokens[i].text === "z" && tokens[i - 2]?.text === "grid");

/**
 * Every edit of a text, about in the text's order.
 * It leaves alone what makes no difference: a factor that is 1 and only hides a bound from compilers, the sign of a 0, and
 * a text put in the place of its equal.
 */
export function edits(code: string): Edit[] {
  const tokens = tokenize(code);
  const found: Edit[] = [];
  let [header, increment] = [-1, -1];
  for (const [i, t] of tokens.entries()) {
    if (t.text === "for") {
      header = closing(tokens, i + 1);
      increment = semicolon(tokens, semicolon(tokens, i) + 1);
    }
    const site = { code, tokens, i, inHeader: i < header, inIncrement: increment < i && i < header };
    if (isOpaqueOne(tokens, i)) continue;
    for (const [operator, of] of Object.entries(operators))
      for (const [start, end, text] of of(site))
        if (code.slice(start, end) !== text) found.push({ operator, start, end, text });
  }
  return found;
}
