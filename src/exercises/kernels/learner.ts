/** A step with a learner's kernel in it, compiled: its loops are counted there too, since one may end at the cases' sizes and not at these. */
import { KernelError } from "../../gpu/pipelines.ts";
import type { Sizes } from "../../model/tensors.ts";
import { type Dims, type Op, update } from "../../plan/contract.ts";
import type { Executable } from "../../plan/executable.ts";
import type { Machine } from "../../plan/machine.ts";
import type { BoundCall, Tensor } from "../../plan/plan.ts";
import { operationOf, refusal } from "./compile.ts";
import { counted, endlessLoop, type Learned } from "./counted.ts";
import { planWith } from "./plan.ts";
import type { Loop } from "./scan.ts";

export interface Learner {
  readonly kernel: Learned;
  readonly executable: Executable;
  /** The calls that are the learner's, in their order, with the exercise's own bindings. */
  readonly calls: readonly BoundCall[];
  /** The tensor that tells which loops did not end; absent if there are none. */
  readonly flags?: string;
  endless(flags: ArrayLike<number>): Loop | undefined;
}

/** @throws TextError if the text does not compile for the network's sizes */
export async function learner(machine: Machine, sizes: Sizes, kernel: Learned): Promise<Learner> {
  try {
    return await compiled(machine, sizes, kernel, false);
  } catch (error) {
    if (!(error instanceof KernelError)) throw error;
    // A pointer to a counter can make a barrier's condition one that the compiler does not see through.
    try {
      return await compiled(machine, sizes, kernel, true);
    } catch {
      throw refusal(error, kernel.scan.text);
    }
  }
}

async function compiled(machine: Machine, s: Sizes, kernel: Learned, apart: boolean): Promise<Learner> {
  const { task } = kernel;
  const asked = operationOf(task);
  const { flags, loops } = counted(kernel, {}, { guard: 0 });
  // What the tensor of flags has for a size stands in front of the text too, so it has a name that the text does not use.
  const symbol = `${flags}_count`;
  const own = ({ [symbol]: _, ...dims }: Dims): Dims => dims;
  const plain = (dims: Dims) => [counted(kernel, own(dims), { guard: 0, apart }).kernel];
  const hasLoops = loops.length > 0;
  const op: Op = {
    ...asked,
    bindings: { ...asked.bindings, ...(hasLoops ? { [flags]: update(symbol) } : {}) },
    plain,
  };
  const tensor: Tensor = {
    name: flags,
    shape: [loops.length],
    symbols: [symbol],
    type: "f32",
    role: "state",
  };
  const executable = await machine.compile(planWith(s, task.op, op, hasLoops ? tensor : undefined));
  const calls = executable.plan.calls
    .filter((c) => c.op === op)
    .map(({ args, dims }) => ({ op: asked, args, dims: own(dims) }));
  return {
    kernel,
    executable,
    calls,
    ...(hasLoops ? { flags } : {}),
    endless: (values) => endlessLoop(loops, values),
  };
}
