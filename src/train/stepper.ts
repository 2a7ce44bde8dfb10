/** Runs training steps on a plan, whichever level of fusion it has: several in one submit, of one network or of many. */
import { coefficientCount, type UpdateRule } from "../model/optimizers.ts";
import { type AnyPath, stepPlan, stepsOf } from "../model/plans.ts";
import type { Sizes } from "../model/tensors.ts";
import type { AnyArray, FloatArray } from "../plan/contract.ts";
import type { Executable, StepInputs } from "../plan/executable.ts";
import type { Machine } from "../plan/machine.ts";
import { arenasOf, type Weights, weightsOf } from "./parameters.ts";

/**
 * Writes the inputs of a network's step `i` of a submit into the arrays `Xb`, `Yb` and `coefficients`, each of which holds those of several
 * steps and networks, at place `slot`.
 */
export type FillStep = (i: number, inputs: StepInputs, slot: number, network: number) => void;

/** The result of a submit of one network: a loss per step, and the weights after the last one. */
export interface Submitted extends Weights {
  readonly losses: FloatArray;
}

export interface Stepper {
  readonly executable: Executable;
  /** Most steps of one submit. */
  readonly capacity: number;
  /** Dispatches per step of all networks: less than one where a dispatch holds many. */
  readonly dispatchesPerStep: number;
  /** Runs so many steps of the only network. */
  run(steps: number, fill: FillStep): Promise<Submitted>;
  /**
   * Runs steps of every network, whose weights stay on the device until they are asked for.
   * @param steps of each; these may differ, and be 0
   * @returns a loss per step of each
   */
  advance(steps: readonly number[], fill: FillStep): Promise<FloatArray[]>;
  /** Of every network, after all steps run so far. */
  weights(): Promise<Weights[]>;
}

/**
 * @param networks how many train side by side, which only the single path offers
 * @throws LimitError, MemoryError
 */
export async function compileStepper(
  machine: Machine,
  sizes: Sizes,
  path: AnyPath,
  update: UpdateRule = "sgd",
  networks = 1,
): Promise<Stepper> {
  const executable = await machine.compile(stepPlan(sizes, path, { update, networks }));
  const each = stepsOf(executable.plan);
  const width = coefficientCount(update);
  const arenas = arenasOf(update);
  const fillRun =
    (steps: readonly number[], fill: FillStep) =>
    (inputs: StepInputs, run: number): void => {
      for (const [network, count] of steps.entries())
        for (let at = 0; at < each; at++) {
          const i = run * each + at;
          const slot = at * networks + network;
          if (i < count) fill(i, inputs, slot, network);
          else {
            // A step whose first coefficient is 0 ends a run that holds fewer steps than it could.
            inputs.coefficients[slot * width] = 0;
            break;
          }
        }
    };
  return {
    executable,
    capacity: each * executable.capacity,
    dispatchesPerStep: executable.dispatches / each,
    run: async (steps, fill) => {
      const { loss, ...kept } = await executable.run(Math.ceil(steps / each), fillRun([steps], fill), arenas);
      return { losses: loss.subarray(0, steps) as FloatArray, ...weightsOf(sizes, update, kept) };
    },
    advance: async (steps, fill) => {
      const { loss } = await executable.run(Math.ceil(Math.max(...steps) / each), fillRun(steps, fill));
      return steps.map((count, network) => every(loss, networks, network, count));
    },
    weights: async () => {
      const all = await executable.download(arenas);
      return Array.from({ length: networks }, (_, network) =>
        weightsOf(
          sizes,
          update,
          mapped(all, (arena) => part(arena, networks, network)),
        ),
      );
    },
  };
}

/** `count` values, `of` apart, from `first` on. */
function every(values: AnyArray, of: number, first: number, count: number): FloatArray {
  return Float32Array.from({ length: count }, (_, i) => values[first + i * of]);
}

/** The `nth` of `of` equal parts: of several a copy, so that a network that stands still does not keep the memory of all. */
const part = (values: AnyArray, of: number, nth: number): AnyArray =>
  of === 1 ? values : values.slice((nth * values.length) / of, ((nth + 1) * values.length) / of);

const mapped = (arrays: Readonly<Record<string, AnyArray>>, f: (array: AnyArray) => AnyArray) =>
  Object.fromEntries(Object.entries(arrays).map(([name, array]) => [name, f(array)]));
