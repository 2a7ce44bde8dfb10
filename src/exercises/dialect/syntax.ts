import type { SyntaxNode } from "@lezer/common";
import { parser } from "@lezer/python";
import type {
  Argument,
  Binding,
  Broken,
  Expression,
  FormatPart,
  Item,
  Place,
  Program,
  Statement,
} from "./ast.ts";
import { DialectError, oneLine } from "./error.ts";
import type { BinaryOperator, Comparison, UnaryOperator } from "./operators.ts";
import { numberOf, scan, withEscapes } from "./scan.ts";

/** Brackets within brackets, and operators after operators, that one expression may have. */
const DEEPEST = 200;

const OPERATORS: ReadonlySet<string> = new Set<BinaryOperator>([
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
const COMPARISONS: ReadonlySet<string> = new Set<Comparison>(["==", "!=", "<", "<=", ">", ">="]);

const LOOPS = "loops are `for … in` with `range`, `enumerate`, `zip` or a tensor's rows";

/** Python that there is and that the exercises do not have: what the message calls it, and what is there instead. */
const REFUSED: ReadonlyMap<string, string> = new Map([
  ["WhileStatement", `\`while\` is not understood: ${LOOPS}`],
  ["FunctionDefinition", "`def` is not understood: write the lines where they are used"],
  ["ClassDefinition", "`class` is not understood: write plain lines with tensors"],
  ["DecoratedStatement", "`def` and `class` are not understood: write the lines where they are used"],
  ["TryStatement", "`try` is not understood: write the lines alone"],
  ["MatchStatement", "`match` is not understood: use `if`"],
  ["ReturnStatement", "`return` is not understood: assign to the gradient's name"],
  ["YieldStatement", "`yield` is not understood: assign to the gradient's name"],
  ["RaiseStatement", "`raise` is not understood"],
  ["AssertStatement", "`assert` is not understood: use `cmp` or `print`"],
  ["DeleteStatement", "`del` is not understood: leave the name as it is"],
  ["ScopeStatement", "`global` and `nonlocal` are not understood: there are no functions"],
  ["TypeDefinition", "`type` is not understood"],
  ["PrintStatement", "`print` needs brackets: `print(x)`"],
  ["LambdaExpression", "`lambda` is not understood: write the lines where they are used"],
  ["AwaitExpression", "`await` is not understood"],
  ["YieldExpression", "`yield` is not understood"],
  ["NamedExpression", "`:=` is not understood: assign with `=` in a line of its own"],
  ["ComprehensionExpression", `a comprehension is not understood: ${LOOPS}`],
  ["ArrayComprehensionExpression", `a comprehension is not understood: ${LOOPS}`],
  ["DictionaryComprehensionExpression", `a comprehension is not understood: ${LOOPS}`],
  ["SetComprehensionExpression", `a comprehension is not understood: ${LOOPS}`],
  ["DictionaryExpression", "a dictionary is not understood: give each tensor a name of its own"],
  ["SetExpression", "a set is not understood: use a list `[…]` or a tuple `(…)`"],
]);

/** The program in a text, or in a notebook's code cells. Nothing is thrown: what is no Python is in `broken`. */
export function read(source: string | readonly string[]): Program {
  const statements: Statement[] = [];
  const broken: Broken[] = [];
  const cells = typeof source === "string" ? [source] : source;
  cells.forEach((text, index) => {
    new Reader(text, typeof source === "string" ? null : index + 1, statements, broken).read();
  });
  return { statements, broken };
}

class Reader {
  readonly #source: string;
  readonly #cell: number | null;
  readonly #statements: Statement[];
  readonly #broken: Broken[];
  readonly #lineStarts: number[] = [0];
  #code = "";
  #depth = 0;

  constructor(source: string, cell: number | null, statements: Statement[], broken: Broken[]) {
    this.#source = source;
    this.#cell = cell;
    this.#statements = statements;
    this.#broken = broken;
    for (let i = 0; i < source.length; i++) {
      if (source[i] === "\n" || (source[i] === "\r" && source[i + 1] !== "\n")) this.#lineStarts.push(i + 1);
    }
  }

  read(): void {
    const scanned = scan(this.#source);
    this.#code = scanned.text;
    let magic = 0;
    const magicsBefore = (end: number): void => {
      for (; magic < scanned.magics.length && scanned.magics[magic].from < end; magic++) {
        const { from, text } = scanned.magics[magic];
        this.#statements.push({ kind: "magic", at: this.#place(from), text: text.split("\n")[0] });
      }
    };
    if (scanned.problem) {
      // Where a bracket or a string is open, the parser's idea of all that follows is not to be trusted.
      this.#break(scanned.problem.at, scanned.problem.message, 0, this.#source.length);
      magicsBefore(Number.POSITIVE_INFINITY);
      return;
    }
    const tree = parser.parse(scanned.text);
    let brokenLine = 0;
    for (let node = tree.topNode.firstChild; node; node = node.nextSibling) {
      if (node.name === "Comment") continue;
      const line = this.#place(node.from).line;
      const error = firstError(node);
      if (line === brokenLine) continue;
      magicsBefore(node.from);
      try {
        if (error) throw this.#syntaxError(error);
        const from = this.#statements.length;
        this.#statements.push(...this.#statementsOf(node));
        // A line that goes wrong in its middle is two statements and an error for the parser.
        if (node.nextSibling?.type.isError && this.#sameLine(node, node.nextSibling)) {
          this.#statements.length = from;
        }
      } catch (problem) {
        if (problem instanceof RangeError)
          this.#break(node.from, "this is nested too deeply", node.from, node.to);
        else if (problem instanceof SyntaxProblem) {
          const start = this.#lineStarts[line - 1];
          const next = node.nextSibling;
          const end = Math.max(node.to, next && this.#sameLine(node, next) ? next.to : 0);
          this.#break(problem.at, problem.message, Math.min(start, node.from), end);
        } else throw problem;
        brokenLine = this.#place(Math.max(node.from, node.to - 1)).line;
      }
    }
    magicsBefore(Number.POSITIVE_INFINITY);
  }

  #sameLine(a: SyntaxNode, b: SyntaxNode): boolean {
    return (
      !this.#source.slice(a.to, b.from).includes("\n") && !this.#source.slice(a.from, a.to).endsWith("\n")
    );
  }

  #break(at: number, message: string, from: number, to: number): void {
    const names = new Set(this.#source.slice(from, to).match(/[A-Za-z_]\w*/g) ?? []);
    this.#broken.push({ at: this.#place(at), message, names: [...names] });
  }

  #syntaxError(error: SyntaxNode): SyntaxProblem {
    const source = this.#source;
    if (error.from < error.to) {
      const text = source
        .slice(error.from, Math.min(error.to, error.from + 30))
        .trim()
        .split("\n")[0];
      return new SyntaxProblem(`\`${text}\` cannot stand here`, error.from);
    }
    // Comments are blank in what was parsed, so the end of the code before is its last character.
    const end = this.#code.slice(0, error.from).trimEnd().length;
    const before = source.slice(0, end);
    const ended = this.#code.slice(end, error.from + 1).includes("\n") || error.from >= source.length;
    if (before.endsWith(":") && ended) {
      return new SyntaxProblem("lines that are indented further are missing after `:`", end - 1);
    }
    const last = /(?:[\w.]+|[^\s\w]{1,3})$/.exec(before)?.[0] ?? "";
    const next = /^[ \t]*([\w.]+|\S)/.exec(source.slice(error.from));
    const nothing = ended || next === null || this.#code[error.from + next[0].length - 1] === " ";
    if (nothing) return new SyntaxProblem(`something is missing after \`${last}\``, end);
    return new SyntaxProblem(`\`${next[1]}\` cannot stand here, after \`${last}\``, error.from);
  }

  #place(offset: number): Place {
    let low = 0;
    let high = this.#lineStarts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#lineStarts[middle] <= offset) low = middle;
      else high = middle - 1;
    }
    return { cell: this.#cell, line: low + 1, column: offset - this.#lineStarts[low] + 1 };
  }

  #text(node: SyntaxNode): string {
    return this.#source.slice(node.from, node.to);
  }

  // Statements

  #statementsOf(node: SyntaxNode): Statement[] {
    if (node.name !== "StatementGroup") return [this.#statement(node)];
    return children(node)
      .filter((child) => child.name !== ";")
      .map((child) => this.#statement(child));
  }

  #body(node: SyntaxNode): Statement[] {
    return children(node)
      .filter((child) => child.name !== ":")
      .flatMap((child) => this.#statementsOf(child));
  }

  #statement(node: SyntaxNode): Statement {
    const at = this.#place(node.from);
    const text = this.#text(node).split("\n")[0].trimEnd();
    const parts = children(node);
    const base = { at, text };
    switch (node.name) {
      case "ExpressionStatement":
        return { ...base, kind: "expression", value: this.#expressions(parts, at) };
      case "AssignStatement": {
        const groups = split(
          parts.filter((part) => part.name !== "TypeDef"),
          "AssignOp",
        );
        if (groups.length === 1) return { ...base, kind: "pass" };
        const sides = groups.map((group) => this.#expressions(group, this.#place(group[0].from)));
        const value = sides.pop()!;
        return { ...base, kind: "assign", targets: sides.map((side) => this.#target(side)), value };
      }
      case "UpdateStatement": {
        const index = parts.findIndex((part) => part.name === "UpdateOp");
        const op = this.#text(parts[index]).slice(0, -1);
        const target = this.#expressions(parts.slice(0, index), at);
        const value = this.#expressions(parts.slice(index + 1), this.#place(parts[index].to));
        if (!OPERATORS.has(op)) {
          return {
            ...base,
            ...this.#refused(node, `\`${op}=\` is not understood`),
            writes: this.#names(parts.slice(0, index)),
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
        const target = this.#expressions(parts.slice(start + 1, middle), at);
        return {
          ...base,
          kind: "for",
          target: this.#target(target),
          over: this.#expressions(parts.slice(middle + 1, end), at),
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
            branches.push({ test: this.#expression(parts[i + 1]), body: this.#body(parts[i + 2]) });
            i += 2;
          }
        }
        return { ...base, kind: "if", branches, otherwise };
      }
      case "WithStatement": {
        const body = parts.find((part) => part.name === "Body")!;
        const head = this.#source.slice(node.from, body.from);
        if (/\b(?:no_grad|inference_mode|enable_grad)\s*\(/.test(head)) {
          return { ...base, kind: "with", body: this.#body(body) };
        }
        return {
          ...base,
          ...this.#refused(node, "this `with` is not understood: there is `with torch.no_grad():` alone"),
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
    return { ...base, ...this.#refused(node, message), writes: this.#assigned(node) };
  }

  /** The names that a refused statement would give values to. */
  #assigned(node: SyntaxNode): string[] {
    switch (node.name) {
      case "FunctionDefinition":
      case "ClassDefinition":
        return this.#names(node.getChildren("VariableName").slice(0, 1));
      case "DeleteStatement":
        return this.#names(children(node));
      case "AssignStatement":
      case "UpdateStatement":
      case "ForStatement": {
        const parts = children(node);
        const end = parts.findLastIndex((part) => /^(?:AssignOp|UpdateOp|in)$/.test(part.name));
        const own = this.#names(parts.slice(0, end));
        return [...own, ...parts.slice(end + 1).flatMap((part) => this.#assigned(part))];
      }
      default:
        return children(node).flatMap((child) => this.#assigned(child));
    }
  }

  #bindings(parts: readonly SyntaxNode[]): Binding[] {
    const from = parts[0].name === "from";
    const importAt = parts.findIndex((part) => part.name === "import");
    const dotted = (nodes: readonly SyntaxNode[]): string => nodes.map((node) => this.#text(node)).join("");
    const path = from ? dotted(parts.slice(1, importAt)) : "";
    const names = parts.slice(importAt + 1).filter((part) => part.name !== "(" && part.name !== ")");
    return split(names, ",").map((group) => {
      const as = group.findIndex((part) => part.name === "as");
      const what = dotted(as < 0 ? group : group.slice(0, as));
      const name = as < 0 ? (from ? what : what.split(".")[0]) : this.#text(group[as + 1]);
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
        return {
          ...target,
          items: target.items.map((item) => ({ ...item, value: this.#target(item.value) })),
        };
      default:
        throw new SyntaxProblem(
          "only a name, or a name with `[…]`, can stand before `=`",
          this.#offset(target.at),
        );
    }
  }

  #offset(place: Place): number {
    return this.#lineStarts[place.line - 1] + place.column - 1;
  }

  // Expressions

  /** Expressions with commas between them are one tuple. */
  #expressions(nodes: readonly SyntaxNode[], at: Place): Expression {
    const items = this.#items(nodes);
    if (items.length === 0) throw new SyntaxProblem("an expression is missing here", this.#offset(at));
    const comma = nodes.some((node) => node.name === ",");
    if (!comma && !items[0].spread) return items[0].value;
    return { kind: "tuple", at: items[0].value.at, items };
  }

  #items(nodes: readonly SyntaxNode[]): Item[] {
    return split(nodes, ",").map((group) => {
      const spread = group[0].name === "*";
      return { value: this.#expression(group[spread ? 1 : 0]), spread };
    });
  }

  #expression(node: SyntaxNode): Expression {
    if (++this.#depth > DEEPEST) throw new SyntaxProblem("this is nested too deeply", node.from);
    try {
      return this.#expressionOf(node);
    } finally {
      this.#depth--;
    }
  }

  #expressionOf(node: SyntaxNode): Expression {
    const at = this.#place(node.from);
    const parts = children(node);
    switch (node.name) {
      case "Number":
        return { kind: "constant", at, value: this.#number(node) };
      case "Boolean":
        return { kind: "constant", at, value: this.#text(node) === "True" };
      case "None":
        return { kind: "constant", at, value: null };
      case "Ellipsis":
        return { kind: "ellipsis", at };
      case "String":
        return { kind: "constant", at, value: this.#string(node) };
      case "FormatString":
        return { kind: "format", at, parts: this.#formatParts(node) };
      case "ContinuedString": {
        const all = parts.flatMap((part): FormatPart[] =>
          part.name === "String" ? [this.#string(part)] : this.#formatParts(part),
        );
        if (all.every((part) => typeof part === "string"))
          return { kind: "constant", at, value: all.join("") };
        return { kind: "format", at, parts: all };
      }
      case "VariableName":
        return { kind: "name", at, name: this.#name(node) };
      case "ParenthesizedExpression":
        if (parts[1].name === "*") throw new SyntaxProblem("`*` needs a comma: `(*x,)`", node.from);
        return this.#expression(parts[1]);
      case "TupleExpression":
      case "ArrayExpression":
        return {
          kind: node.name === "TupleExpression" ? "tuple" : "list",
          at,
          items: this.#items(parts.slice(1, -1)),
        };
      case "UnaryExpression":
        if (parts[0].name === "not") return this.#logic(node);
        return {
          kind: "unary",
          at,
          op: this.#text(parts[0]) as UnaryOperator,
          of: this.#expression(parts[1]),
        };
      case "BinaryExpression": {
        const op = this.#text(parts[1]);
        if (parts[1].name !== "ArithOp" && parts[1].name !== "BitOp") return this.#logic(node);
        if (!OPERATORS.has(op)) return { at, ...this.#refused(node, `\`${op}\` is not understood`) };
        return {
          kind: "binary",
          at: this.#place(parts[1].from),
          op: op as BinaryOperator,
          left: this.#expression(parts[0]),
          right: this.#expression(parts[2]),
        };
      }
      case "ConditionalExpression":
        return {
          kind: "conditional",
          at,
          yes: this.#expression(parts[0]),
          test: this.#expression(parts[2]),
          no: this.#expression(parts[4]),
        };
      case "MemberExpression":
        if (parts[1].name === ".") {
          const of = this.#expression(parts[0]);
          return { kind: "attribute", at: this.#place(parts[2].from), of, name: this.#name(parts[2]) };
        }
        return {
          kind: "subscript",
          at: this.#place(parts[1].from),
          of: this.#expression(parts[0]),
          index: this.#index(parts.slice(2, -1), this.#place(parts[1].to)),
        };
      case "CallExpression":
        return this.#call(node, parts);
    }
    const message = REFUSED.get(node.name) ?? `\`${this.#text(node).slice(0, 40)}\` is not understood`;
    return { at, ...this.#refused(node, message) };
  }

  #call(node: SyntaxNode, parts: readonly SyntaxNode[]): Expression {
    const callee = this.#expression(parts[0]);
    const at = callee.kind === "attribute" ? callee.at : this.#place(node.from);
    const args: Argument[] = [];
    for (const group of split(children(parts[1]).slice(1, -1), ",")) {
      if (group[0].name === "**") {
        return {
          at,
          ...this.#refused(node, "`**` before an argument is not understood: write `name=value`"),
        };
      }
      if (group.some((part) => part.name === "for")) {
        return { at, ...this.#refused(node, REFUSED.get("ComprehensionExpression")!) };
      }
      const spread = group[0].name === "*";
      const named = group[1]?.name === "AssignOp";
      const name = named ? this.#name(group[0]) : null;
      if (name === null && !spread && args.some((argument) => argument.name !== null)) {
        throw new SyntaxProblem("an argument without a name cannot follow one with a name", group[0].from);
      }
      if (name !== null && args.some((argument) => argument.name === name)) {
        throw new SyntaxProblem(`\`${name}\` is given twice`, group[0].from);
      }
      args.push({ name, value: this.#expression(group[named ? 2 : spread ? 1 : 0]), spread });
    }
    return { kind: "call", at, callee, args };
  }

  #index(nodes: readonly SyntaxNode[], at: Place): Expression {
    const items = split(nodes, ",").map((group): Item => {
      const colon = group.findIndex((part) => part.name === ":");
      if (colon < 0) return { value: this.#expression(group[0]), spread: false };
      const sides: (Expression | null)[] = [null, null, null];
      let side = 0;
      for (const part of group) {
        if (part.name === ":") side++;
        else sides[side] = this.#expression(part);
      }
      const [start, stop, step] = sides;
      return { value: { kind: "slice", at: this.#place(group[0].from), start, stop, step }, spread: false };
    });
    if (items.length === 0)
      throw new SyntaxProblem("an index is missing between `[` and `]`", this.#offset(at));
    if (items.length === 1 && !nodes.some((node) => node.name === ",")) return items[0].value;
    return { kind: "tuple", at, items };
  }

  /**
   * `or`, `and`, `not` and comparisons, bound anew: the parser reads `not a and b` as `not (a and b)`, where Python reads
   * `(not a) and b`, and it does not know that `a < b < c` is one comparison of three.
   */
  #logic(node: SyntaxNode): Expression {
    const tokens: (SyntaxNode | string)[] = [];
    const stack: (SyntaxNode | string)[] = [node];
    for (let part = stack.pop(); part !== undefined; part = stack.pop()) {
      if (typeof part === "string") {
        tokens.push(part);
        continue;
      }
      const parts = children(part);
      const logical =
        (part.name === "UnaryExpression" && parts[0].name === "not") ||
        (part.name === "BinaryExpression" && !/Op$/.test(parts[1].name)) ||
        (part.name === "BinaryExpression" && parts[1].name === "CompareOp");
      if (!logical) tokens.push(part);
      else if (part.name === "UnaryExpression") stack.push(parts[1], "not");
      else {
        const op = parts.slice(1, -1).map((token) => this.#text(token));
        stack.push(parts.at(-1)!, op.join(" "), parts[0]);
      }
    }
    if (tokens.length > DEEPEST) throw new SyntaxProblem("this is nested too deeply", node.from);
    let next = 0;
    const either = (): Expression => {
      let left = both();
      while (tokens[next] === "or") {
        next++;
        left = { kind: "logic", at: left.at, op: "or", left, right: both() };
      }
      return left;
    };
    const both = (): Expression => {
      let left = negated();
      while (tokens[next] === "and") {
        next++;
        left = { kind: "logic", at: left.at, op: "and", left, right: negated() };
      }
      return left;
    };
    const negated = (): Expression => {
      if (tokens[next] !== "not") return comparison();
      next++;
      const of = negated();
      return { kind: "unary", at: of.at, op: "not", of };
    };
    const operand = (): Expression => {
      const token = tokens[next++];
      if (token === undefined || typeof token === "string") {
        throw new SyntaxProblem("`not` cannot stand here", node.from);
      }
      return this.#expression(token);
    };
    const comparison = (): Expression => {
      const first = operand();
      const rest: { op: Comparison; value: Expression }[] = [];
      for (let op = tokens[next]; typeof op === "string" && op !== "and" && op !== "or"; op = tokens[next]) {
        if (!COMPARISONS.has(op) && !/^(?:is|is not|in|not in)$/.test(op)) {
          throw new SyntaxProblem(`\`${op}\` cannot stand here`, node.from);
        }
        next++;
        rest.push({ op: op as Comparison, value: operand() });
      }
      return rest.length === 0 ? first : { kind: "compare", at: first.at, first, rest };
    };
    return either();
  }

  // Leaves

  #number(node: SyntaxNode): bigint | number {
    try {
      return numberOf(this.#text(node));
    } catch (problem) {
      if (problem instanceof DialectError) throw new SyntaxProblem(problem.message, node.from);
      throw problem;
    }
  }

  #name(node: SyntaxNode): string {
    const name = this.#text(node);
    // The parser takes every character beyond ASCII for a letter.
    const odd = /[^\p{L}\p{N}\p{M}_]/u.exec(name);
    if (odd) {
      const code = odd[0].codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0");
      const plain = /\p{Pd}|\u2212/u.test(odd[0])
        ? "; write `-`"
        : /[×·⋅∗]/.test(odd[0])
          ? "; write `*`"
          : "";
      throw new SyntaxProblem(
        `\`${odd[0]}\` (U+${code}) is no character of Python${plain}`,
        node.from + odd.index,
      );
    }
    return name;
  }

  #string(node: SyntaxNode): string {
    const text = this.#text(node);
    const [opening, prefix, quote] = /^([a-zA-Z]*)("""|'''|"|')/.exec(text)!;
    if (/b/i.test(prefix)) throw new SyntaxProblem("bytes are not understood: leave the `b` out", node.from);
    const inside = text.slice(opening.length, text.length - quote.length);
    return /r/i.test(prefix) ? inside : withEscapes(inside);
  }

  #formatParts(node: SyntaxNode): FormatPart[] {
    const text = this.#text(node);
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
      if (end > at) out.push(literal(this.#source.slice(at, end)));
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
      if (selfDoc) out.push(this.#source.slice(replacement.from + 1, selfDoc.to));
      out.push({
        value: this.#expressions(value, this.#place(value[0].from)),
        conversion: conversion ? this.#text(conversion).slice(1) : selfDoc && !spec ? "r" : null,
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

  #refused(node: SyntaxNode, message: string): { kind: "refused"; message: string; reads: string[] } {
    return { kind: "refused", message, reads: this.#names([node]) };
  }

  #names(nodes: readonly SyntaxNode[]): string[] {
    const names = new Set<string>();
    for (const node of nodes) {
      node.cursor().iterate((each) => {
        if (each.name === "VariableName") names.add(this.#source.slice(each.from, each.to));
      });
    }
    return [...names];
  }
}

class SyntaxProblem extends Error {
  readonly at: number;

  constructor(message: string, at: number) {
    super(oneLine(message));
    this.at = at;
  }
}

function children(node: SyntaxNode): SyntaxNode[] {
  const out: SyntaxNode[] = [];
  for (let child = node.firstChild; child; child = child.nextSibling) {
    if (child.name !== "Comment") out.push(child);
  }
  return out;
}

/** The groups of nodes between separators; a trailing separator adds none. */
function split(nodes: readonly SyntaxNode[], separator: string): SyntaxNode[][] {
  const groups: SyntaxNode[][] = [];
  let group: SyntaxNode[] = [];
  for (const node of nodes) {
    if (node.name !== separator) group.push(node);
    else if (group.length > 0) {
      groups.push(group);
      group = [];
    }
  }
  if (group.length > 0) groups.push(group);
  return groups;
}

function firstError(node: SyntaxNode): SyntaxNode | null {
  if (node.type.isError) return node;
  let found: SyntaxNode | null = null;
  node.cursor().iterate((each) => {
    if (each.type.isError) found ??= each.node;
    return found === null;
  });
  return found;
}
