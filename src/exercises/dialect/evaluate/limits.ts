import type { Context } from "../context.ts";
import { DialectError, LimitError } from "../error.ts";
import { type Storage, Tensor } from "../tensor.ts";
import { List, Tuple, type Value } from "../values.ts";

const STEPS = 1_000_000;
/** Items that a list or a tuple may have, those of its items included; `t = (t, t)` doubles them each time. */
const ITEMS = 100_000;

/** What bounds one run beside what its operations compute: its steps, the length of its lists, and the memory it holds. */
export class Limits {
  readonly #ctx: Context;
  readonly #limit: number;
  /** Steps until the statement under way has its end. */
  #most: number;
  #steps = 0;
  #settleAt: number;

  constructor(ctx: Context, most = STEPS) {
    this.#ctx = ctx;
    this.#limit = most;
    this.#most = most;
    this.#settleAt = ctx.budget.alive / 2;
  }

  get steps(): number {
    return this.#steps;
  }

  step(): void {
    if (++this.#steps > this.#most) {
      throw new LimitError(
        `takes more than its share of ${this.#limit} steps, the limit here for all lines; compute with whole tensors instead of loops`,
      );
    }
  }

  /** Whether enough is left that a statement which exceeds its share of it would exceed any. */
  get ample(): boolean {
    const { budget, computed } = this.#ctx;
    return this.#limit - this.#steps > this.#limit / 16 && budget.computed - computed > budget.computed / 16;
  }

  /** Runs a statement that may take three quarters of what is left, so that something is left for the lines after it. */
  shared<T>(statement: () => T): T {
    const ctx = this.#ctx;
    const [steps, computed] = [this.#most, ctx.most];
    this.#most -= Math.max(0, steps - this.#steps) / 4;
    ctx.most -= Math.max(0, computed - ctx.computed) / 4;
    try {
      return statement();
    } finally {
      this.#most = steps;
      ctx.most = computed;
    }
  }

  /** What an exception costs, in steps: its message looks for a name like the one that is not known. */
  exception(): void {
    this.#steps += 60;
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
