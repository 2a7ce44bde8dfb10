/** One step run twice: on the machine, and by the CPU reference in float64. */
import { cpuMachine } from "../../cpu/machine.ts";
import { stepPlan } from "../../model/plans.ts";
import type { Sizes } from "../../model/tensors.ts";
import type { Executable } from "../../plan/executable.ts";
import type { Machine } from "../../plan/machine.ts";
import { runStep, type Step } from "../../train/step.ts";

/** The chunked plan, which has a tensor for every line of the notebook. Each holds the values of the last step. */
export interface Runs {
  readonly got: Executable;
  readonly float64: Executable;
}

interface Compiled extends Runs {
  readonly sizes: Sizes;
  step?: Step;
}

/** Keeps what is compiled for a machine, and the values of the last step, until other sizes are asked for. */
class Runner {
  readonly #machine: Machine;
  #compiled?: Compiled;
  #last: Promise<unknown> = Promise.resolve();

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  /** Calls wait for one another, since all use the same tensors. */
  use<T>(step: Step, read: (runs: Runs) => Promise<T>): Promise<T> {
    const result = this.#last.then(() => this.#machine.survive(() => this.#use(step, read)));
    this.#last = result.catch(() => {});
    return result;
  }

  async #use<T>(step: Step, read: (runs: Runs) => Promise<T>): Promise<T> {
    const compiled = await this.#compile(step.sizes);
    try {
      if (compiled.step !== step) {
        compiled.step = undefined;
        for (const executable of [compiled.got, compiled.float64]) await runStep(executable, step);
        compiled.step = step;
      }
      return await read(compiled);
    } catch (error) {
      this.#drop();
      throw error;
    }
  }

  async #compile(sizes: Sizes): Promise<Compiled> {
    if (this.#compiled && same(this.#compiled.sizes, sizes)) return this.#compiled;
    this.#drop();
    const plan = stepPlan(sizes, "chunked", { update: false });
    const [got, float64] = await Promise.all(
      [this.#machine, cpuMachine("float64")].map((m) => m.compile(plan)),
    );
    this.#compiled = { sizes, got, float64 };
    return this.#compiled;
  }

  #drop(): void {
    const { got, float64 } = this.#compiled ?? {};
    this.#compiled = undefined;
    for (const executable of [got, float64]) executable?.close();
  }
}

const same = (a: Sizes, b: Sizes): boolean => (Object.keys(a) as (keyof Sizes)[]).every((k) => a[k] === b[k]);

const runners = new WeakMap<Machine, Runner>();

/** Reads the values of a step on this machine. If the same `step` object came last, it is not run again. */
export function useRuns<T>(machine: Machine, step: Step, read: (runs: Runs) => Promise<T>): Promise<T> {
  const runner = runners.get(machine) ?? new Runner(machine);
  runners.set(machine, runner);
  return runner.use(step, read);
}
