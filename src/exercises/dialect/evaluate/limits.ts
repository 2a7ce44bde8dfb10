import type { Context } from "../context.ts";
import { DialectError } from "../error.ts";
import { type Storage, Tensor } from "../tensor.ts";
import { List, Tuple, type Value } from "../values.ts";

const STEPS = 1_000_000;
/** Items that a list or a tuple may have, those of its items included; `t = (t, t)` doubles them each time. */
const ITEMS = 100_000;

/** What bounds one run beside what its operations compute: its steps, the length of its lists, and the memory it holds. */
export class Limits {
  readonly #ctx: Context;
  readonly #most: number;
  #steps = 0;
  #settleAt: number;

  constructor(ctx: Context, most = STEPS) {
    this.#ctx = ctx;
    this.#most = most;
    this.#settleAt = ctx.budget.alive / 2;
  }

  get steps(): number {
    return this.#steps;
  }

  step(): void {
    if (++this.#steps > this.#most) {
      throw new DialectError(
        `this takes more than ${this.#most} steps, which is the limit here; compute with whole tensors instead of loops`,
      );
    }
  }

  /** Numbers take long to be written: two characters count as a step. */
  text(text: string): string {
    this.#steps += Math.floor(text.length / 2);
    return text;
  }

  /** A value that is a list or a tuple must not be too long. */
  bounded(value: Value): Value {
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

  /**
   * Between two statements: finds out what is free again, at ever shorter distances to the limit, because with many names it
   * takes long.
   *
   * @param reachable what the text can still use
   */
  settle(reachable: () => Iterable<Value>): void {
    const { alive } = this.#ctx.budget;
    if (this.#ctx.alive <= this.#settleAt) return;
    this.#ctx.settle(elementsOf(reachable()));
    this.#settleAt = Math.max(alive / 2, (alive + this.#ctx.alive) / 2);
  }
}

/** The elements of all storages that some values reach, each counted once. */
function elementsOf(values: Iterable<Value>): number {
  const storages = new Set<Storage>();
  const visited = new Set<Value>();
  const open = [...values];
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (value instanceof Tensor) storages.add(value.storage);
    else if ((value instanceof Tuple || value instanceof List) && !visited.has(value)) {
      visited.add(value);
      for (const item of value.items) open.push(item);
    }
  }
  let elements = 0;
  for (const storage of storages) elements += storage.values.length;
  return elements;
}
