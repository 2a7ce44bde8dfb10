/** What a compiled plan offers, whatever runs it. Implemented by `cpu` and by `gpu`. */
import type { AnyArray } from "./contract.ts";
import type { Plan } from "./plan.ts";

/** One step's inputs, by tensor name: write into the arrays in place. */
export type StepInputs = Readonly<Record<string, AnyArray>>;

export interface Executable {
  readonly plan: Plan;
  /** How many steps one {@link run} may hold. */
  readonly capacity: number;
  /** Dispatches of one step; 0 on the CPU. */
  readonly dispatches: number;
  /** Milliseconds of a {@link run} that are no work, but pass until its end is known; 0 where it is known at once. */
  readonly latency: number;
  /** Overwrites a parameter or state tensor. Values are converted to the tensor's element type. */
  upload(name: string, values: ArrayLike<number>): void;
  /** Copies of tensors, as they stand after all steps run so far. */
  download(names: readonly string[]): Promise<Record<string, AnyArray>>;
  /**
   * Runs `steps` consecutive steps in one go. `fill` is called once per step, in order, with arrays to write the
   * step's inputs into. Resolves with every output, the steps' values one after another, and with copies of the tensors
   * `keep` as they stand after the last step: parameters or state, read back together with the outputs.
   */
  run(
    steps: number,
    fill: (inputs: StepInputs, step: number) => void,
    keep?: readonly string[],
  ): Promise<Record<string, AnyArray>>;
  close(): void;
}

/** @throws RangeError unless there is a value for every element: one too many would land in the next tensor */
export function checkLength(name: string, elements: number, values: ArrayLike<number>): void {
  if (values.length !== elements)
    throw new RangeError(`${name} has ${elements} elements, but ${values.length} values were given`);
}

/** @throws RangeError unless one run of the executable can hold so many steps */
export function checkSteps({ plan, capacity }: Executable, steps: number): void {
  if (!Number.isInteger(steps) || steps < 1 || steps > capacity)
    throw new RangeError(`one run holds 1 to ${capacity} steps of plan ${plan.name}, not ${steps}`);
}

/** Steps that fit one run: rings stay below 4 MiB, and 4,096 steps are plenty. */
export function ringCapacity(plan: Plan, stride: (elements: number) => number): number {
  let widest = 4;
  for (const t of plan.tensors.values())
    if (t.role === "input" || t.role === "output")
      widest = Math.max(widest, stride(t.shape.reduce((n, s) => n * s, 1)));
  return Math.max(1, Math.min(4096, Math.floor(2 ** 22 / widest)));
}

/** The input arrays of every slot, and whether all of them are filled: one that is not would silently keep an earlier step's values. */
export class Inputs {
  readonly #plan: string;
  readonly #slots: readonly StepInputs[];
  readonly #names: readonly string[];
  readonly #touched = new Set<string>();
  readonly #watched: StepInputs;
  #slot = 0;

  constructor(plan: string, slots: readonly StepInputs[]) {
    this.#plan = plan;
    this.#slots = slots;
    this.#names = Object.keys(slots[0]);
    const getter = (name: string): PropertyDescriptor => ({
      enumerable: true,
      get: () => {
        this.#touched.add(name);
        return this.#slots[this.#slot][name];
      },
    });
    this.#watched = Object.defineProperties({}, Object.fromEntries(this.#names.map((n) => [n, getter(n)])));
  }

  /**
   * Has a slot filled for a step.
   * @throws Error naming an input that `fill` did not touch
   */
  fill(slot: number, step: number, fill: (inputs: StepInputs, step: number) => void): void {
    this.#slot = slot;
    this.#touched.clear();
    fill(this.#watched, step);
    if (this.#touched.size === this.#names.length) return;
    const missing = this.#names.filter((name) => !this.#touched.has(name));
    throw new Error(
      `plan ${this.#plan} needs ${missing.join(" and ")} in every step, but nothing was written there`,
    );
  }
}
