import type { Argument, Expression, FormatPart, Item } from "../ast.ts";
import { format, LONGEST, repr, str } from "../display.ts";
import { DialectError } from "../error.ts";
import { attribute, call } from "../functions.ts";
import { getItem, iterate } from "../indexing.ts";
import { binary, compare, truth, unary } from "../operators.ts";
import { Tensor } from "../tensor.ts";
import { changesInPlace, rootName } from "../tree.ts";
import { ELLIPSIS, Func, List, Slice, Tuple, type Value } from "../values.ts";
import type { State } from "./state.ts";

type Of<Kind extends Expression["kind"]> = Expression & { kind: Kind };

/** Evaluates the expressions of one run. */
export class Expressions {
  readonly #state: State;

  constructor(state: State) {
    this.#state = state;
  }

  value(expression: Expression): Value {
    const value = this.#valueOf(expression);
    if (expression.text !== undefined && value instanceof Tensor) value.origin ??= expression.text;
    return value;
  }

  #valueOf(expression: Expression): Value {
    const state = this.#state;
    const { ctx, limits } = state;
    limits.step();
    switch (expression.kind) {
      case "constant":
        return expression.value;
      case "ellipsis":
        return ELLIPSIS;
      case "name":
        state.at = expression.at;
        return state.names.lookUp(expression.name);
      case "format":
        return this.#format(expression.parts);
      case "tuple":
        return limits.bounded(new Tuple(this.#items(expression.items)));
      case "list":
        return limits.bounded(new List(this.#items(expression.items)));
      case "unary": {
        const of = this.value(expression.of);
        state.at = expression.at;
        return unary(expression.op, of, ctx);
      }
      case "binary": {
        const left = this.value(expression.left);
        const right = this.value(expression.right);
        state.at = expression.at;
        return limits.bounded(binary(expression.op, left, right, ctx));
      }
      case "logic": {
        const left = this.value(expression.left);
        state.at = expression.at;
        return truth(left) === (expression.op === "and") ? this.value(expression.right) : left;
      }
      case "compare":
        return this.#compare(expression);
      case "conditional":
        return this.value(this.truth(expression.test) ? expression.yes : expression.no);
      case "attribute": {
        this.#refuseGrad(expression);
        const of = this.value(expression.of);
        state.at = expression.at;
        return attribute(of, expression.name, ctx);
      }
      case "subscript": {
        const of = this.value(expression.of);
        const index = this.value(expression.index);
        state.at = expression.at;
        return getItem(of, index, ctx);
      }
      case "slice": {
        const side = (part: Expression | null): Value => (part ? this.value(part) : null);
        return new Slice(side(expression.start), side(expression.stop), side(expression.step));
      }
      case "call":
        return this.#call(expression);
      case "refused":
        state.at = expression.at;
        throw new DialectError(expression.message);
    }
  }

  truth(test: Expression): boolean {
    const value = this.value(test);
    this.#state.at = test.at;
    return truth(value);
  }

  /** The value of what is about to be changed in place. */
  changeable(target: Expression): Value {
    const { names } = this.#state;
    if (target.kind === "name") {
      this.#state.at = target.at;
      names.checkChangeable(target.name);
    }
    const value = this.value(target);
    this.#state.at = target.at;
    names.checkUnfrozen(value);
    return value;
  }

  #compare({ at, first, rest }: Of<"compare">): Value {
    let left = this.value(first);
    let result: Value = true;
    for (const { op, value } of rest) {
      const right = this.value(value);
      this.#state.at = at;
      result = compare(op, left, right, this.#state.ctx);
      if (value !== rest.at(-1)!.value && !truth(result)) return result;
      left = right;
    }
    return result;
  }

  #items(items: readonly Item[]): Value[] {
    const out: Value[] = [];
    for (const item of items) this.#addTo(out, item);
    return out;
  }

  #addTo(out: Value[], item: Item): void {
    const value = this.value(item.value);
    if (!item.spread) {
      out.push(value);
      return;
    }
    this.#state.at = item.value.at;
    for (const each of iterate(value, this.#state.ctx)) {
      this.#state.limits.step();
      out.push(each);
    }
  }

  #call(expression: Of<"call">): Value {
    const { callee, args, at } = expression;
    const { ctx, limits, changes } = this.#state;
    let target: Value;
    let of: Value = null;
    const changing = callee.kind === "attribute" && changesInPlace(callee.name);
    if (callee.kind === "attribute") {
      this.#refuseGrad(callee);
      of = changing ? this.changeable(callee.of) : this.value(callee.of);
      this.#state.at = callee.at;
      target = attribute(of, callee.name, ctx);
    } else target = this.value(callee);
    if (callee.kind === "attribute" && !(target instanceof Func))
      throw new DialectError(`\`.${callee.name}\` is not called: write it without \`( )\``);
    const { positional, keywords } = this.#arguments(args, this.#isCmp(callee, target));
    this.#state.at = at;
    const result = limits.bounded(call(target, positional, keywords, ctx));
    // `append` makes a list longer.
    if (of instanceof List) limits.bounded(of);
    if (changing) changes.change(of, rootName(callee), at);
    return result;
  }

  #isCmp(callee: Expression, target: Value): boolean {
    return (
      callee.kind === "name" && callee.name === "cmp" && target === this.#state.names.builtins.get("cmp")
    );
  }

  #arguments(
    args: readonly Argument[],
    isCmp: boolean,
  ): { positional: Value[]; keywords: Map<string, Value> } {
    const positional: Value[] = [];
    const keywords = new Map<string, Value>();
    for (const argument of args) {
      const { name, value } = argument;
      // Of a gradient without a value, `cmp` says "not yet".
      if (isCmp && value.kind === "name" && this.#state.names.isStub(value.name)) positional.push(null);
      else if (name === null) this.#addTo(positional, argument);
      else keywords.set(name, this.value(value));
    }
    return { positional, keywords };
  }

  #refuseGrad({ name, at }: Of<"attribute">): void {
    if (name !== "grad") return;
    this.#state.at = at;
    throw new DialectError(
      "`.grad` is the answer that PyTorch computed; here it is to be derived from the gradients before it",
    );
  }

  #format(parts: readonly FormatPart[]): string {
    let out = "";
    for (const part of parts) {
      if (typeof part === "string") out += part;
      else {
        const value = this.value(part.value);
        const spec = this.#format(part.spec);
        this.#state.at = part.value.at;
        const converted =
          part.conversion === null ? value : part.conversion === "s" ? str(value) : repr(value);
        out += format(converted, spec);
      }
      if (out.length > LONGEST)
        throw new DialectError(`this text has more than ${LONGEST} characters, which is the limit here`);
    }
    return this.#state.limits.text(out);
  }
}
