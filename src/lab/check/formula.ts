/**
 * A little of TeX's notation, parsed into a tree that is drawn as MathML: words (`dhprebn`, `b1`, `counts_sum` are one word
 * each), `x_{…}`, `x^{…}`, `\frac{…}{…}`, `\sqrt{…}`, `\text{…}`, `\sum_{…}`, `\max_{…}`, `\argmax_{…}`, `\exp`, `\ln`, `\tanh`, `\in`, `\quad`.
 */
export type Formula =
  | { readonly kind: "word" | "number" | "operator" | "function" | "text"; readonly text: string }
  | { readonly kind: "space" }
  | { readonly kind: "row"; readonly items: readonly Formula[] }
  | { readonly kind: "fraction"; readonly above: Formula; readonly below: Formula }
  | { readonly kind: "root"; readonly of: Formula }
  | {
      readonly kind: "scripts";
      readonly base: Formula;
      readonly sub?: Formula;
      readonly sup?: Formula;
      readonly under: boolean;
    };

const FUNCTIONS = ["exp", "ln", "tanh", "max", "argmax"];
const UNDER = ["sum", "max", "argmax"];
/** Indices and sizes, which are written without spaces in products and subscripts: `tE`, `ite`. */
const LETTERS = /^[itekjvnTEV]+$/;
const TOKEN = /\\text\{([^}]*)\}|\\[a-z]+|[A-Za-z][A-Za-z0-9]*(?:_[a-z]+)*|\d+(?:\.\d+)?|[_^]\{|\S/gu;

/** @throws SyntaxError where a brace is missing or a command is unknown */
export function parseFormula(source: string): Formula {
  const tokens = source.match(TOKEN) ?? [];
  let at = 0;
  const fail = (what: string): never => {
    throw new SyntaxError(`${what} in the formula ${source}`);
  };

  function row(closing?: "}"): Formula {
    const items: Formula[] = [];
    while (tokens[at] !== closing) {
      if (at >= tokens.length) fail("} is missing");
      items.push(scripted());
    }
    at++;
    return rowOf(items);
  }

  function group(): Formula {
    if (tokens[at++] !== "{") fail("{ is missing");
    return row("}");
  }

  function scripted(): Formula {
    const under = UNDER.includes(tokens[at].slice(1));
    const base = single();
    let sub: Formula | undefined;
    let sup: Formula | undefined;
    for (; tokens[at] === "_{" || tokens[at] === "^{"; ) {
      if (tokens[at++] === "_{") sub = row("}");
      else sup = row("}");
    }
    return sub || sup ? { kind: "scripts", base, sub, sup, under } : base;
  }

  function single(): Formula {
    const token = tokens[at++];
    if (token.startsWith("\\text{"))
      return { kind: "text", text: token.slice(6, -1).replaceAll(" ", "\u00a0") };
    if (token.startsWith("\\")) return command(token.slice(1));
    if (LETTERS.test(token)) return rowOf([...token].map((text) => ({ kind: "word", text })));
    if (/^[A-Za-z]/.test(token)) return { kind: "word", text: token };
    if (/^\d/.test(token)) return { kind: "number", text: token };
    return { kind: "operator", text: token };
  }

  function command(name: string): Formula {
    if (name === "frac") return { kind: "fraction", above: group(), below: group() };
    if (name === "sqrt") return { kind: "root", of: group() };
    if (name === "quad") return { kind: "space" };
    if (name === "sum") return { kind: "operator", text: "∑" };
    if (name === "in") return { kind: "operator", text: "∈" };
    if (FUNCTIONS.includes(name)) return { kind: "function", text: name };
    return fail(`\\${name} is unknown`);
  }

  return row();
}

const rowOf = (items: readonly Formula[]): Formula =>
  items.length === 1 ? items[0] : { kind: "row", items };
