import type { Expression, Item, Statement } from "../ast.ts";
import { DialectError } from "../error.ts";
import { getItem, iterate, setItem } from "../indexing.ts";
import { inPlace } from "../operators.ts";
import { Tensor } from "../tensor.ts";
import { rootName } from "../tree.ts";
import { List, Tuple, type Value } from "../values.ts";
import type { Expressions } from "./expressions.ts";
import type { State } from "./state.ts";

type Of<Kind extends Statement["kind"]> = Statement & { kind: Kind };

/** Gives names their values, and changes tensors and lists by `[…] =` and by `+=`. */
export class Assignments {
  readonly #state: State;
  readonly #expressions: Expressions;

  constructor(state: State, expressions: Expressions) {
    this.#state = state;
    this.#expressions = expressions;
  }

  assign(statement: Of<"assign">): void {
    const value = this.#expressions.value(statement.value);
    for (const target of statement.targets) this.#give(target, value, statement);
  }

  loopVariable(statement: Of<"for">, item: Value): void {
    this.#give(statement.target, item, statement);
  }

  augment(statement: Of<"augment">): void {
    const { target, op } = statement;
    const { ctx, limits, changes } = this.#state;
    if (target.kind === "name") {
      const current = this.#expressions.changeable(target);
      const value = this.#expressions.value(statement.value);
      this.#state.at = target.at;
      const result = limits.bounded(inPlace(op, current, value, ctx));
      if (result === current) changes.change(result, target.name, statement.at);
      else this.#bind(target, result, statement);
    } else if (target.kind === "subscript") {
      const container = this.#expressions.changeable(target.of);
      const index = this.#expressions.value(target.index);
      this.#state.at = target.at;
      const current = getItem(container, index, ctx);
      if (current instanceof Tensor) current.origin ??= target.text;
      const value = this.#expressions.value(statement.value);
      this.#state.at = target.at;
      setItem(container, index, inPlace(op, current, value, ctx), ctx);
      changes.change(container, rootName(target), statement.at);
    } else this.#give(target, null, statement);
  }

  #give(target: Expression, value: Value, statement: Statement): void {
    const { ctx, changes } = this.#state;
    switch (target.kind) {
      case "name":
        this.#bind(target, value, statement);
        return;
      case "tuple":
      case "list":
        this.#unpack(target.items, value, statement);
        return;
      case "subscript": {
        const container = this.#expressions.changeable(target.of);
        const index = this.#expressions.value(target.index);
        this.#state.at = target.at;
        if (container instanceof List && (value instanceof List || value instanceof Tuple))
          throw new DialectError("a list cannot be put into a list here; give it a name of its own");
        setItem(container, index, value, ctx);
        changes.change(container, rootName(target), statement.at);
        return;
      }
      case "attribute":
        this.#state.at = target.at;
        throw new DialectError(
          `\`.${target.name} =\` is not understood: assign to the name, or to its elements with \`[…] =\``,
        );
      case "refused":
        this.#state.at = target.at;
        throw new DialectError(target.message);
    }
  }

  #bind(target: Expression & { kind: "name" }, value: Value, statement: Statement): void {
    const { names, changes } = this.#state;
    const { name } = target;
    const isLoop = statement.kind === "for";
    if (!isLoop && names.isGiven(name) && !names.own.has(name)) {
      // Beside a name of its own, as in `B, K = Xb.shape`, a size that is given stays what it is.
      if (statement.kind === "assign") return;
      this.#state.at = target.at;
      throw names.readOnly(name);
    }
    if (names.isReplaced(name)) return;
    if (typeof value === "object" && value !== null && value.kind === "lazy") {
      this.#state.at = target.at;
      throw new DialectError(`\`${value.name}\` is understood in the head of a \`for\` alone`);
    }
    if (value instanceof Tensor) {
      if (isLoop) value.origin ??= name;
      else value.name ??= name;
    }
    names.set(name, value);
    changes.assign(name, statement.at);
  }

  #unpack(items: readonly Item[], value: Value, statement: Statement): void {
    const values: Value[] = [];
    for (const each of iterate(value, this.#state.ctx)) {
      this.#state.limits.step();
      values.push(each);
    }
    const spread = items.findIndex((item) => item.spread);
    const fits = spread < 0 ? values.length === items.length : values.length >= items.length - 1;
    if (!fits) throw new DialectError(`${values.length} values do not go into ${items.length} names`);
    const more = values.length - items.length + 1;
    items.forEach((item, i) => {
      if (item.spread) this.#give(item.value, new List(values.slice(i, i + more)), statement);
      else this.#give(item.value, values[spread >= 0 && i > spread ? i + more - 1 : i], statement);
    });
  }
}
