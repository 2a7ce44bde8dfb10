/** One step run twice: on the machine, and by the CPU reference in float64. */
import { cpuMachine } from "../../cpu/machine.ts";
import { type AnyPath, shownBy, stepPlan } from "../../model/plans.ts";
import type { Sizes } from "../../model/tensors.ts";
import type { AnyArray } from "../../plan/contract.ts";
import type { Executable } from "../../plan/executable.ts";
import type { Machine } from "../../plan/machine.ts";
import type { Plan } from "../../plan/plan.ts";
import { runStep, type Step } from "../../train/step.ts";

/** A step, at a level of fusion. */
export interface StepAtLevel extends Step {
  /** Chunked if absent. */
  readonly level?: AnyPath;
  /** What the machine runs in place of the level's plan, such as one with a mistake in it: the same object as long as it is the same plan. */
  readonly plan?: Plan;
}

export const levelOf = ({ level = "chunked" }: StepAtLevel): AnyPath => level;

/** Each side holds the values of the last step. */
export interface Runs {
  readonly got: Values;
  /** The CPU twins in float64, of the level whose tensors show the values in between. */
  readonly float64: Values;
}

export interface Values {
  readonly plan: Plan;
  read(names: readonly string[]): Promise<Record<string, AnyArray>>;
}

interface Compiled {
  readonly sizes: Sizes;
  readonly level: AnyPath;
  /** What was given in place of the level's plan. */
  readonly given?: Plan;
  readonly got: Executable;
  readonly float64: Executable;
  step?: Step;
  loss?: Float32Array;
}

/** Keeps what is compiled for a machine, and the values of the last step, until other sizes or another level is asked for. */
class Runner {
  readonly #machine: Machine;
  #compiled?: Compiled;
  #last: Promise<unknown> = Promise.resolve();

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  /** Calls wait for one another, since all use the same tensors. */
  use<T>(step: StepAtLevel, read: (runs: Runs) => Promise<T>): Promise<T> {
    const result = this.#last.then(() => this.#machine.survive(() => this.#use(step, read)));
    this.#last = result.catch(() => {});
    return result;
  }

  async #use<T>(step: StepAtLevel, read: (runs: Runs) => Promise<T>): Promise<T> {
    const compiled = await this.#compile(step);
    try {
      if (compiled.step !== step) {
        compiled.step = undefined;
        compiled.loss = Float32Array.from(await runStep(compiled.got, step));
        await runStep(compiled.float64, step);
        compiled.step = step;
      }
      return await read({ got: gotOf(compiled, step), float64: float64Of(compiled) });
    } catch (error) {
      this.#drop();
      throw error;
    }
  }

  async #compile(step: StepAtLevel): Promise<Compiled> {
    const { sizes, plan: given } = step;
    const level = levelOf(step);
    const c = this.#compiled;
    if (c && same(c.sizes, sizes) && c.level === level && c.given === given) return c;
    this.#drop();
    const planOf = (path: AnyPath) => stepPlan(sizes, path, { update: false });
    const [got, float64] = await Promise.all([
      this.#machine.compile(given ?? planOf(level)),
      cpuMachine("float64").compile(planOf(shownBy(level))),
    ]);
    this.#compiled = { sizes, level, given, got, float64 };
    return this.#compiled;
  }

  #drop(): void {
    const { got, float64 } = this.#compiled ?? {};
    this.#compiled = undefined;
    for (const executable of [got, float64]) executable?.close();
  }
}

/** What the step is given is read from the step: the whole step's kernel leaves gradients in the parameters' places. */
function gotOf({ got, loss }: Compiled, { parameters, Xb, Yb }: Step): Values {
  const known: Record<string, AnyArray> = { ...parameters, Xb, Yb, loss: loss! };
  return {
    plan: got.plan,
    read: async (names) => ({
      ...(await got.download(names.filter((name) => !known[name]))),
      ...Object.fromEntries(names.filter((name) => known[name]).map((name) => [name, known[name].slice()])),
    }),
  };
}

const float64Of = ({ float64 }: Compiled): Values => ({
  plan: float64.plan,
  read: (names) => float64.download(names),
});

const same = (a: Sizes, b: Sizes): boolean => (Object.keys(a) as (keyof Sizes)[]).every((k) => a[k] === b[k]);

const runners = new WeakMap<Machine, Runner>();

/** Reads the values of a step on this machine. If the same `step` object came last, it is not run again. */
export function useRuns<T>(
  machine: Machine,
  step: StepAtLevel,
  read: (runs: Runs) => Promise<T>,
): Promise<T> {
  const runner = runners.get(machine) ?? new Runner(machine);
  runners.set(machine, runner);
  return runner.use(step, read);
}
