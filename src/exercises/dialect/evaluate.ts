import type { Argument, Broken, Expression, FormatPart, Item, Place, Program, Statement } from "./ast.ts";
import type { Budget, Precision } from "./context.ts";
import { Context } from "./context.ts";
import { format, repr, str } from "./display.ts";
import { DialectError } from "./error.ts";
import { attribute, BUILTINS, call, nearest } from "./functions.ts";
import { getItem, iterate, setItem } from "./indexing.ts";
import type { Meaning } from "./needed/index.ts";
import { needed } from "./needed/index.ts";
import { binary, compare, inPlace, truth, unary } from "./operators.ts";
import { read } from "./syntax/index.ts";
import type { Storage } from "./tensor.ts";
import { clone, shapeText, Tensor } from "./tensor.ts";
import { boundNames, changesInPlace, readNames, rootName } from "./tree.ts";
import type { Value } from "./values.ts";
import { ELLIPSIS, Func, isTensor, List, Slice, Tuple, typeName } from "./values.ts";

export interface Options {
  /** Names that every line may use and none may change: forward tensors and sizes. Temporary names (`ix`, `i`) do not belong here. */
  readonly given: ReadonlyMap<string, Value>;
  /** The gradients that are asked for; without it, `d` before the name of each float tensor given. */
  readonly asked?: ReadonlySet<string>;
  /** Gradients to use where the text has none of that name. What the text does to them it does to copies. */
  readonly standIns?: ReadonlyMap<string, Tensor>;
  /** Run only what this gradient needs, and take all others from `standIns` even if the text has its own. */
  readonly only?: string;
  /** What `cmp` compares with: the gradient of each forward tensor, by the forward tensor's name. */
  readonly gradients?: ReadonlyMap<string, Tensor>;
  readonly precision?: Precision;
  readonly budget?: Budget;
  /** Expressions that may be evaluated, so that every text ends soon. */
  readonly steps?: number;
  /** What happens at an error: "throw" (default), or "continue" with the next statement; then it is in `errors`. */
  readonly onError?: "throw" | "continue";
}

export interface Change {
  /** The last statement that changed the tensor, whatever the name it used. */
  readonly at: Place;
  /** The name that statement used: another one, if two names are one tensor. */
  readonly through: string;
  /** Where the name got its value. */
  readonly assigned: Place;
}

export interface Note {
  readonly at: Place | null;
  readonly message: string;
}

export interface Problem {
  readonly at: Place;
  readonly message: string;
  /** The names that have no value because of it. */
  readonly names: readonly string[];
}

export interface Skipped {
  readonly at: Place;
  /** The first line of what was skipped. */
  readonly text: string;
}

export interface Outcome {
  /** What the text's own names hold at the end; a stub `dh = None` is null. */
  readonly values: ReadonlyMap<string, Value>;
  readonly changes: ReadonlyMap<string, Change>;
  /** What `print` and `cmp` wrote, line by line. */
  readonly prints: readonly string[];
  readonly notes: readonly Note[];
  readonly skipped: readonly Skipped[];
  readonly errors: readonly Problem[];
  /** The first training loop: its lines ran once. */
  readonly training: Place | null;
  /** The stand-ins that the text used. */
  readonly used: ReadonlySet<string>;
  /** Elements that its operations computed, and expressions that it evaluated. */
  readonly cost: { readonly computed: number; readonly steps: number };
}

const STEPS = 1_000_000;
const PRINTED = 200_000;
/** Items that a list or a tuple may have, those of its items included; `t = (t, t)` doubles them each time. */
const ITEMS = 100_000;

/**
 * Evaluates a text, or a notebook's code cells, or what `read` made of either. Errors of the text are DialectErrors with their
 * place.
 */
export function run(source: string | readonly string[] | Program, options: Options): Outcome {
  const program = typeof source === "string" || Array.isArray(source) ? read(source) : (source as Program);
  return new Evaluation(program, options).run();
}

type Signal = "break" | "continue" | undefined;

class Evaluation {
  readonly #program: Program;
  readonly #options: Options;
  readonly #ctx: Context;
  readonly #asked: ReadonlySet<string>;
  readonly #locals = new Map<string, Value>();
  readonly #builtins: Map<string, Value>;
  readonly #copies = new Map<string, Tensor>();
  readonly #assigned = new Map<string, { at: Place; order: number }>();
  readonly #changed = new Map<Storage, { at: Place; order: number; through: string }>();
  readonly #frozen = new Map<Storage, string>();
  /** Names without a value, because the line that would have given it went wrong. */
  readonly #failed = new Map<string, Place>();
  readonly #prints: string[] = [];
  readonly #notes: Note[] = [];
  readonly #errors: Problem[] = [];
  #printed = 0;
  #order = 0;
  #steps = 0;
  #settleAt: number;
  #at: Place = { cell: null, line: 1, column: 1 };
  #kept: ReadonlySet<Statement> = new Set();
  #overwrites: ReadonlySet<Statement> = new Set();
  #training: ReadonlySet<Statement> = new Set();

  constructor(program: Program, options: Options) {
    this.#program = program;
    this.#options = options;
    this.#asked =
      options.asked ??
      new Set([...options.given].filter(([, value]) => isFloat(value)).map(([name]) => `d${name}`));
    this.#ctx = new Context(options.precision, options.budget, (message) => this.#note(message, this.#at));
    this.#settleAt = this.#ctx.budget.alive / 2;
    this.#builtins = new Map(BUILTINS);
    this.#builtins.set("print", new Func("print", (args, keywords) => this.#print(args, keywords)));
    this.#builtins.set("cmp", new Func("cmp", (args) => this.#cmp(args)));
    this.#builtins.set("str", new Func("str", (args) => this.#text(str(args[0] ?? ""))));
    this.#builtins.set("repr", new Func("repr", (args) => this.#text(repr(args[0] ?? null))));
    for (const [name, value] of options.given) {
      if (!isTensor(value)) continue;
      this.#frozen.set(value.storage, name);
      value.name ??= name;
    }
  }

  run(): Outcome {
    const { given, only } = this.#options;
    const meaning: Meaning = {
      isGiven: (name) => given.has(name),
      isForward: (name) => isFloat(given.get(name)),
      isAsked: (name) => this.#asked.has(name),
      isReplaced: (name) => this.#isReplaced(name),
      isBuiltin: (name) => this.#builtins.has(name),
      prints: only === undefined,
    };
    const plan = needed(this.#program.statements, meaning, only);
    this.#kept = plan.statements;
    this.#overwrites = plan.overwrites;
    this.#training = plan.training;
    for (const broken of this.#program.broken) this.#fail(broken);
    this.#noteMisspelt(plan.skipped);
    for (const statement of this.#program.statements) {
      const signal = this.#guarded(statement);
      if (signal)
        this.#fail({ at: statement.at, message: `\`${signal}\` stands outside of a loop`, names: [] });
    }
    return {
      values: this.#locals,
      changes: this.#changes(),
      prints: this.#prints,
      notes: this.#notes,
      skipped: plan.skipped.map(({ at, text }) => ({ at, text })),
      errors: this.#errors.filter(({ names }) => !this.#isRepaired(names)),
      training: this.#program.statements.length > 0 ? firstPlace(this.#training) : null,
      used: new Set(this.#copies.keys()),
      cost: { computed: this.#ctx.computed, steps: this.#steps },
    };
  }

  // What goes wrong

  /** A statement after which the text goes on, even if it goes wrong. */
  #guarded(statement: Statement): Signal {
    if (!this.#kept.has(statement)) return undefined;
    try {
      return this.#statement(statement);
    } catch (error) {
      const problem = this.#problem(error);
      const names = namesOf(statement);
      // What is only shown, and shows no gradient, spoils nothing.
      if (statement.kind === "expression" && names.length === 0 && !this.#isJudged(statement.value))
        this.#note(problem.message, problem.at);
      else this.#fail({ ...problem, names });
      return undefined;
    }
  }

  /** Whether names have all got another value since, as `ix` of a random minibatch has in the loop that makes dC. */
  #isRepaired(names: readonly string[]): boolean {
    const isAnother = (name: string): boolean =>
      this.#locals.has(name) && !this.#asked.has(name) && !this.#failed.has(name);
    return names.length > 0 && names.every(isAnother);
  }

  #problem(error: unknown): { at: Place; message: string } {
    if (error instanceof DialectError) return { at: this.#at, message: error.message };
    // What the budget does not foresee: a number, a text or a nesting that the machine itself has no room for.
    if (error instanceof RangeError)
      return { at: this.#at, message: "this is too large to be computed here" };
    throw error;
  }

  #fail(problem: Broken | Problem): void {
    if (this.#options.onError !== "continue") {
      const { cell, line, column } = problem.at;
      throw new DialectError(problem.message, line, column, cell);
    }
    this.#errors.push(problem);
    for (const name of problem.names) {
      if (this.#options.given.has(name) || this.#builtins.has(name)) continue;
      this.#locals.delete(name);
      this.#failed.set(name, problem.at);
    }
  }

  #note(message: string, at: Place | null): void {
    const same = (note: Note): boolean =>
      note.message === message && note.at?.line === at?.line && note.at?.cell === at?.cell;
    if (this.#notes.length < 100 && !this.#notes.some(same)) this.#notes.push({ at, message });
  }

  /** A gradient under a misspelt name goes nowhere, so it would be skipped without a word. */
  #noteMisspelt(skipped: readonly Statement[]): void {
    for (const statement of skipped) {
      if (statement.kind !== "assign") continue;
      for (const target of statement.targets) {
        if (target.kind !== "name" || !/^d[a-z]/i.test(target.name)) continue;
        if (this.#asked.has(target.name) || this.#builtins.has(target.name)) continue;
        const near = nearest(target.name, this.#asked);
        if (near) this.#note(`\`${target.name}\` is not asked for; did you mean \`${near}\`?`, target.at);
      }
    }
  }

  // Statements

  #block(statements: readonly Statement[]): Signal {
    for (const statement of statements) {
      if (!this.#kept.has(statement)) continue;
      const signal = this.#statement(statement);
      if (signal) return signal;
    }
    return undefined;
  }

  #statement(statement: Statement): Signal {
    this.#at = statement.at;
    this.#step();
    this.#settle();
    switch (statement.kind) {
      case "expression":
        this.#evaluate(statement.value);
        return undefined;
      case "assign": {
        if (this.#overwrites.has(statement)) {
          const names = statement.targets.flatMap(boundNames);
          throw this.#readOnly(names.find((name) => this.#options.given.has(name))!);
        }
        const value = this.#evaluate(statement.value);
        for (const target of statement.targets) this.#assign(target, value, statement);
        return undefined;
      }
      case "augment":
        this.#augment(statement);
        return undefined;
      case "for":
        return this.#for(statement);
      case "if":
        for (const { test, body } of statement.branches) {
          if (this.#truth(test)) return this.#block(body);
        }
        return this.#block(statement.otherwise);
      case "with":
        return this.#block(statement.body);
      case "import":
        this.#imported(statement);
        return undefined;
      case "break":
      case "continue":
        return statement.kind;
      case "refused":
        throw new DialectError(statement.message);
      default:
        return undefined;
    }
  }

  #for(statement: Statement & { kind: "for" }): Signal {
    const shadowed = boundNames(statement.target).filter((name) => this.#options.given.has(name));
    try {
      if (this.#training.has(statement)) {
        for (const name of boundNames(statement.target)) this.#locals.set(name, 0n);
        for (const each of statement.body) if (this.#guarded(each) === "break") break;
        return undefined;
      }
      const over = this.#evaluate(statement.over);
      this.#at = statement.over.at;
      for (const item of iterate(over, this.#ctx)) {
        this.#step();
        this.#assign(statement.target, item, statement, true);
        if (this.#block(statement.body) === "break") return undefined;
      }
      return this.#block(statement.otherwise);
    } finally {
      // A loop variable with the name of something given, like `n`, ends with its loop.
      for (const name of shadowed) this.#locals.delete(name);
    }
  }

  #assign(target: Expression, value: Value, statement: Statement, loop = false): void {
    switch (target.kind) {
      case "name":
        this.#bind(target, value, statement, loop);
        return;
      case "tuple":
      case "list":
        this.#unpack(target.items, value, statement, loop);
        return;
      case "subscript": {
        const container = this.#written(target.of);
        const index = this.#evaluate(target.index);
        this.#at = target.at;
        if (container instanceof List && (value instanceof List || value instanceof Tuple)) {
          throw new DialectError("a list cannot be put into a list here; give it a name of its own");
        }
        setItem(container, index, value, this.#ctx);
        this.#markChanged(container, rootName(target), statement.at);
        return;
      }
      case "attribute":
        this.#at = target.at;
        throw new DialectError(
          `\`.${target.name} =\` is not understood: assign to the name, or to its elements with \`[…] =\``,
        );
      case "refused":
        this.#at = target.at;
        throw new DialectError(target.message);
    }
  }

  #bind(target: Expression & { kind: "name" }, value: Value, statement: Statement, loop: boolean): void {
    const { name } = target;
    if (!loop && this.#options.given.has(name) && !this.#locals.has(name)) {
      // Beside a name of its own, as in `B, K = Xb.shape`, a size that is given stays what it is.
      if (statement.kind === "assign") return;
      this.#at = target.at;
      throw this.#readOnly(name);
    }
    if (this.#isReplaced(name)) return;
    if (typeof value === "object" && value !== null && value.kind === "lazy") {
      this.#at = target.at;
      throw new DialectError(`\`${value.name}\` is understood in the head of a \`for\` alone`);
    }
    if (isTensor(value) && !loop) value.name ??= name;
    this.#locals.set(name, value);
    this.#failed.delete(name);
    this.#assigned.set(name, { at: statement.at, order: ++this.#order });
  }

  #unpack(items: readonly Item[], value: Value, statement: Statement, loop: boolean): void {
    const values: Value[] = [];
    for (const each of iterate(value, this.#ctx)) {
      this.#step();
      values.push(each);
    }
    const spread = items.findIndex((item) => item.spread);
    const fits = spread < 0 ? values.length === items.length : values.length >= items.length - 1;
    if (!fits) {
      throw new DialectError(`${values.length} values do not go into ${items.length} names`);
    }
    const more = values.length - items.length + 1;
    items.forEach((item, i) => {
      if (item.spread) this.#assign(item.value, new List(values.slice(i, i + more)), statement, loop);
      else this.#assign(item.value, values[spread >= 0 && i > spread ? i + more - 1 : i], statement, loop);
    });
  }

  #augment(statement: Statement & { kind: "augment" }): void {
    const { target, op } = statement;
    if (target.kind === "name") {
      const current = this.#written(target);
      const value = this.#evaluate(statement.value);
      this.#at = target.at;
      const result = this.#bounded(inPlace(op, current, value, this.#ctx));
      if (result === current) this.#markChanged(result, target.name, statement.at);
      else this.#bind(target, result, statement, false);
    } else if (target.kind === "subscript") {
      const container = this.#written(target.of);
      const index = this.#evaluate(target.index);
      this.#at = target.at;
      const current = getItem(container, index, this.#ctx);
      const value = this.#evaluate(statement.value);
      this.#at = target.at;
      setItem(container, index, inPlace(op, current, value, this.#ctx), this.#ctx);
      this.#markChanged(container, rootName(target), statement.at);
    } else this.#assign(target, null, statement);
  }

  #imported(statement: Statement & { kind: "import" }): void {
    for (const { name, path, member } of statement.bindings) {
      const [first, ...rest] = path.split(".");
      let value = this.#builtins.get(first);
      if (value === undefined || (typeof value === "object" && value?.kind !== "module")) {
        throw new DialectError(
          `\`import ${path}\` is not understood: there are \`torch\`, \`torch.nn.functional\` and \`math\`, and they are always there`,
        );
      }
      if (path === "torch.nn.functional") value = this.#builtins.get("F") ?? value;
      else for (const part of rest) value = attribute(value, part, this.#ctx);
      if (member !== null) {
        value =
          path === "torch.nn" && member === "functional"
            ? this.#builtins.get("F")
            : attribute(value, member, this.#ctx);
      }
      this.#locals.set(name, value ?? null);
    }
  }

  // What is changed in place

  /** The value of a name that is about to be changed in place. */
  #written(target: Expression): Value {
    if (target.kind === "name" && !this.#locals.has(target.name)) {
      this.#at = target.at;
      if (this.#options.given.has(target.name)) throw this.#readOnly(target.name);
      if (this.#asked.has(target.name) && !this.#isReplaced(target.name) && !this.#failed.has(target.name)) {
        throw new DialectError(`\`${target.name}\` has no value yet: give it its first one with \`=\``);
      }
    }
    const value = this.#evaluate(target);
    this.#at = target.at;
    this.#refuseFrozen(value);
    return value;
  }

  #refuseFrozen(value: Value): void {
    if (!isTensor(value)) return;
    const name = this.#frozen.get(value.storage);
    if (name !== undefined) throw this.#readOnly(name);
  }

  #readOnly(name: string): DialectError {
    const value = this.#options.given.get(name) ?? null;
    if (!isTensor(value))
      return new DialectError(`\`${name}\` is given, and no line may change it; take another name`);
    const near = this.#asked.has(`d${name}`) ? ` Did you mean \`d${name}\`?` : "";
    return new DialectError(
      `\`${name}\` is from the forward pass, and no line may change it (\`${name}.clone()\` is a copy).${near}`,
    );
  }

  #markChanged(value: Value, through: string | null, at: Place): void {
    if (isTensor(value)) {
      this.#changed.set(value.storage, { at, order: ++this.#order, through: through ?? value.name ?? "" });
    }
  }

  #changes(): Map<string, Change> {
    const out = new Map<string, Change>();
    for (const [name, assigned] of this.#assigned) {
      const value = this.#locals.get(name);
      if (value === undefined) continue;
      const change = isTensor(value) ? this.#changed.get(value.storage) : undefined;
      const last = change && change.order > assigned.order ? change : { at: assigned.at, through: name };
      out.set(name, { at: last.at, through: last.through, assigned: assigned.at });
    }
    return out;
  }

  // Expressions

  #step(): void {
    if (++this.#steps > (this.#options.steps ?? STEPS)) {
      throw new DialectError(
        `this takes more than ${this.#options.steps ?? STEPS} steps, which is the limit here; compute with whole tensors instead of loops`,
      );
    }
  }

  #evaluate(expression: Expression): Value {
    this.#step();
    const ctx = this.#ctx;
    switch (expression.kind) {
      case "constant":
        return expression.value;
      case "ellipsis":
        return ELLIPSIS;
      case "name":
        return this.#lookUp(expression);
      case "format":
        return this.#format(expression.parts);
      case "tuple":
        return this.#bounded(new Tuple(this.#items(expression.items)));
      case "list":
        return this.#bounded(new List(this.#items(expression.items)));
      case "unary": {
        const of = this.#evaluate(expression.of);
        this.#at = expression.at;
        return unary(expression.op, of, ctx);
      }
      case "binary": {
        const left = this.#evaluate(expression.left);
        const right = this.#evaluate(expression.right);
        this.#at = expression.at;
        return this.#bounded(binary(expression.op, left, right, ctx));
      }
      case "logic": {
        const left = this.#evaluate(expression.left);
        this.#at = expression.at;
        return truth(left) === (expression.op === "and") ? this.#evaluate(expression.right) : left;
      }
      case "compare": {
        let left = this.#evaluate(expression.first);
        let result: Value = true;
        for (const { op, value } of expression.rest) {
          const right = this.#evaluate(value);
          this.#at = expression.at;
          result = compare(op, left, right, ctx);
          if (value !== expression.rest.at(-1)!.value && !truth(result)) return result;
          left = right;
        }
        return result;
      }
      case "conditional":
        return this.#evaluate(this.#truth(expression.test) ? expression.yes : expression.no);
      case "attribute": {
        this.#refuseGrad(expression);
        const of = this.#evaluate(expression.of);
        this.#at = expression.at;
        return attribute(of, expression.name, ctx);
      }
      case "subscript": {
        const of = this.#evaluate(expression.of);
        const index = this.#evaluate(expression.index);
        this.#at = expression.at;
        return getItem(of, index, ctx);
      }
      case "slice": {
        const side = (part: Expression | null): Value => (part ? this.#evaluate(part) : null);
        return new Slice(side(expression.start), side(expression.stop), side(expression.step));
      }
      case "call":
        return this.#call(expression);
      case "refused":
        this.#at = expression.at;
        throw new DialectError(expression.message);
    }
  }

  #bounded(value: Value): Value {
    if (!(value instanceof Tuple || value instanceof List)) return value;
    const open: (Tuple | List)[] = [value];
    let items = 0;
    for (let each = open.pop(); each; each = open.pop()) {
      items += each.items.length;
      if (items > ITEMS) throw new DialectError(`this has more than ${ITEMS} items, which is the limit here`);
      for (const item of each.items) if (item instanceof Tuple || item instanceof List) open.push(item);
    }
    this.#steps += Math.floor(items / 10);
    return value;
  }

  #truth(test: Expression): boolean {
    const value = this.#evaluate(test);
    this.#at = test.at;
    return truth(value);
  }

  #items(items: readonly Item[]): Value[] {
    const out: Value[] = [];
    for (const item of items) this.#spread(item, out);
    return out;
  }

  #spread(item: Item, out: Value[]): void {
    const value = this.#evaluate(item.value);
    if (!item.spread) {
      out.push(value);
      return;
    }
    this.#at = item.value.at;
    for (const each of iterate(value, this.#ctx)) {
      this.#step();
      out.push(each);
    }
  }

  #call({ callee, args, at }: { callee: Expression; args: readonly Argument[]; at: Place }): Value {
    let target: Value;
    let changed: Value = null;
    let of: Value = null;
    if (callee.kind === "attribute") {
      this.#refuseGrad(callee);
      const changes = changesInPlace(callee.name);
      of = changes ? this.#written(callee.of) : this.#evaluate(callee.of);
      if (changes) changed = of;
      this.#at = callee.at;
      target = attribute(of, callee.name, this.#ctx);
    } else target = this.#evaluate(callee);
    const isCmp = callee.kind === "name" && callee.name === "cmp" && target === this.#builtins.get("cmp");
    const positional: Value[] = [];
    const keywords = new Map<string, Value>();
    for (const argument of args) {
      if (isCmp && argument.value.kind === "name" && this.#isStub(argument.value.name)) positional.push(null);
      else if (argument.name === null) this.#spread(argument, positional);
      else keywords.set(argument.name, this.#evaluate(argument.value));
    }
    this.#at = at;
    const result = this.#bounded(call(target, positional, keywords, this.#ctx));
    // `append` makes a list longer.
    if (of instanceof List) this.#bounded(of);
    if (changed !== null) this.#markChanged(changed, rootName(callee), this.#at);
    return result;
  }

  #refuseGrad(expression: Expression & { kind: "attribute" }): void {
    if (expression.name !== "grad") return;
    this.#at = expression.at;
    throw new DialectError(
      "`.grad` is the answer that PyTorch computed; here it is to be derived from the gradients before it",
    );
  }

  #lookUp({ name, at }: { name: string; at: Place }): Value {
    const { given, standIns } = this.#options;
    const value = this.#locals.get(name);
    if (value !== undefined && value !== null) return value;
    if (this.#asked.has(name) && name !== this.#options.only && standIns?.has(name)) return this.#copy(name);
    if (value === null && !this.#asked.has(name)) return null;
    const known = given.get(name) ?? (value === undefined ? this.#builtins.get(name) : undefined);
    if (known !== undefined) return known;
    this.#at = at;
    const failed = this.#failed.get(name);
    if (failed) throw new DialectError(`\`${name}\` has no value, because line ${failed.line} went wrong`);
    if (value === null) {
      const { line } = this.#assigned.get(name)!.at;
      throw new DialectError(`\`${name}\` is still None, from line ${line}`);
    }
    if (this.#asked.has(name))
      throw new DialectError(`\`${name}\` has no value here: no line before gives it one`);
    const near = nearest(name, [
      ...this.#locals.keys(),
      ...given.keys(),
      ...this.#asked,
      ...this.#builtins.keys(),
    ]);
    throw new DialectError(`\`${name}\` is not known${near ? `; did you mean \`${near}\`?` : " here"}`);
  }

  #copy(name: string): Tensor {
    let copy = this.#copies.get(name);
    if (!copy) {
      copy = clone(this.#options.standIns!.get(name)!, this.#ctx);
      copy.name = name;
      this.#copies.set(name, copy);
    }
    return copy;
  }

  #isReplaced(name: string): boolean {
    const { only, standIns } = this.#options;
    return only !== undefined && name !== only && this.#asked.has(name) && (standIns?.has(name) ?? false);
  }

  #isStub(name: string): boolean {
    return this.#asked.has(name) && (this.#locals.get(name) ?? null) === null;
  }

  #isJudged(value: Expression): boolean {
    for (const name of readNames(value)) if (this.#asked.has(name)) return true;
    return false;
  }

  /** Finds out what is free again, at ever shorter distances to the limit: with many names it takes long. */
  #settle(): void {
    const { alive } = this.#ctx.budget;
    if (this.#ctx.alive <= this.#settleAt) return;
    this.#ctx.settle(this.#alive());
    this.#settleAt = Math.max(alive / 2, (alive + this.#ctx.alive) / 2);
  }

  #alive(): number {
    const storages = new Set<Storage>();
    const visited = new Set<Value>();
    const visit = (value: Value): void => {
      if (value instanceof Tensor) storages.add(value.storage);
      else if ((value instanceof Tuple || value instanceof List) && !visited.has(value)) {
        visited.add(value);
        for (const item of value.items) visit(item);
      }
    };
    for (const value of this.#locals.values()) visit(value);
    for (const value of this.#copies.values()) visit(value);
    let elements = 0;
    for (const storage of storages) elements += storage.values.length;
    return elements;
  }

  // What is printed

  #format(parts: readonly FormatPart[]): string {
    let out = "";
    for (const part of parts) {
      if (typeof part === "string") out += part;
      else {
        const value = this.#evaluate(part.value);
        const spec = this.#format(part.spec);
        this.#at = part.value.at;
        out += format(
          part.conversion === null ? value : part.conversion === "s" ? str(value) : repr(value),
          spec,
        );
      }
      if (out.length > PRINTED) throw new DialectError("this text is too long");
    }
    return this.#text(out);
  }

  /** Numbers take long to be written: four characters count as a step. */
  #text(text: string): string {
    this.#steps += Math.floor(text.length / 4);
    return text;
  }

  #print(args: readonly Value[], keywords: ReadonlyMap<string, Value>): null {
    for (const name of keywords.keys()) {
      if (name !== "sep" && name !== "end" && name !== "flush") {
        throw new DialectError(`\`print\` has no argument \`${name}\`; it has \`sep\` and \`end\``);
      }
    }
    const separator = keywords.get("sep") ?? " ";
    const end = keywords.get("end") ?? "\n";
    if (this.#printed <= PRINTED) this.#write(this.#text(args.map(str).join(str(separator)) + str(end)));
    return null;
  }

  #open = false;

  #write(text: string): void {
    if (this.#printed > PRINTED) return;
    this.#printed += text.length + 1;
    if (this.#printed > PRINTED) {
      this.#note(`only the first ${PRINTED} characters of what is printed are kept`, this.#at);
      return;
    }
    const lines = text.split("\n");
    lines.forEach((line, i) => {
      if (i === 0 && this.#open) this.#prints[this.#prints.length - 1] += line;
      else if (i < lines.length - 1 || line !== "") this.#prints.push(line);
    });
    this.#open = lines.at(-1) !== "";
  }

  /** The notebook's row: whether every value equals PyTorch's, whether all are close, and the largest difference. */
  #cmp(args: readonly Value[]): null {
    const [label, mine, forward] = args;
    if (args.length !== 3)
      throw new DialectError("`cmp` takes three arguments: `cmp('probs', dprobs, probs)`");
    if (!isTensor(forward))
      throw new DialectError(`\`cmp\` needs the forward tensor last, not a ${typeName(forward)}`);
    const title = str(label).padEnd(15);
    if (mine === null) {
      this.#write(`${title} | not yet\n`);
      return null;
    }
    if (!isTensor(mine)) throw new DialectError(`\`cmp\` compares a tensor, not a ${typeName(mine)}`);
    const gradient = this.#gradientOf(forward);
    if (!gradient) return null;
    const equal = compare("==", mine, gradient, this.#ctx) as Tensor;
    const difference = binary("-", mine, gradient, this.#ctx) as Tensor;
    const right = binary("+", gradient, binary("*", mine, 0n, this.#ctx), this.#ctx) as Tensor;
    const differences = difference.read();
    const rights = right.read();
    let largest = 0;
    let close = true;
    for (let i = 0; i < differences.length; i++) {
      const size = Math.abs(differences[i]);
      if (Number.isNaN(size) || size > largest) largest = Number.isNaN(largest) ? largest : size;
      if (!(size <= 1e-8 + 1e-5 * Math.abs(rights[i]))) close = false;
    }
    const exact = equal.read().every((value) => value !== 0);
    const bool = (value: boolean): string => (value ? "True" : "False").padEnd(5);
    this.#write(
      `${title} | exact: ${bool(exact)} | approximate: ${bool(close)} | maxdiff: ${repr(largest)}\n`,
    );
    return null;
  }

  #gradientOf(forward: Tensor): Tensor | undefined {
    const { given, gradients } = this.#options;
    for (const [name, value] of given) {
      if (value === forward) return gradients?.get(name);
    }
    throw new DialectError(
      `\`cmp\` knows no gradient of ${forward.name ? `\`${forward.name}\`` : shapeText(forward.shape)}`,
    );
  }
}

function isFloat(value: Value | undefined): boolean {
  return value instanceof Tensor && value.dtype === "float";
}

function firstPlace(statements: ReadonlySet<Statement>): Place | null {
  for (const { at } of statements) return at;
  return null;
}

/** The names that a statement gives values to or changes. */
function namesOf(statement: Statement): string[] {
  switch (statement.kind) {
    case "assign":
      return statement.targets.flatMap((target) =>
        target.kind === "subscript" ? [rootName(target) ?? ""] : boundNames(target),
      );
    case "augment":
      return [rootName(statement.target) ?? ""];
    case "expression":
      return statement.value.kind === "call" &&
        statement.value.callee.kind === "attribute" &&
        changesInPlace(statement.value.callee.name)
        ? [rootName(statement.value) ?? ""]
        : [];
    case "for":
      return [...statement.body, ...statement.otherwise].flatMap(namesOf);
    case "if":
      return [...statement.branches.flatMap((branch) => branch.body), ...statement.otherwise].flatMap(
        namesOf,
      );
    case "with":
      return statement.body.flatMap(namesOf);
    case "refused":
      return [...statement.writes];
    case "import":
      return statement.bindings.map((binding) => binding.name);
    default:
      return [];
  }
}
