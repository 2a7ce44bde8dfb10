/** The notebook's `cmp`: every tensor of one step against values that were computed elsewhere. */

import { cpuMachine } from "../cpu/machine.ts";
import { describeTensors } from "../model/describe.ts";
import { type AnyPath, stepPlan } from "../model/plans.ts";
import { CMP, INTERMEDIATES, type Sizes } from "../model/tensors.ts";
import { compareValues, largest, unravel } from "../plan/compare.ts";
import type { Tolerance } from "../plan/contract.ts";
import { type Machine, withPlan } from "../plan/machine.ts";
import type { Tensor } from "../plan/plan.ts";
import { runStep, type Step } from "./step.ts";

/** Values to compare with: tensors by name, gradients as `d` + name, `loss`. */
export type Expected = ReadonlyMap<string, ArrayLike<number>>;

export interface CheckRow {
  readonly name: string;
  /** Equal in every bit of float32. */
  readonly exact: boolean;
  /** torch.allclose: |got − want| ≤ atol + rtol·|want| for every element. */
  readonly approximate: boolean;
  readonly maxdiff: number;
  readonly shape: readonly number[];
  /** The element that used most of its tolerance. */
  readonly worst: { readonly index: readonly number[]; readonly got: number; readonly want: number };
}

export interface CheckReport {
  readonly ok: boolean;
  readonly loss: number;
  readonly rows: readonly CheckRow[];
}

/** torch.allclose's defaults. */
export const TORCH_TOLERANCE: Tolerance = { rtol: 1e-5, atol: 1e-8 };

/**
 * Share of a forward tensor's largest magnitude that an element may be off by when no `atol` is given. torch's atol
 * of 1e-8 is meant for gradients, which are about 1e-3 here. A forward value is a float32 sum of terms near 1, whose
 * own rounding is some 1e-7; where such a sum cancels to almost 0, torch's own float32 result fails torch's rule against
 * exact arithmetic (in 10 of the notebook's 2,048 `hpreact`).
 */
const FORWARD_SHARE = 2 ** -19;

type Values = Map<string, ArrayLike<number>>;

/** Values of one step's tensors under a plan: those of the forward pass, the gradients, and the loss, as far as the path keeps them. */
const valuesOf = (machine: Machine, step: Step, path: AnyPath): Promise<Values> =>
  withPlan(machine, stepPlan(step.sizes, path, { update: false }), async (executable) => {
    const loss = await runStep(executable, step);
    const all = [...INTERMEDIATES, ...CMP.map((n) => `d${n}`)];
    const names = all.filter((n) => executable.plan.tensors.has(n));
    return new Map<string, ArrayLike<number>>([
      ...Object.entries(await executable.download(names)),
      ["loss", loss],
    ]);
  });

/** The 26 gradients (those the path materialises) in float64 by the chunked plan's CPU twins, rounded to float32 once. */
export async function referenceGradients(step: Step): Promise<Expected> {
  const values = await valuesOf(cpuMachine("float64"), step, "chunked");
  return new Map(
    CMP.map((n) => `d${n}`).map((n) => [n, Float32Array.from(values.get(n) as ArrayLike<number>)] as const),
  );
}

/**
 * Compares one step on `machine` with `expected`, or with the CPU reference if that is absent. Tensors that are not in
 * both are not compared; the order is the plan's for forward tensors, the notebook's for gradients.
 * @param tolerance overrides torch's defaults for every row
 */
export async function check(
  machine: Machine,
  step: Step,
  { path, expected, tolerance = {} }: { path: AnyPath; expected?: Expected; tolerance?: Partial<Tolerance> },
): Promise<CheckReport> {
  const got = await valuesOf(machine, step, path);
  return compareSteps(got, expected ?? (await referenceGradients(step)), step.sizes, tolerance);
}

/** A row for every tensor that is in both, under the rules of {@link check}. */
export function compareSteps(
  got: Expected,
  want: Expected,
  sizes: Sizes,
  tolerance: Partial<Tolerance> = {},
): CheckReport {
  const tensors: ReadonlyMap<string, Tensor> = describeTensors(sizes);
  const forward = new Set<string>(INTERMEDIATES);
  const rows = [...INTERMEDIATES, "loss", ...CMP.map((n) => `d${n}`)].flatMap((name) => {
    const [g, w] = [got.get(name), want.get(name)];
    if (!g || !w) return [];
    const { rtol, atol } = { ...TORCH_TOLERANCE, ...tolerance };
    const floor = forward.has(name) && tolerance.atol === undefined ? FORWARD_SHARE * largest(w) : 0;
    return [row(name, g, w, tensors.get(name)?.shape ?? [], { rtol, atol: Math.max(atol, floor) })];
  });
  return {
    ok: rows.length > 0 && rows.every((r) => r.approximate),
    loss: got.get("loss")?.[0] ?? Number.NaN,
    rows,
  };
}

/** A row from a comparison: the flat worst index becomes one per axis. */
function row(
  name: string,
  got: ArrayLike<number>,
  want: ArrayLike<number>,
  shape: readonly number[],
  tolerance: Tolerance,
): CheckRow {
  const { worst, ...verdict } = compareValues(got, want, tolerance);
  return {
    name,
    ...verdict,
    shape,
    worst: { index: unravel(worst.index, shape), got: worst.got, want: worst.want },
  };
}
