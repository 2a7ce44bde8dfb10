/** What the Check tab asks of the worker: the cmp board, and everything about one tensor, but for the verdict on them. No DOM. */
import { quote } from "../../data/error.ts";
import type { UpdateRule } from "../../model/optimizers.ts";
import { type AnyPath, stepPlan } from "../../model/plans.ts";
import { PARAMETERS, type Sizes } from "../../model/tensors.ts";
import { compareValues, largest, unravel } from "../../plan/compare.ts";
import type { AnyArray, Binding, Rung } from "../../plan/contract.ts";
import type { Machine } from "../../plan/machine.ts";
import type { BoundCall, Plan, Role, Tensor } from "../../plan/plan.ts";
import type { Target } from "../../plan/target.ts";
import { type CheckRow, compareRow, roundOnce, rowsOf, torchTolerance } from "../../train/check.ts";
import { type GraphEdge, type StepGraph, stepGraph } from "./graph.ts";
import type { Values, Verdict } from "./judge.ts";
import {
  type KernelText,
  type KernelTexts,
  kernelTexts,
  levelGraph,
  type Operation,
  operationsOf,
  type Replaced,
  replacedBy,
  rungOf,
} from "./levels.ts";
import { levelOf, type Runs, type StepAtLevel, useRuns } from "./runs.ts";
import { summariseUlps, type UlpSummary } from "./ulp.ts";

/** A step, and how many training steps its parameters have been through. */
export interface StepAt extends StepAtLevel {
  readonly at: number;
  /** The vocabulary, by index. */
  readonly characters?: readonly string[];
  /** The rule that updates the parameters when this network trains; plain SGD if absent. */
  readonly update?: UpdateRule;
}

/** A tensor compared as in the notebook; what {@link CheckRow} has more comes with the verdict. */
export type BoardRow = Omit<CheckRow, "roundings" | "within" | "worst"> &
  Partial<Pick<CheckRow, "roundings" | "within">> & {
    /** The element that decides the verdict; before there is one, that decides `approximate`. */
    readonly worst: Omit<CheckRow["worst"], "s"> & Partial<Pick<CheckRow["worst"], "s">>;
  };

export interface Board {
  readonly at: number;
  readonly level: AnyPath;
  /** What was judged, in the order in which it runs. */
  readonly operations: readonly Operation[];
  readonly characters: readonly string[];
  /** Of the whole step: its kernel, as it was judged and as it trains. */
  readonly whole?: { readonly judged: KernelText; readonly trains: KernelText };
  readonly machine: string;
  readonly backend: Machine["backend"];
  readonly sizes: Sizes;
  readonly loss: number;
  /** The 26, in the notebook's order. */
  readonly gradients: readonly BoardRow[];
  /** Tensors of the forward pass, in its order, the loss last. */
  readonly forward: readonly BoardRow[];
  readonly graph: StepGraph;
  /** Absent until the judge is done. */
  readonly verdict?: Verdict;
  /** Why there will be no verdict. */
  readonly unjudged?: string;
}

/** The operation that makes a tensor. */
export interface Making {
  readonly op: string;
  readonly math: string;
  readonly position: number;
  readonly args: readonly {
    readonly formal: string;
    readonly tensor: string;
    readonly access: Binding["access"];
  }[];
  readonly dims: BoundCall["dims"];
  readonly kernels: KernelTexts;
  /** Those that a device runs at this level. */
  readonly rung: Rung;
  /** The operations of the chunked step in whose place it stands. */
  readonly replaces: readonly Replaced[];
  /** Largest magnitude among its floating-point inputs. */
  readonly inputScale: number;
}

export interface Inspection {
  readonly name: string;
  readonly at: number;
  readonly backend: Machine["backend"];
  readonly shape: readonly number[];
  readonly role: Role;
  readonly type: Tensor["type"];
  readonly got: AnyArray;
  /** The reference in float64, rounded to float32 once: what the board compares with. */
  readonly want: AnyArray;
  /** The reference before it is rounded. */
  readonly float64: AnyArray;
  readonly ulps: UlpSummary;
  /** The element that decides `approximate`, and what torch.allclose allows there. */
  readonly torch: TorchVerdict;
  /** The shape in the network's symbols, such as `["N", "H"]`. */
  readonly symbols: readonly string[];
  /** Absent for inputs and parameters, which no operation makes. A view has that of the tensor that it is a view of. */
  readonly making?: Making;
}

/** torch.allclose's rule in one element: |got − want| ≤ atol + rtol·|want|. */
export interface TorchVerdict {
  readonly rtol: number;
  readonly atol: number;
  /** A flat index. */
  readonly index: number;
  readonly off: number;
  readonly allowed: number;
}

/** The notebook's `cmp`: a step on this machine against the CPU reference in float64, rounded once to float32. With what a judge needs. */
export const runBoard = (machine: Machine, step: StepAt): Promise<{ board: Board; values: Values }> =>
  useRuns(machine, step, async ({ got, float64 }) => {
    const level = levelOf(step);
    const graph = levelGraph(step.sizes, level);
    const names = graph.nodes.map((n) => n.name);
    const [values, reference] = await Promise.all([got.read(names), float64.read(names)]);
    const { tensors } = float64.plan;
    const rows = rowsOf(got.plan).map((name) => {
      const { worst, ...row } = compareRow(
        name,
        values[name],
        roundOnce(reference[name]),
        tensors.get(name)?.shape ?? [],
      );
      return { ...row, worst: { index: unravel(worst.index, row.shape), got: worst.got, want: worst.want } };
    });
    const gradient = (r: BoardRow) => tensors.get(r.name)?.role === "gradient";
    const diverged = PARAMETERS.some((name) => !step.parameters[name].every(Number.isFinite));
    const board = {
      at: step.at,
      level,
      operations: operationsOf(got.plan, machine.target),
      characters: step.characters ?? [],
      whole: level === "single" ? wholeStep(got.plan, step, machine.target) : undefined,
      machine: machine.name,
      backend: machine.backend,
      sizes: step.sizes,
      loss: values.loss[0],
      gradients: rows.filter(gradient),
      forward: rows.filter((r) => !gradient(r)),
      graph,
      unjudged: diverged ? "the weights have diverged, so there is nothing to compare" : undefined,
    };
    return { board, values };
  });

function wholeStep(judged: Plan, { sizes, update }: StepAt, target: Target): Board["whole"] {
  const text = (plan: Plan) => kernelTexts(plan.calls[0], target).fast![0];
  return { judged: text(judged), trains: text(stepPlan(sizes, "single", { update })) };
}

/**
 * One tensor of a step on this machine, and the call that makes it, with its values, for a judge. The `step` of the last board is not run again.
 * @throws RangeError if the level has no tensor of this name
 */
export const inspectTensor = (
  machine: Machine,
  step: StepAt,
  name: string,
): Promise<{ inspection: Inspection; call?: CallValues }> =>
  useRuns(machine, step, async ({ got: onMachine, float64: reference }) => {
    const level = levelOf(step);
    const { nodes, edges } = level === "single" ? levelGraph(step.sizes, level) : stepGraph(reference.plan);
    if (!nodes.some((n) => n.name === name))
      throw new RangeError(`the ${level === "chunked" ? "" : `${level} `}step has no tensor ${quote(name)}`);
    const { shape, symbols, role, type } = reference.plan.tensors.get(name)!;
    const [got, float64] = await Promise.all(
      [onMachine, reference].map(async (values) => (await values.read([name]))[name]),
    );
    const want = roundOnce(float64);
    const call = callOf(onMachine.plan, edges, name);
    const values = call && level !== "single" ? await onMachine.read(Object.values(call.bound.args)) : {};
    const inspection = {
      name,
      at: step.at,
      backend: machine.backend,
      shape,
      symbols,
      role,
      type,
      got,
      want,
      float64,
      ulps: summariseUlps(got, want),
      torch: torchVerdict(name, got, want),
      making: call && makingOf(step, onMachine.plan, call, values, machine.target),
    };
    // The one kernel of the whole step is what the board judges already.
    return { inspection, call: call && level !== "single" ? { index: call.index, values } : undefined };
  });

function torchVerdict(name: string, got: AnyArray, want: AnyArray): TorchVerdict {
  const { rtol, atol } = torchTolerance(name, want, {});
  const { index } = compareValues(got, want, { rtol, atol }).worst;
  return {
    rtol,
    atol,
    index,
    off: Math.abs(got[index] - want[index]),
    allowed: atol + rtol * Math.abs(want[index]),
  };
}

/** A call of the plan, and the values of its tensors. */
interface CallValues {
  readonly index: number;
  readonly values: Record<string, AnyArray>;
}

interface IndexedCall {
  readonly index: number;
  readonly bound: BoundCall;
}

/** The call that makes a tensor, or the tensor that it is a view of. */
function callOf(
  { calls, tensors }: Runs["got"]["plan"],
  edges: readonly GraphEdge[],
  name: string,
): IndexedCall | undefined {
  const source = edges.find((e) => e.to === name && e.op === "view")?.from ?? name;
  const given = !edges.some((e) => e.to === name);
  const index = calls.findIndex((c) =>
    Object.entries(c.op.bindings).some(([formal, b]) => {
      const written = b.access !== "read" && c.args[formal];
      // The whole step leaves its gradients in an arena.
      return written && (written === source || written === tensors.get(source)?.view?.of);
    }),
  );
  return given || index < 0 ? undefined : { index, bound: calls[index] };
}

function makingOf(
  { sizes, parameters, level }: StepAt,
  plan: Runs["got"]["plan"],
  { index, bound }: IndexedCall,
  values: Record<string, AnyArray>,
  target: Target,
): Making {
  const { op, args, dims } = bound;
  const floats = Object.entries(op.bindings).filter(([, b]) => b.access === "read" && b.type === "f32");
  const inputs =
    level === "single" ? Object.values(parameters) : floats.map(([formal]) => values[args[formal]]);
  return {
    op: op.name,
    math: op.math,
    position: index + 1,
    args: Object.entries(op.bindings).map(([formal, b]) => ({
      formal,
      tensor: args[formal],
      access: b.access,
    })),
    dims,
    kernels: kernelTexts(bound, target),
    rung: rungOf(plan, bound, target),
    replaces: level === "single" ? [] : replacedBy(bound, sizes, target),
    inputScale: Math.max(0, ...inputs.map(largest)),
  };
}
