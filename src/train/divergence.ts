/** Training that diverged: where the first value came up that is not finite. */
import { type AnyPath, stepPlan } from "../model/plans.ts";
import { PARAMETERS, type Sizes, shapeOf } from "../model/tensors.ts";
import { unravel } from "../plan/compare.ts";
import { type Machine, withPlan } from "../plan/machine.ts";
import type { Plan } from "../plan/plan.ts";
import { uploadParameters } from "./parameters.ts";
import type { Step } from "./step.ts";
import type { Chunk } from "./stepper.ts";

/** An element that is NaN or infinite. */
export interface Culprit {
  readonly tensor: string;
  readonly value: number;
  readonly index: readonly number[];
}

/** A step made a value that is not finite. The trainer stands before that step, where all was well. */
export class DivergenceError extends Error {
  override name = "DivergenceError";
  readonly step: number;
  readonly tensor: string;

  constructor(step: number, lr: number, { tensor, value, index }: Culprit) {
    const at = index.length > 0 ? ` at [${index.join(",")}]` : "";
    super(
      `training diverged at step ${step}: ${tensor} is the first tensor that is not finite (${value}${at}); lower --lr (it is ${lr})`,
    );
    this.step = step;
    this.tensor = tensor;
  }
}

/** The first value of a chunk that is not finite: losses first, then parameters in the notebook's order. */
export function findCulprit({ losses, parameters }: Chunk, s: Sizes): Culprit | undefined {
  const bad = firstNotFinite(losses);
  if (bad >= 0) return { tensor: "loss", value: losses[bad], index: [] };
  for (const name of PARAMETERS) {
    const i = firstNotFinite(parameters[name]);
    if (i >= 0) return { tensor: name, value: parameters[name][i], index: unravel(i, shapeOf(name, s)) };
  }
  return undefined;
}

/**
 * Index of the first NaN or infinity, or −1. Asked on the host, of the bits: a shader may compile as if there were none.
 */
export function firstNotFinite(values: ArrayLike<number>): number {
  // x − x is 0 for every finite x, and NaN for the others: one sum tells whether there is any.
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] - values[i];
  if (sum === 0) return -1;
  return Array.prototype.findIndex.call(values, (x) => !Number.isFinite(x));
}

/**
 * Runs one step from sound parameters, and looks through what its operations wrote, in the plan's order.
 * @param path whose intermediates are looked at; `single` keeps none, and `fused` has the same ones
 */
export const traceDivergence = (
  machine: Machine,
  step: Step,
  lr: number,
  path: AnyPath,
): Promise<Culprit | undefined> =>
  withPlan(machine, stepPlan(step.sizes, path === "single" ? "fused" : path), async (executable) => {
    uploadParameters(executable, step.parameters);
    await executable.run(1, (inputs) => {
      inputs.Xb.set(step.Xb);
      inputs.Yb.set(step.Yb);
      inputs.lr[0] = lr;
    });
    const { plan } = executable;
    for (const tensor of written(plan)) {
      const values = (await executable.download([tensor]))[tensor];
      const i = firstNotFinite(values);
      if (i >= 0) return { tensor, value: values[i], index: unravel(i, plan.tensors.get(tensor)!.shape) };
    }
    return undefined;
  });

/** What the calls write, in their order; the arena of parameters by its parts. */
function written({ calls }: Plan): string[] {
  return calls.flatMap(({ op, args }) =>
    Object.entries(op.bindings)
      .filter(([, b]) => b.access !== "read")
      .flatMap(([formal]) => (args[formal] === "parameters" ? PARAMETERS : [args[formal]])),
  );
}
