import type { SyntaxNode } from "@lezer/common";
import type { Argument, Expression, FormatPart, Item, Place } from "../ast.ts";
import type { BinaryOperator, UnaryOperator } from "../operators.ts";
import { nameOf, numberAt, stringOf } from "./leaves.ts";
import { withEscapes } from "./literals.ts";
import { logicOf } from "./logic.ts";
import { REFUSED, refused } from "./refused.ts";
import { children, type Source, SyntaxProblem, split } from "./source.ts";

/** Brackets within brackets, and operators after operators, that one expression may have. */
const DEEPEST = 200;

/** Characters of an operation by which a message can still call its result. */
const LONGEST = 40;

/** The parser's names of what computes something. */
const OPERATIONS: ReadonlySet<string> = new Set([
  "UnaryExpression",
  "BinaryExpression",
  "MemberExpression",
  "CallExpression",
]);

export const OPERATORS: ReadonlySet<string> = new Set<BinaryOperator>([
  "+",
  "-",
  "*",
  "/",
  "//",
  "%",
  "**",
  "@",
  "&",
  "|",
  "^",
]);

export const noOperator = (op: string): string =>
  `\`${op}\` is not understood: the operators are ${[...OPERATORS].join(" ")}`;

/** Names of the machine that this evaluator runs on. They would mean nothing here; a text that has them tries to get out. */
const MACHINE: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype", "globalThis"]);

/** Reads the expressions of one text. */
export class ExpressionReader {
  readonly #source: Source;
  #depth = 0;

  constructor(source: Source) {
    this.#source = source;
  }

  /** Expressions with commas between them are one tuple. */
  expressions(nodes: readonly SyntaxNode[], at: Place): Expression {
    const items = this.#items(nodes);
    if (items.length === 0) throw new SyntaxProblem("an expression is missing here", this.#source.offset(at));
    const comma = nodes.some((node) => node.name === ",");
    if (!comma && items[0].spread) throw new SyntaxProblem("`*` needs a comma: `*x,`", nodes[0].from);
    if (!comma) return items[0].value;
    return { kind: "tuple", at: items[0].value.at, items };
  }

  #items(nodes: readonly SyntaxNode[]): Item[] {
    return split(nodes, ",").map((group) => {
      const spread = group[0].name === "*";
      return { value: this.expression(group[spread ? 1 : 0]), spread };
    });
  }

  expression(node: SyntaxNode): Expression {
    if (++this.#depth > DEEPEST) throw new SyntaxProblem("this is nested too deeply", node.from);
    try {
      const expression = this.#expressionOf(node);
      if (node.to - node.from > LONGEST || !OPERATIONS.has(node.name)) return expression;
      return { ...expression, text: this.#source.textOf(node).replace(/\s+/g, " ") };
    } finally {
      this.#depth--;
    }
  }

  #expressionOf(node: SyntaxNode): Expression {
    const at = this.#source.place(node.from);
    const parts = children(node);
    switch (node.name) {
      case "Number":
        return { kind: "constant", at, value: numberAt(node, this.#source) };
      case "Boolean":
        return { kind: "constant", at, value: this.#source.textOf(node) === "True" };
      case "None":
        return { kind: "constant", at, value: null };
      case "Ellipsis":
        return { kind: "ellipsis", at };
      case "String":
        return { kind: "constant", at, value: stringOf(node, this.#source) };
      case "FormatString":
        return { kind: "format", at, parts: this.#formatParts(node) };
      case "ContinuedString": {
        const all = parts.flatMap((part): FormatPart[] =>
          part.name === "String" ? [stringOf(part, this.#source)] : this.#formatParts(part),
        );
        if (all.every((part) => typeof part === "string"))
          return { kind: "constant", at, value: all.join("") };
        return { kind: "format", at, parts: all };
      }
      case "VariableName": {
        const name = nameOf(node, this.#source);
        if (MACHINE.has(name))
          throw new SyntaxProblem(`\`${name}\` is no name of Python's or torch's`, node.from);
        // A script's `if __name__ == "__main__":` holds.
        return name === "__name__" ? { kind: "constant", at, value: "__main__" } : { kind: "name", at, name };
      }
      case "ParenthesizedExpression":
        if (parts[1].name === "*") throw new SyntaxProblem("`*` needs a comma: `(*x,)`", node.from);
        return this.expression(parts[1]);
      case "TupleExpression":
      case "ArrayExpression":
        return {
          kind: node.name === "TupleExpression" ? "tuple" : "list",
          at,
          items: this.#items(parts.slice(1, -1)),
        };
      case "UnaryExpression":
        if (parts[0].name === "not") return logicOf(node, this.#source, (each) => this.expression(each));
        return {
          kind: "unary",
          at,
          op: this.#source.textOf(parts[0]) as UnaryOperator,
          of: this.expression(parts[1]),
        };
      case "BinaryExpression": {
        const op = this.#source.textOf(parts[1]);
        if (parts[1].name !== "ArithOp" && parts[1].name !== "BitOp")
          return logicOf(node, this.#source, (each) => this.expression(each));
        if (!OPERATORS.has(op)) return { at, ...refused(this.#source, node, noOperator(op)) };
        return {
          kind: "binary",
          at: this.#source.place(parts[1].from),
          op: op as BinaryOperator,
          left: this.expression(parts[0]),
          right: this.expression(parts[2]),
        };
      }
      case "ConditionalExpression":
        return {
          kind: "conditional",
          at,
          yes: this.expression(parts[0]),
          test: this.expression(parts[2]),
          no: this.expression(parts[4]),
        };
      case "MemberExpression":
        if (parts[1].name === ".") {
          const of = this.expression(parts[0]);
          const name = nameOf(parts[2], this.#source);
          return {
            kind: "attribute",
            at: this.#source.place(parts[2].from),
            // A gradient's shape is its tensor's, and gives no answer away: `torch.zeros(logprobs.grad.shape)`.
            of: name === "shape" && of.kind === "attribute" && of.name === "grad" ? of.of : of,
            name,
          };
        }
        return {
          kind: "subscript",
          at: this.#source.place(parts[1].from),
          of: this.expression(parts[0]),
          index: this.#index(parts.slice(2, -1), this.#source.place(parts[1].to)),
        };
      case "CallExpression":
        return this.#call(node, parts);
    }
    const message =
      REFUSED.get(node.name) ?? `\`${this.#source.textOf(node).slice(0, 40)}\` is not understood`;
    return { at, ...refused(this.#source, node, message) };
  }

  #call(node: SyntaxNode, parts: readonly SyntaxNode[]): Expression {
    const callee = this.expression(parts[0]);
    const at = callee.kind === "attribute" ? callee.at : this.#source.place(node.from);
    const args: Argument[] = [];
    const names = new Set<string>();
    for (const group of split(children(parts[1]).slice(1, -1), ",")) {
      if (group[0].name === "**") {
        return {
          at,
          ...refused(this.#source, node, "`**` before an argument is not understood: write `name=value`"),
        };
      }
      if (group.some((part) => part.name === "for")) {
        return { at, ...refused(this.#source, node, REFUSED.get("ComprehensionExpression")!) };
      }
      const spread = group[0].name === "*";
      const named = group[1]?.name === "AssignOp";
      const name = named ? nameOf(group[0], this.#source) : null;
      if (name === null && !spread && names.size > 0) {
        throw new SyntaxProblem("an argument without a name cannot follow one with a name", group[0].from);
      }
      if (name !== null && names.has(name)) {
        throw new SyntaxProblem(`\`${name}\` is given twice`, group[0].from);
      }
      if (name !== null) names.add(name);
      args.push({ name, value: this.expression(group[named ? 2 : spread ? 1 : 0]), spread });
    }
    return { kind: "call", at, callee, args };
  }

  #index(nodes: readonly SyntaxNode[], at: Place): Expression {
    const items = split(nodes, ",").map((group): Item => {
      const colon = group.findIndex((part) => part.name === ":");
      if (colon < 0) return { value: this.expression(group[0]), spread: false };
      const sides: (Expression | null)[] = [null, null, null];
      let side = 0;
      for (const part of group) {
        if (part.name === ":") side++;
        else sides[side] = this.expression(part);
      }
      const [start, stop, step] = sides;
      return {
        value: { kind: "slice", at: this.#source.place(group[0].from), start, stop, step },
        spread: false,
      };
    });
    if (items.length === 0)
      throw new SyntaxProblem("an index is missing between `[` and `]`", this.#source.offset(at));
    if (items.length === 1 && !nodes.some((node) => node.name === ",")) return items[0].value;
    return { kind: "tuple", at, items };
  }

  #formatParts(node: SyntaxNode): FormatPart[] {
    const text = this.#source.textOf(node);
    const [opening, prefix, quote] = /^([a-zA-Z]*)("""|'''|"|')/.exec(text)!;
    const raw = /r/i.test(prefix);
    return this.#pieces(
      children(node).filter((part) => part.name === "FormatReplacement"),
      node.from + opening.length,
      node.to - quote.length,
      (between) => {
        const braces = between.replaceAll("{{", "{").replaceAll("}}", "}");
        return raw ? braces : withEscapes(braces);
      },
    );
  }

  #pieces(
    replacements: readonly SyntaxNode[],
    from: number,
    to: number,
    literal: (text: string) => string,
  ): FormatPart[] {
    const out: FormatPart[] = [];
    let at = from;
    const textUntil = (end: number): void => {
      if (end > at) out.push(literal(this.#source.text.slice(at, end)));
    };
    for (const replacement of replacements) {
      textUntil(replacement.from);
      at = replacement.to;
      const parts = children(replacement).slice(1, -1);
      const selfDoc = parts.find((part) => part.name === "FormatSelfDoc");
      const conversion = parts.find((part) => part.name === "FormatConversion");
      const spec = parts.find((part) => part.name === "FormatSpec");
      const value = parts.filter((part) => !part.name.startsWith("Format") || part.name === "FormatString");
      if (value.length === 0) throw new SyntaxProblem("nothing stands between `{` and `}`", replacement.from);
      if (selfDoc) out.push(this.#source.text.slice(replacement.from + 1, selfDoc.to));
      out.push({
        value: this.expressions(value, this.#source.place(value[0].from)),
        conversion: conversion ? this.#source.textOf(conversion).slice(1) : selfDoc && !spec ? "r" : null,
        spec: spec
          ? this.#pieces(
              children(spec).filter((part) => part.name === "FormatReplacement"),
              spec.from + 1,
              spec.to,
              (between) => between,
            )
          : [],
      });
    }
    textUntil(to);
    return out;
  }
}
