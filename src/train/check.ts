/** The notebook's `cmp`: every tensor of one step against values that were computed elsewhere. */
import { describeTensors } from "../model/describe.ts";
import { type AnyPath, type Path, shownBy, stepPlan } from "../model/plans.ts";
import { CMP, type CmpName, INTERMEDIATES, type ParameterName, type Sizes } from "../model/tensors.ts";
import { compareValues, largestFinite, unravel } from "../plan/compare.ts";
import type { AnyArray, FloatArray, Tolerance } from "../plan/contract.ts";
import { type Machine, withPlan } from "../plan/machine.ts";
import type { Plan } from "../plan/plan.ts";
import {
  type Expectation,
  expectations,
  finiteInFloat32,
  judgeRounding,
  requireRoundingMemory,
} from "../plan/rounding.ts";
import { requireOptions } from "./belong.ts";
import type { OnFraction } from "./evaluate.ts";
import { requireStep, runStep, type Step } from "./step.ts";

/** Values to compare with: tensors by name, gradients as `d` + name, `loss`. Those in a `Float32Array` are taken to be rounded. */
export type Expected = ReadonlyMap<string, ArrayLike<number>>;

/** What a right step computes, by the name of the tensor. */
export type Reference = ReadonlyMap<string, Expectation>;

export interface CheckRow {
  readonly name: string;
  /** Equal in every bit of float32. */
  readonly exact: boolean;
  /** torch.allclose: |got − want| ≤ atol + rtol·|want| for every element. */
  readonly approximate: boolean;
  readonly maxdiff: number;
  readonly shape: readonly number[];
  /** How many roundings the worst element is off by; null where float32 overflows on these weights, so that nothing can be judged. */
  readonly roundings: number | null;
  /** The verdict: at most 64 roundings in every element. */
  readonly within: boolean | null;
  /** The element that decides, and the size of a rounding there. */
  readonly worst: {
    readonly index: readonly number[];
    readonly got: number;
    readonly want: number;
    readonly s: number;
  };
}

export interface CheckReport {
  readonly ok: boolean;
  readonly loss: number;
  readonly rows: readonly CheckRow[];
  /** Why some rows could not be judged. */
  readonly note?: string;
}

/**
 * Share of a forward tensor's largest magnitude that torch's rule allows here at least, whatever `atol` is. An atol such as torch's 1e-8 is meant
 * for gradients, which are about 1e-3 here; forward values are near 1, and where they cancel to almost 0 their own rounding is some 1e-7.
 */
const FORWARD_SHARE = 2 ** -19;

const GRADIENTS: readonly string[] = CMP.map((name) => `d${name}`);
const ROWS = [...INTERMEDIATES, "loss", ...GRADIENTS];

/** Values of one step's tensors under a plan: those of the forward pass, the gradients, and the loss, as far as the path keeps them. */
const valuesOf = (machine: Machine, step: Step, path: AnyPath): Promise<Expected> =>
  withPlan(machine, stepPlan(step.sizes, path, { update: false }), async (executable) => {
    const loss = await runStep(executable, step);
    const names = rowsOf(executable.plan).filter((name) => name !== "loss");
    return new Map<string, ArrayLike<number>>([
      ...Object.entries(await executable.download(names)),
      ["loss", loss],
    ]);
  });

/** The values of a tensor, row by row. */
export interface TensorValues {
  /** As torch has it. */
  readonly shape: readonly number[];
  readonly data: FloatArray;
}

export type Gradients = Readonly<Record<`d${ParameterName}`, TensorValues>> &
  Readonly<Partial<Record<`d${CmpName}`, TensorValues>>>;

export interface StepGradients {
  readonly loss: number;
  /** `dW1`, `dlogits`, …: those of all 26 tensors on the chunked path, of fewer on the fused one, of the parameters on the single one. */
  readonly gradients: Gradients;
}

/**
 * The loss of a step and the gradients of its tensors, as a path computes them on this machine.
 * @throws MismatchError for a step whose parts do not belong together; PlanError where the path does not take its sizes
 */
export async function gradients(
  machine: Machine,
  step: Step,
  o: { path?: AnyPath } = {},
): Promise<StepGradients> {
  requireOptions("gradients", o, ["path"]);
  const { path = "chunked" } = o;
  requireStep(step);
  const values = await valuesOf(machine, step, path);
  const tensors = describeTensors(step.sizes);
  const found = GRADIENTS.filter((name) => values.has(name)).map((name) => {
    const { shape } = tensors.get(name)!;
    return [name, { shape, data: values.get(name) }];
  });
  return { loss: values.get("loss")![0], gradients: Object.fromEntries(found) };
}

/** {@link requireRoundingMemory} of a step's reference. @throws MemoryError */
export function requireReferenceMemory(sizes: Sizes, path: AnyPath): void {
  const plan = stepPlan(sizes, shownBy(path), { update: false });
  requireRoundingMemory(plan, rowsOf(plan));
}

/**
 * The step in float64 by the CPU twins of a path's operations, with the rounding to expect of float32.
 * @param names the tensors that are wanted
 * @throws MemoryError
 */
export function referenceOf(
  step: Step,
  path: Path,
  names: readonly string[] = ROWS,
  onFraction?: OnFraction,
): Reference {
  const plan = stepPlan(step.sizes, path, { update: false });
  return expectations(plan, givenTo(step), rowsOf(plan, names), onFraction);
}

const givenTo = ({ parameters, Xb, Yb }: Step) => ({ ...parameters, Xb, Yb });

/** The tensors of a plan that have a row. */
export const rowsOf = ({ tensors }: Plan, names: readonly string[] = ROWS): string[] =>
  names.filter((name) => tensors.has(name));

/**
 * Compares the gradients of one step on `machine` with the CPU reference in float64; or with `expected` whatever is in both, in the plan's order
 * for forward tensors and the notebook's for gradients. A row is right if rounding explains it.
 * @param tolerance judges by torch.allclose's rule instead; what it leaves out is torch's default
 * @throws MemoryError
 */
export async function check(
  machine: Machine,
  step: Step,
  o: {
    readonly path: AnyPath;
    readonly expected?: Expected;
    readonly tolerance?: Partial<Tolerance>;
    /** Takes the share of the reference that is done: it needs as long as 17 steps on the CPU. */
    readonly onFraction?: OnFraction;
  },
): Promise<CheckReport> {
  requireOptions("check", o, ["path", "expected", "tolerance", "onFraction"]);
  const { path, expected, tolerance, onFraction } = o;
  requireStep(step);
  const got = await valuesOf(machine, step, path);
  const shown = shownBy(path);
  const reference = referenceOf(step, shown, expected ? ROWS : GRADIENTS, onFraction);
  return withNote(judgeStep(got, reference, step.sizes, { expected, tolerance }), step, shown);
}

/** Adds to a report why some rows could not be judged. */
export function withNote(report: CheckReport, step: Step, path: Path): CheckReport {
  const left = report.rows.filter((r) => r.within === null).length;
  return left === 0 ? report : { ...report, note: whyNotJudged(step, path, left) };
}

/** Rows for the tensors that are in `got`, in the reference and, if it is given, in `expected`. */
export function judgeStep(
  got: Expected,
  reference: Reference,
  sizes: Sizes,
  { expected, tolerance = {} }: { expected?: Expected; tolerance?: Partial<Tolerance> } = {},
): CheckReport {
  const tensors = describeTensors(sizes);
  const given = Object.values(tolerance).some((x) => x !== undefined);
  const rows = ROWS.flatMap((name): CheckRow[] => {
    const [g, e] = [got.get(name), reference.get(name)];
    const want = expected ? expected.get(name) : e && roundOnce(e.want);
    if (!g || !e || !want) return [];
    const { worst: furthest, ...row } = compareRow(name, g, want, tensors.get(name)?.shape ?? [], tolerance);
    // What the file's program computed in float32 has roundings of its own: twice as many are allowed.
    const verdict = judgeRounding(g, e, expected && { want, share: want instanceof Float32Array ? 0.5 : 1 });
    const worst = given ? { ...furthest, s: e.s[furthest.index] } : verdict.worst;
    return [
      {
        ...row,
        roundings: verdict.roundings,
        within: verdict.within,
        worst: { index: unravel(worst.index, row.shape), got: worst.got, want: worst.want, s: worst.s },
      },
    ];
  });
  const ok = given
    ? rows.length > 0 && rows.every((r) => r.approximate)
    : rows.some((r) => r.within) && rows.every((r) => r.within !== false);
  return { ok, loss: got.get("loss")?.[0] ?? Number.NaN, rows };
}

/** The line for a board with rows that cannot be judged. */
function whyNotJudged(step: Step, path: Path, rows: number): string {
  const fused = stepPlan(step.sizes, "fused", { update: false });
  const names = rowsOf(fused);
  if (path === "chunked" && finiteInFloat32(fused, givenTo(step), names).length === names.length)
    return "log(0): the unfused chain overflows on these weights; the fused step does not";
  return `float32 overflows on these weights: ${rows === 1 ? "1 row" : `${rows} rows`} cannot be judged`;
}

/** The reference as `exact`, `approximate` and `maxdiff` have it. */
export const roundOnce = (values: AnyArray): AnyArray =>
  values instanceof Float64Array ? Float32Array.from(values) : values;

/** A row of the notebook's `cmp`; its worst element, by a flat index, is the one that decides `approximate`. */
export function compareRow(
  name: string,
  got: ArrayLike<number>,
  want: ArrayLike<number>,
  shape: readonly number[],
  tolerance: Partial<Tolerance> = {},
) {
  const { exact, approximate, maxdiff, worst } = compareValues(
    got,
    want,
    torchTolerance(name, want, tolerance),
  );
  return { name, exact, approximate, maxdiff, shape, worst };
}

/** What torch.allclose's rule allows a tensor, with torch's defaults for what is not given, and {@link FORWARD_SHARE}. */
export function torchTolerance(
  name: string,
  want: ArrayLike<number>,
  { rtol = 1e-5, atol = 1e-8 }: Partial<Tolerance>,
): Tolerance {
  const floor = GRADIENTS.includes(name) ? 0 : FORWARD_SHARE * largestFinite(want);
  return { rtol, atol: Math.max(atol, floor) };
}
