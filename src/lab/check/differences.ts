/**
 * One element's gradient by finite differences: what the loss does when that element alone is changed, in float64 by the CPU twins of the
 * chunked step. A tensor that the step makes is changed after it is made, and the rest of the forward pass runs again. No DOM.
 */
import { quote } from "../../data/error.ts";
import { stepPlan } from "../../model/plans.ts";
import { requireMemoryOf } from "../../plan/memory.ts";
import type { BoundCall, Plan } from "../../plan/plan.ts";
import { storage } from "../../plan/plan.ts";
import { bindArrays, type HostTensors, hostTensors } from "../../plan/replay.ts";
import type { Step } from "../../train/step.ts";

/** One step size, and what it gives. */
export interface Difference {
  readonly h: number;
  /** (L(x + h) − L(x − h)) / 2h */
  readonly value: number;
  /** How far rounding of the loss in float64 may take that. */
  readonly rounding: number;
}

export interface DifferenceReport {
  readonly name: string;
  /** A flat index. */
  readonly index: number;
  /** The element as it is, and the loss. */
  readonly x: number;
  readonly loss: number;
  /** By the backward pass, in float64. */
  readonly gradient: number;
  /** From large steps to small ones. */
  readonly tried: readonly Difference[];
  /** Which of them agrees best with its neighbours: chosen without a look at the gradient. */
  readonly best: number;
  /** How many examples' losses changed, of all. */
  readonly moved: number;
  readonly examples: number;
}

/** Steps relative to the tensor's typical size. */
const STEPS = [1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7];

/**
 * @param name a parameter, or a tensor of the forward pass before the loss
 * @throws RangeError for any other, or an element that it does not have; MemoryError
 */
export function differenceOf(step: Step, name: string, index: number): DifferenceReport {
  const plan = stepPlan(step.sizes, "chunked", { update: false });
  const tensor = plan.tensors.get(name);
  if (tensor?.type !== "f32" || !plan.tensors.has(`d${name}`))
    throw new RangeError(`the loss has no gradient by ${quote(name)}`);
  requireMemoryOf(plan, Float64Array.BYTES_PER_ELEMENT);
  const arrays = hostTensors(plan, Float64Array);
  const values = arrays.get(name)!;
  if (!(Number.isInteger(index) && index >= 0 && index < values.length))
    throw new RangeError(`${name} has ${values.length} elements, and none at ${index}`);

  for (const [given, from] of Object.entries({ ...step.parameters, Xb: step.Xb, Yb: step.Yb }))
    arrays.get(given)!.set(from);
  const all = bindArrays(plan, arrays).map(
    ({ op, args, dims }) =>
      () =>
        op.twin(args, dims),
  );
  const forward = 1 + plan.calls.findIndex((c) => Object.values(c.args).includes("loss"));
  const rest = all.slice(1 + makerOf(plan, name), forward);
  for (const call of all) call();
  const gradient = arrays.get(`d${name}`)![index];
  const losses = lossesOf(arrays, step.Yb);
  const [x, loss] = [values[index], arrays.get("loss")![0]];

  const lossAt = (changed: number): number => {
    values[index] = changed;
    for (const call of rest) call();
    return arrays.get("loss")![0];
  };
  // What is positive throughout, such as a probability, has a logarithm or a power taken of it: steps stay on its side of 0.
  const positive = values.every((v) => v > 0);
  const size = Math.max(Math.abs(x), positive ? 0 : typical(values)) || 1;
  const tried = STEPS.map((share) => {
    const h = share * size;
    const value = (lossAt(x + h) - lossAt(x - h)) / (2 * h);
    // Sums of this many terms lose some of the last bits.
    return { h, value, rounding: (8 * 2 ** -53 * Math.abs(loss)) / h };
  });
  lossAt(x + tried[0].h);
  const moved = lossesOf(arrays, step.Yb).filter((l, i) => l !== losses[i]).length;
  return { name, index, x, loss, gradient, tried, best: steadiest(tried), moved, examples: losses.length };
}

/** The last call that writes a tensor's storage before the loss; −1 for a parameter. */
function makerOf({ calls, tensors }: Plan, name: string): number {
  const { root } = storage(tensors, name);
  const writes = ({ op, args }: BoundCall) =>
    Object.entries(op.bindings).some(
      ([formal, b]) => b.access !== "read" && storage(tensors, args[formal]).root === root,
    );
  return calls.findIndex(writes);
}

const lossesOf = (arrays: HostTensors, Yb: Uint32Array): number[] => {
  const logprobs = arrays.get("logprobs")!;
  const classes = logprobs.length / Yb.length;
  return Array.from(Yb, (y, i) => -logprobs[i * classes + y]);
};

/** The root mean square. */
function typical(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] ** 2;
  return Math.sqrt(sum / values.length);
}

/**
 * The step that differs least from its neighbours: larger ones see the loss bend, smaller ones its rounding. With one that has diverged, any is
 * as good.
 */
function steadiest(tried: readonly Difference[]): number {
  let best = 1;
  let least = Number.POSITIVE_INFINITY;
  for (let i = 1; i < tried.length - 1; i++) {
    const apart = Math.max(
      Math.abs(tried[i].value - tried[i - 1].value) / 100,
      Math.abs(tried[i].value - tried[i + 1].value),
      tried[i].rounding,
    );
    if (apart < least) [best, least] = [i, apart];
  }
  return best;
}

/** How many decimal digits of two numbers agree, at most 15; 0 where not even the first does. */
export function digits(a: number, b: number): number {
  if (a === b) return 15;
  const off = Math.abs(a - b) / Math.max(Math.abs(a), Math.abs(b));
  return Number.isFinite(off) ? Math.max(0, Math.min(15, Math.floor(-Math.log10(off)))) : 0;
}

/** Neither the gradient nor the difference is more than rounding: both are 0. */
export const isZero = ({ gradient, tried, best }: DifferenceReport): boolean =>
  Math.abs(tried[best].value) <= tried[best].rounding && Math.abs(gradient) <= tried[best].rounding;
