/** What the Check tab asks of the worker: the cmp board, and everything about one tensor. No DOM. */
import { quote } from "../../data/error.ts";
import { stepPlan } from "../../model/plans.ts";
import type { Sizes } from "../../model/tensors.ts";
import { largest } from "../../plan/compare.ts";
import type { AnyArray, Binding, Dims, Kernel, Op, Rung } from "../../plan/contract.ts";
import type { Machine } from "../../plan/machine.ts";
import type { BoundCall, Role, Tensor } from "../../plan/plan.ts";
import { kernelSource } from "../../plan/source.ts";
import type { Target } from "../../plan/target.ts";
import { judgeOperation, type OperationReport } from "../../train/bisect.ts";
import { type CheckRow, judgeStep, referenceOf } from "../../train/check.ts";
import type { Step } from "../../train/step.ts";
import { type Errors, errorsOf, isRounding } from "./errors.ts";
import { type GraphEdge, type StepGraph, stepGraph } from "./graph.ts";
import { type Runs, useRuns } from "./runs.ts";
import { summariseUlps, type UlpSummary } from "./ulp.ts";

/** A step, and how many training steps its parameters have been through. */
export interface StepAt extends Step {
  readonly at: number;
}

export interface Board {
  readonly at: number;
  readonly machine: string;
  readonly backend: Machine["backend"];
  readonly sizes: Sizes;
  readonly loss: number;
  /** Every gradient is approximate. */
  readonly ok: boolean;
  /** The 26, in the notebook's order. */
  readonly gradients: readonly CheckRow[];
  /** Tensors of the forward pass, in its order, the loss last. */
  readonly forward: readonly CheckRow[];
  readonly graph: StepGraph;
  /** The first operation with a wrong result for its inputs. Looked for only if a row is not approximate. */
  readonly culprit?: OperationReport;
  /** Whether rounding alone explains the rows that are not approximate. */
  readonly rounding: boolean;
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
  /** The operation by itself: its output compared with its twin's in float64, for the inputs that the machine had. */
  readonly report: OperationReport;
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
  /** What the CPU twins give in float32. */
  readonly float32: AnyArray;
  /** Its row on the board, if it has one. */
  readonly row?: CheckRow;
  readonly ulps: UlpSummary;
  readonly errors: Errors;
  /** Absent for inputs and parameters, which no operation makes. A view has that of the tensor that it is a view of. */
  readonly making?: Making;
}

/** The current values of all tensors in the graph, by name. */
async function valuesOf(executable: Runs["got"]): Promise<Record<string, AnyArray>> {
  return executable.download(stepGraph(executable.plan).nodes.map((n) => n.name));
}

const roundOnce = (values: AnyArray): AnyArray =>
  values instanceof Float64Array ? Float32Array.from(values) : values;

/** The notebook's `cmp`: a step on this machine against the CPU reference in float64, rounded once to float32. */
export const runBoard = (machine: Machine, step: StepAt): Promise<Board> =>
  useRuns(machine, step, async ({ got, float32, float64 }) => {
    const [values, reference] = await Promise.all([valuesOf(got), valuesOf(float64)]);
    const { loss, rows } = judgeStep(new Map(Object.entries(values)), referenceOf(step, "chunked"), step.sizes);
    const gradient = (r: CheckRow) => got.plan.tensors.get(r.name)?.role === "gradient";
    const gradients = rows.filter(gradient);
    const off = gradients.filter((r) => !r.approximate).map((r) => r.name);
    const ok = off.length === 0;
    const twins = await float32.download(off);
    // If the weights have diverged, no operation is to blame.
    const operations =
      ok || !Number.isFinite(loss) ? [] : got.plan.calls.map((_, i) => judgeOperation(got.plan, i, values));
    return {
      at: step.at,
      machine: machine.name,
      backend: machine.backend,
      sizes: step.sizes,
      loss,
      ok,
      gradients,
      forward: rows.filter((r) => !gradient(r)),
      graph: stepGraph(stepPlan(step.sizes, "chunked")),
      rounding: off.every((name) => isRounding(errorsOf(values[name], twins[name], reference[name]))),
      culprit: operations.find((r) => !(r.used <= 1)),
    };
  });

/**
 * One tensor of a step on this machine. The `step` of the last board is not run again.
 * @throws RangeError if the step has no tensor of this name
 */
export const inspectTensor = (machine: Machine, step: StepAt, name: string): Promise<Inspection> =>
  useRuns(machine, step, async (runs) => {
    const { plan } = runs.got;
    const graph = stepGraph(plan);
    if (!graph.nodes.some((n) => n.name === name))
      throw new RangeError(`the step has no tensor ${quote(name)}`);
    const { shape, role, type } = plan.tensors.get(name)!;
    const [got, float32, float64] = await Promise.all(
      [runs.got, runs.float32, runs.float64].map(async (e) => (await e.download([name]))[name]),
    );
    const want = roundOnce(float64);
    return {
      name,
      at: step.at,
      backend: machine.backend,
      shape,
      role,
      type,
      got,
      want,
      float64,
      float32,
      row: judgeStep(new Map([[name, got]]), referenceOf(step, "chunked"), step.sizes).rows[0],
      ulps: summariseUlps(got, want),
      errors: errorsOf(got, float32, float64),
      making: await makingOf(runs.got, graph.edges, name, machine.target),
    };
  });

async function makingOf(
  executable: Runs["got"],
  edges: readonly GraphEdge[],
  name: string,
  target: Target,
): Promise<Making | undefined> {
  const { plan } = executable;
  const source = edges.find((e) => e.to === name && e.op === "view")?.from ?? name;
  const index = plan.calls.findIndex((c) =>
    Object.entries(c.op.bindings).some(([formal, b]) => b.access !== "read" && c.args[formal] === source),
  );
  if (index < 0) return undefined;
  const { op, args, dims } = plan.calls[index];
  const values = await executable.download(Object.values(args));
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
    report: judgeOperation(plan, index, values),
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
