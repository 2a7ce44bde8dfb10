/** Runs chunks of training steps on a plan, whichever level of fusion it has. */
import { type AnyPath, singlePlan, stepPlan } from "../model/plans.ts";
import { type Parameters, type Sizes, STEPS_PER_DISPATCH } from "../model/tensors.ts";
import type { FloatArray } from "../plan/contract.ts";
import type { Executable } from "../plan/executable.ts";
import type { Machine } from "../plan/machine.ts";
import { partsOf } from "./parameters.ts";

/** Writes the minibatch of step `i` of a chunk into X (N,T) and Y (N), from these offsets on; returns its learning rate. */
export type FillStep = (
  i: number,
  X: Uint32Array,
  Y: Uint32Array,
  xOffset: number,
  yOffset: number,
) => number;

/** What a chunk comes to: a loss per step, and the parameters after the last one. */
export interface Chunk {
  readonly losses: FloatArray;
  readonly parameters: Parameters;
}

export interface Stepper {
  readonly executable: Executable;
  /** Most steps of one chunk. */
  readonly capacity: number;
  /** Dispatches per step: less than one where a dispatch holds many. */
  readonly dispatchesPerStep: number;
  run(steps: number, fill: FillStep): Promise<Chunk>;
}

/** The arena comes back with the losses, so that the host always has what it takes to go on. */
const KEPT = ["parameters"];

export async function compileStepper(machine: Machine, sizes: Sizes, path: AnyPath): Promise<Stepper> {
  if (path === "single") return singleStepper(await machine.compile(singlePlan(sizes)), sizes);
  const executable = await machine.compile(stepPlan(sizes, path));
  return {
    executable,
    capacity: executable.capacity,
    dispatchesPerStep: executable.dispatches,
    run: async (steps, fill) => {
      const { loss, parameters } = await executable.run(
        steps,
        ({ Xb, Yb, lr }, i) => {
          lr[0] = fill(i, Xb as Uint32Array, Yb as Uint32Array, 0, 0);
        },
        KEPT,
      );
      return { losses: loss as FloatArray, parameters: partsOf(sizes, parameters as FloatArray) };
    },
  };
}

function singleStepper(executable: Executable, sizes: Sizes): Stepper {
  const { batch, context } = sizes;
  return {
    executable,
    capacity: STEPS_PER_DISPATCH * executable.capacity,
    dispatchesPerStep: executable.dispatches / STEPS_PER_DISPATCH,
    run: async (steps, fill) => {
      const { losses, parameters } = await executable.run(
        Math.ceil(steps / STEPS_PER_DISPATCH),
        ({ Xbs, Ybs, lrs }, dispatch) => {
          const first = dispatch * STEPS_PER_DISPATCH;
          const count = Math.min(STEPS_PER_DISPATCH, steps - first);
          for (let i = 0; i < count; i++)
            lrs[i] = fill(first + i, Xbs as Uint32Array, Ybs as Uint32Array, i * batch * context, i * batch);
          if (count < lrs.length) lrs[count] = 0;
        },
        KEPT,
      );
      return {
        losses: losses.subarray(0, steps) as FloatArray,
        parameters: partsOf(sizes, parameters as FloatArray),
      };
    },
  };
}
