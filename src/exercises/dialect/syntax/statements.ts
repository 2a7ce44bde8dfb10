import type { SyntaxNode } from "@lezer/common";
import type { Binding, Expression, Statement } from "../ast.ts";
import type { BinaryOperator } from "../operators.ts";
import { ExpressionReader, noOperator, OPERATORS } from "./expressions.ts";
import { REFUSED, refused } from "./refused.ts";
import { children, type Source, SyntaxProblem, split } from "./source.ts";

/** Reads the statements of one text. */
export class StatementReader {
  readonly #source: Source;
  readonly #expressions: ExpressionReader;

  constructor(source: Source) {
    this.#source = source;
    this.#expressions = new ExpressionReader(source);
  }

  statements(node: SyntaxNode): Statement[] {
    if (node.name !== "StatementGroup") return [this.#statement(node)];
    return children(node)
      .filter((child) => child.name !== ";")
      .map((child) => this.#statement(child));
  }

  #body(node: SyntaxNode): Statement[] {
    return children(node)
      .filter((child) => child.name !== ":")
      .flatMap((child) => this.statements(child));
  }

  #statement(node: SyntaxNode): Statement {
    const at = this.#source.place(node.from);
    const text = this.#source.textOf(node).split("\n")[0].trimEnd();
    const parts = children(node);
    const base = { at, text };
    switch (node.name) {
      case "ExpressionStatement":
        return { ...base, kind: "expression", value: this.#expressions.expressions(parts, at) };
      case "AssignStatement": {
        const groups = split(
          parts.filter((part) => part.name !== "TypeDef"),
          "AssignOp",
        );
        if (groups.length === 1) return { ...base, kind: "pass" };
        const sides = groups.map((group) =>
          this.#expressions.expressions(group, this.#source.place(group[0].from)),
        );
        const value = sides.pop()!;
        return { ...base, kind: "assign", targets: sides.map((side) => this.#target(side)), value };
      }
      case "UpdateStatement": {
        const index = parts.findIndex((part) => part.name === "UpdateOp");
        const op = this.#source.textOf(parts[index]).slice(0, -1);
        const target = this.#expressions.expressions(parts.slice(0, index), at);
        const value = this.#expressions.expressions(
          parts.slice(index + 1),
          this.#source.place(parts[index].to),
        );
        if (!OPERATORS.has(op)) {
          return {
            ...base,
            ...refused(this.#source, node, noOperator(`${op}=`)),
            writes: this.#source.names(parts.slice(0, index)),
          };
        }
        if (target.kind === "tuple" || target.kind === "list") {
          throw new SyntaxProblem(`a ${target.kind} cannot be changed with \`${op}=\``, node.from);
        }
        return { ...base, kind: "augment", target: this.#target(target), op: op as BinaryOperator, value };
      }
      case "ForStatement": {
        if (parts[0].name === "async") break;
        const start = parts.findIndex((part) => part.name === "for");
        const middle = parts.findIndex((part) => part.name === "in");
        const bodies = parts.filter((part) => part.name === "Body");
        const end = parts.indexOf(bodies[0]);
        const target = this.#expressions.expressions(parts.slice(start + 1, middle), at);
        return {
          ...base,
          kind: "for",
          target: this.#target(target),
          over: this.#expressions.expressions(parts.slice(middle + 1, end), at),
          body: this.#body(bodies[0]),
          otherwise: bodies[1] ? this.#body(bodies[1]) : [],
        };
      }
      case "IfStatement": {
        const branches: { test: Expression; body: Statement[] }[] = [];
        let otherwise: Statement[] = [];
        for (let i = 0; i < parts.length; i++) {
          if (parts[i].name === "else") otherwise = this.#body(parts[++i]);
          else {
            branches.push({
              test: this.#expressions.expression(parts[i + 1]),
              body: this.#body(parts[i + 2]),
            });
            i += 2;
          }
        }
        return { ...base, kind: "if", branches, otherwise };
      }
      case "WithStatement": {
        const body = parts.find((part) => part.name === "Body")!;
        const head = this.#source.text.slice(node.from, body.from);
        if (/\b(?:no_grad|inference_mode|enable_grad)\s*\(/.test(head)) {
          return { ...base, kind: "with", body: this.#body(body) };
        }
        return {
          ...base,
          ...refused(
            this.#source,
            node,
            "this `with` is not understood: there is `with torch.no_grad():` alone",
          ),
          writes: this.#assigned(body),
        };
      }
      case "PassStatement":
        return { ...base, kind: "pass" };
      case "BreakStatement":
        return { ...base, kind: "break" };
      case "ContinueStatement":
        return { ...base, kind: "continue" };
      case "ImportStatement":
        return { ...base, kind: "import", bindings: this.#bindings(parts) };
    }
    const message = REFUSED.get(node.name) ?? `\`${text.slice(0, 40)}\` is not understood`;
    return {
      ...base,
      ...refused(this.#source, node, message),
      writes: this.#assigned(node),
      within: this.#assignedWithin(node),
    };
  }

  /** The names that a function or a class gives values to inside of it. */
  #assignedWithin(node: SyntaxNode): string[] {
    const body = node.getChild("Body");
    const inner = children(body ?? node).flatMap((child) => [
      ...(/Statement$/.test(child.name) ? this.#assigned(child) : []),
      ...(/Definition$/.test(child.name) ? this.#assignedWithin(child) : []),
    ]);
    return /Definition$|^DecoratedStatement$/.test(node.name) ? inner : [];
  }

  /** The names that a refused statement would give values to. */
  #assigned(node: SyntaxNode): string[] {
    switch (node.name) {
      case "FunctionDefinition":
      case "ClassDefinition":
        return this.#source.names(node.getChildren("VariableName").slice(0, 1));
      case "DeleteStatement":
        return this.#source.names(children(node));
      case "AssignStatement":
      case "UpdateStatement":
      case "ForStatement": {
        const parts = children(node);
        const end = parts.findLastIndex((part) => /^(?:AssignOp|UpdateOp|in)$/.test(part.name));
        const own = this.#source.names(parts.slice(0, end));
        return [...own, ...parts.slice(end + 1).flatMap((part) => this.#assigned(part))];
      }
      default:
        return children(node).flatMap((child) => this.#assigned(child));
    }
  }

  #bindings(parts: readonly SyntaxNode[]): Binding[] {
    const from = parts[0].name === "from";
    const importAt = parts.findIndex((part) => part.name === "import");
    const dotted = (nodes: readonly SyntaxNode[]): string =>
      nodes.map((node) => this.#source.textOf(node)).join("");
    const path = from ? dotted(parts.slice(1, importAt)) : "";
    const names = parts.slice(importAt + 1).filter((part) => part.name !== "(" && part.name !== ")");
    return split(names, ",").map((group) => {
      const as = group.findIndex((part) => part.name === "as");
      const what = dotted(as < 0 ? group : group.slice(0, as));
      const name = as < 0 ? (from ? what : what.split(".")[0]) : this.#source.textOf(group[as + 1]);
      if (from) return { name, path, member: what };
      return { name, path: as < 0 ? name : what, member: null };
    });
  }

  #target(target: Expression): Expression {
    switch (target.kind) {
      case "name":
      case "subscript":
      case "attribute":
      case "refused":
        return target;
      case "tuple":
      case "list":
        if (target.items.filter((item) => item.spread).length > 1)
          throw new SyntaxProblem("only one name before `=` can have a `*`", this.#source.offset(target.at));
        return {
          ...target,
          items: target.items.map((item) => ({ ...item, value: this.#target(item.value) })),
        };
      default:
        throw new SyntaxProblem(
          "only a name, or a name with `[…]`, can stand before `=`",
          this.#source.offset(target.at),
        );
    }
  }
}
