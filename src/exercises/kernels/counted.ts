/** A learner's text as a kernel that ends: with its loops counted, and the workgroups that its exercise gives it. */
import type { Dims, Grid, Kernel } from "../../plan/contract.ts";
import { instrument, type Options } from "./instrument.ts";
import type { Loop, Scan } from "./scan.ts";
import type { KernelTask, WorkgroupSize } from "./types.ts";
import { invocationsOf } from "./workgroup_size.ts";

export interface Learned {
  readonly scan: Scan;
  readonly task: KernelTask;
  readonly size: WorkgroupSize;
}

export interface CountedOptions extends Omit<Options, "limit" | "taken"> {
  readonly grid?: Grid;
}

export interface Counted {
  /** Without its flags, which need a buffer: as scratch, or as a tensor. */
  readonly kernel: Kernel;
  /** The loops, in the order of their flags. */
  readonly loops: readonly Loop[];
  /** The name of the buffer of flags. */
  readonly flags: string;
}

export function counted(
  { scan, task, size }: Learned,
  dims: Dims,
  { grid, ...options }: CountedOptions,
): Counted {
  const { code, loops, flags } = instrument(scan, {
    ...options,
    limit: roundsOf(dims),
    taken: [...Object.keys(task.computation.bindings), ...Object.keys(dims)],
  });
  const kernel: Kernel = {
    pass: "",
    code,
    grid: grid ?? task.grid.of(dims, size),
    invocations: invocationsOf(size),
    verbatim: true,
  };
  return { kernel, loops, flags };
}

/** More rounds than any loop has in which one invocation does all the work alone. */
export const roundsOf = (dims: Dims): number =>
  2 * Object.values(dims).reduce((product, n) => product * n, 1) + 1000;

/** Of a loop that did not end. */
const ONE = 1;

/** The first loop that did not end, by what the flags hold. */
export const endlessLoop = (loops: readonly Loop[], flags: ArrayLike<number>): Loop | undefined =>
  loops.find((_, k) => flags[k] === ONE);
