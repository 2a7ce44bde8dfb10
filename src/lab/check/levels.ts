/** What a level of fusion judges: its operations, the kernels that run them, and the lines of the notebook that each replaces. */
import { chunked } from "../../model/notebook.ts";
import { type AnyPath, stepPlan } from "../../model/plans.ts";
import { isParameter, type Sizes } from "../../model/tensors.ts";
import { type Kernel, type Op, RUNGS, type Rung } from "../../plan/contract.ts";
import type { BoundCall, Plan } from "../../plan/plan.ts";
import { kernelSource } from "../../plan/source.ts";
import type { Target } from "../../plan/target.ts";
import { rowsOf } from "../../train/check.ts";
import { type StepGraph, stepGraph } from "./graph.ts";

/** One dispatch of an operation. */
export interface KernelText {
  readonly pass: string;
  readonly grid: readonly number[];
  readonly invocations: number;
  /** The module as a device gets it. */
  readonly wgsl: string;
}

/** An operation's kernels, as far as it has them: `plain` is written to be read, `fast` for speed on a device. */
export type KernelTexts = Readonly<Partial<Record<Rung, readonly KernelText[]>>>;

/** An operation of the level, and the rung of the kernels that a device runs for it. */
export interface Operation {
  readonly op: string;
  readonly rung: Rung;
  /** The tensors that it makes. */
  readonly makes: readonly string[];
}

/** An operation of the chunked step that a fused one does as well. */
export interface Replaced {
  readonly op: string;
  readonly makes: readonly string[];
  readonly kernels: readonly KernelText[];
}

const kernelsOn = (rung: Rung, { op, dims }: BoundCall, target: Target): readonly Kernel[] | undefined =>
  rung === "plain" ? op.plain?.(dims) : op.fast?.(dims, target);

/** The kernels of a call, on this device. */
export function kernelTexts(c: BoundCall, target: Target): KernelTexts {
  const text = (k: Kernel): KernelText => ({
    pass: k.pass,
    grid: k.grid,
    invocations: k.invocations,
    wgsl: kernelSource(c.op, c.dims, k),
  });
  return Object.fromEntries(RUNGS.map((rung) => [rung, kernelsOn(rung, c, target)?.map(text)]));
}

/** The rung whose kernels a plan runs for a call: its own, or the other one if the operation has none on it. */
export function rungOf({ rung }: Plan, c: BoundCall, target: Target): Rung {
  const other = rung === "plain" ? "fast" : "plain";
  return kernelsOn(rung, c, target) ? rung : other;
}

export const operationsOf = (plan: Plan, target: Target): Operation[] =>
  plan.calls.map((c) => ({ op: c.op.name, rung: rungOf(plan, c, target), makes: writtenBy(plan, c) }));

/** The tensors that a call makes, by the names that have a value at this level. */
function writtenBy(plan: Plan, { op, args }: BoundCall): string[] {
  const written = namesOf(op, args, false);
  return written.includes("parameters") ? rowsOf(plan) : written;
}

const namesOf = (op: Op, args: BoundCall["args"], read: boolean): string[] =>
  Object.entries(op.bindings)
    .filter(([, b]) => (b.access === "read") === read)
    .map(([formal]) => args[formal]);

/**
 * The operations of the chunked step that a call takes the place of, in order: those between what it reads and what it writes. None if it is
 * one of them itself.
 */
export function replacedBy({ op, args }: BoundCall, sizes: Sizes, target: Target): Replaced[] {
  const made = (name: string) => chunked.findIndex((c) => namesOf(c.op, c.args, false).includes(name));
  const from = Math.max(...namesOf(op, args, true).map(made));
  const wanted = new Set(namesOf(op, args, false));
  const found = new Set<number>();
  for (let i = chunked.length - 1; i > from; i--) {
    const c = chunked[i];
    if (!namesOf(c.op, c.args, false).some((name) => wanted.has(name))) continue;
    found.add(i);
    for (const name of namesOf(c.op, c.args, true)) wanted.add(name);
  }
  if (found.size < 2) return [];
  const { calls } = stepPlan(sizes, "chunked", { update: false });
  return [...found]
    .sort((a, b) => a - b)
    .map((i) => ({
      op: calls[i].op.name,
      makes: namesOf(calls[i].op, calls[i].args, false),
      kernels: kernelTexts(calls[i], target).plain ?? [],
    }));
}

/** The graph of a level; that of the whole step's one kernel has nothing between what it is given and what it makes. */
export function levelGraph(sizes: Sizes, level: AnyPath): StepGraph {
  const plan = stepPlan(sizes, level);
  if (level !== "single") return stepGraph(plan);
  const judged = stepPlan(sizes, level, { update: false });
  const shapes = stepPlan(sizes, "fused", { update: false }).tensors;
  const given = [...judged.tensors.keys()].filter(
    (name) => name === "Xb" || name === "Yb" || isParameter(name),
  );
  const made = rowsOf(judged);
  const op = judged.calls[0].op.name;
  return {
    nodes: [
      ...given.map((name) => ({ name, role: shapes.get(name)!.role, shape: shapes.get(name)!.shape })),
      ...made.map((name) => ({
        name,
        role: shapes.get(name)!.role,
        shape: shapes.get(name)!.shape,
        position: 1,
      })),
    ],
    edges: made.flatMap((to) => given.map((from) => ({ from, to, op }))),
    updates: given
      .filter(isParameter)
      .map((parameter) => ({ parameter, gradient: `d${parameter}`, math: plan.calls[0].op.math })),
    calls: 1,
  };
}
