import { DialectError, LimitError } from "./error.ts";

/** Bounds on one run, so that every text ends within a second or so and within a known amount of memory. */
export interface Budget {
  /** Elements that all operations together may compute. */
  readonly computed: number;
  /** Elements that may be alive at once. */
  readonly alive: number;
}

const DEFAULT_BUDGET: Budget = { computed: 50_000_000, alive: 8_000_000 };

/** What making a tensor or a list takes beside its elements, in elements: a loop over small ones is as long as it is. */
const PER_VALUE = 60;

/** "float32" rounds the result of every operation, as PyTorch does by default; "float64" rounds nothing. */
export type Precision = "float32" | "float64";

/** What every operation of one run shares: its precision, its budget and the notes it leaves for the learner. */
export class Context {
  readonly precision: Precision;
  readonly budget: Budget;
  /** Hears of what is allowed and seldom meant, like (5) + (5,1), which has 25 elements. */
  readonly warn: (note: string) => void;
  /** Elements that may be computed until the statement under way has its end. */
  most: number;
  #computed = 0;
  #alive = 0;

  constructor(
    precision: Precision = "float64",
    budget: Budget = DEFAULT_BUDGET,
    warn: (note: string) => void = () => {},
  ) {
    this.precision = precision;
    this.budget = budget;
    this.most = budget.computed;
    this.warn = warn;
  }

  /** Called before `elements` are computed, so that nothing too long is begun. */
  compute(elements: number): void {
    if (this.#computed + elements > this.most) {
      throw new LimitError(
        `takes more than its share of ${this.budget.computed} computed elements, the limit here for all lines; use fewer or smaller operations`,
      );
    }
    this.#computed += elements;
  }

  /** Called before `elements` are allocated. What is freed is learned from `settle` alone. */
  allocate(elements: number): void {
    this.compute(PER_VALUE);
    this.#alive += elements;
    if (this.#alive > this.budget.alive) {
      throw new DialectError(
        `this takes more than ${this.budget.alive} elements of memory, which is the limit here; use fewer or smaller tensors`,
      );
    }
  }

  /** Called for a view with more elements than its storage, as `.expand` makes it: whatever reads it must write it out. */
  view(elements: number): void {
    if (elements > this.budget.alive) {
      throw new DialectError(
        `a tensor of ${elements} elements is larger than the limit here, which is ${this.budget.alive}`,
      );
    }
  }

  /** Elements computed so far. */
  get computed(): number {
    return this.#computed;
  }

  /** Elements alive, as far as known: those of the last `settle` and all allocated since. */
  get alive(): number {
    return this.#alive;
  }

  /** Between two statements, the evaluator counts the elements that its names still reach; the rest is free again. */
  settle(alive: number): void {
    this.#alive = alive;
  }

  /** A number as one operation leaves it. */
  round(value: number): number {
    return this.precision === "float32" ? Math.fround(value) : value;
  }

  /** Room for the values of a float tensor. */
  floats(elements: number): Float32Array | Float64Array {
    this.allocate(elements);
    return this.precision === "float32" ? new Float32Array(elements) : new Float64Array(elements);
  }

  /** Room for the values of an int64 or bool tensor: integers are exact up to 2**53. */
  integers(elements: number): Float64Array {
    this.allocate(elements);
    return new Float64Array(elements);
  }
}
