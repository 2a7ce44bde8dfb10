/** What the Check tab asks of the worker: the cmp board, and everything about one tensor, but for the verdict on them. No DOM. */
import { quote } from "../../data/error.ts";
import { stepPlan } from "../../model/plans.ts";
import { PARAMETERS, type Sizes } from "../../model/tensors.ts";
import { largest, unravel } from "../../plan/compare.ts";
import type { AnyArray, Binding, Dims, Kernel, Op, Rung } from "../../plan/contract.ts";
import type { Machine } from "../../plan/machine.ts";
import type { BoundCall, Role, Tensor } from "../../plan/plan.ts";
import { kernelSource } from "../../plan/source.ts";
import type { Target } from "../../plan/target.ts";
import { type CheckRow, compareRow, roundOnce, rowsOf } from "../../train/check.ts";
import type { Step } from "../../train/step.ts";
import { type GraphEdge, type StepGraph, stepGraph } from "./graph.ts";
import type { Values, Verdict } from "./judge.ts";
import { type Runs, useRuns } from "./runs.ts";
import { summariseUlps, type UlpSummary } from "./ulp.ts";

/** A step, and how many training steps its parameters have been through. */
export interface StepAt extends Step {
  readonly at: number;
}

/** A tensor compared as in the notebook; what {@link CheckRow} has more comes with the verdict. */
export type BoardRow = Omit<CheckRow, "roundings" | "within" | "worst"> &
  Partial<Pick<CheckRow, "roundings" | "within">> & {
    /** The element that decides the verdict; before there is one, that decides `approximate`. */
    readonly worst: Omit<CheckRow["worst"], "s"> & Partial<Pick<CheckRow["worst"], "s">>;
  };

export interface Board {
  readonly at: number;
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

/** One dispatch of an operation. */
export interface KernelText {
  readonly pass: string;
  readonly grid: readonly number[];
  readonly invocations: number;
  /** The module as a device gets it. */
  readonly wgsl: string;
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
  /** `plain` is what the chunked step runs on a device; `fast` is what other paths run there, if it is different. */
  readonly kernels: Readonly<Partial<Record<Rung, readonly KernelText[]>>>;
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
  /** Absent for inputs and parameters, which no operation makes. A view has that of the tensor that it is a view of. */
  readonly making?: Making;
}

/** The current values of all tensors in the graph, by name. */
async function valuesOf(executable: Runs["got"]): Promise<Record<string, AnyArray>> {
  return executable.download(stepGraph(executable.plan).nodes.map((n) => n.name));
}

/** The notebook's `cmp`: a step on this machine against the CPU reference in float64, rounded once to float32. With what a judge needs. */
export const runBoard = (machine: Machine, step: StepAt): Promise<{ board: Board; values: Values }> =>
  useRuns(machine, step, async ({ got, float64 }) => {
    const [values, reference] = await Promise.all([valuesOf(got), valuesOf(float64)]);
    const rows = rowsOf(got.plan).map((name) => compare(got.plan, name, values[name], reference[name]));
    const gradient = (r: BoardRow) => got.plan.tensors.get(r.name)?.role === "gradient";
    const diverged = PARAMETERS.some((name) => !step.parameters[name].every(Number.isFinite));
    const board = {
      at: step.at,
      machine: machine.name,
      backend: machine.backend,
      sizes: step.sizes,
      loss: values.loss[0],
      gradients: rows.filter(gradient),
      forward: rows.filter((r) => !gradient(r)),
      graph: stepGraph(stepPlan(step.sizes, "chunked")),
      unjudged: diverged ? "the weights have diverged, so there is nothing to compare" : undefined,
    };
    return { board, values };
  });

function compare({ tensors }: Runs["got"]["plan"], name: string, got: AnyArray, float64: AnyArray): BoardRow {
  const { worst, ...row } = compareRow(name, got, roundOnce(float64), tensors.get(name)?.shape ?? []);
  return { ...row, worst: { index: unravel(worst.index, row.shape), got: worst.got, want: worst.want } };
}

/**
 * One tensor of a step on this machine, and the call that makes it, with its values, for a judge. The `step` of the last board is not run again.
 * @throws RangeError if the step has no tensor of this name
 */
export const inspectTensor = (
  machine: Machine,
  step: StepAt,
  name: string,
): Promise<{ inspection: Inspection; call?: CallValues }> =>
  useRuns(machine, step, async (runs) => {
    const { plan } = runs.got;
    const graph = stepGraph(plan);
    if (!graph.nodes.some((n) => n.name === name))
      throw new RangeError(`the step has no tensor ${quote(name)}`);
    const { shape, role, type } = plan.tensors.get(name)!;
    const [got, float64] = await Promise.all(
      [runs.got, runs.float64].map(async (e) => (await e.download([name]))[name]),
    );
    const want = roundOnce(float64);
    const call = await callOf(runs.got, graph.edges, name);
    const inspection = {
      name,
      at: step.at,
      backend: machine.backend,
      shape,
      role,
      type,
      got,
      want,
      float64,
      ulps: summariseUlps(got, want),
      making: call && makingOf(plan, call, machine.target),
    };
    return { inspection, call };
  });

/** A call of the plan, and the values of its tensors. */
interface CallValues {
  readonly index: number;
  readonly values: Record<string, AnyArray>;
}

/** The call that makes a tensor, or the tensor that it is a view of. */
async function callOf(
  executable: Runs["got"],
  edges: readonly GraphEdge[],
  name: string,
): Promise<CallValues | undefined> {
  const { calls } = executable.plan;
  const source = edges.find((e) => e.to === name && e.op === "view")?.from ?? name;
  const index = calls.findIndex((c) =>
    Object.entries(c.op.bindings).some(([formal, b]) => b.access !== "read" && c.args[formal] === source),
  );
  return index < 0
    ? undefined
    : { index, values: await executable.download(Object.values(calls[index].args)) };
}

function makingOf({ calls }: Runs["got"]["plan"], { index, values }: CallValues, target: Target): Making {
  const { op, args, dims } = calls[index];
  const floats = Object.entries(op.bindings).filter(([, b]) => b.access === "read" && b.type === "f32");
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
    kernels: {
      plain: textsOf(op, dims, op.plain?.(dims)),
      fast: textsOf(op, dims, op.fast?.(dims, target)),
    },
    inputScale: Math.max(0, ...floats.map(([formal]) => largest(values[args[formal]]))),
  };
}

const textsOf = (op: Op, dims: Dims, kernels?: readonly Kernel[]): KernelText[] | undefined =>
  kernels?.map((k) => ({
    pass: k.pass,
    grid: k.grid,
    invocations: k.invocations,
    wgsl: kernelSource(op, dims, k),
  }));
