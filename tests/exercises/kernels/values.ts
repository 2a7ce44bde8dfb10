/** The cases of a kernel exercise with their inputs, and what its twins make of them. */
import { requireKernel } from "../../../src/exercises/kernels/refused.ts";
import { scan } from "../../../src/exercises/kernels/scan.ts";
import type {
  KernelCase,
  KernelMistake,
  KernelTask,
  WorkgroupSize,
} from "../../../src/exercises/kernels/types.ts";
import { drawInputs } from "../../../src/gpu/selftest.ts";
import { type AnyArray, elements } from "../../../src/plan/contract.ts";

export type Values = Readonly<Record<string, AnyArray>>;

export interface Posed extends KernelCase {
  readonly size: WorkgroupSize;
  readonly inputs: Values;
}

export const sizeOf = (text: string): WorkgroupSize => requireKernel(scan(text));

/** @param seed of the inputs that are drawn */
export const posedCases = (task: KernelTask, size: WorkgroupSize, seed = 1): Posed[] =>
  task.cases(size).map((one, i) => {
    const given = one.inputs ?? {};
    const drawn = drawInputs(task.computation, one.dims, seed + i, given);
    return { ...one, size, inputs: { ...given, ...drawn } };
  });

/** What a twin leaves in what the kernel writes or updates, in float64. */
export function leftBy(
  { computation: { bindings } }: KernelTask,
  twin: KernelMistake["twin"],
  { dims, size, inputs }: Pick<Posed, "dims" | "size" | "inputs">,
): Values {
  const args = Object.fromEntries(
    Object.entries(bindings).map(([name, b]): [string, AnyArray] => {
      const array = b.type === "u32" ? Uint32Array : Float64Array;
      return [name, inputs[name] ? new array(inputs[name]) : new array(elements(b, dims))];
    }),
  );
  twin(args as Parameters<KernelMistake["twin"]>[0], dims, size);
  return Object.fromEntries(Object.entries(args).filter(([name]) => bindings[name].access !== "read"));
}

export const right = (task: KernelTask, posed: Posed): Values => leftBy(task, task.computation.twin, posed);
