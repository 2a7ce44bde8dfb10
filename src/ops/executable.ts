/** What a compiled plan offers, whatever runs it. Implemented by `cpu` and by `gpu`. */
import type { AnyArray, Target } from "./contract.ts";
import { type Plan, size } from "./plan.ts";

/** One step's inputs, by tensor name: write into the arrays in place. */
export type StepInputs = Readonly<Record<string, AnyArray>>;

export interface Executable {
  readonly plan: Plan;
  /** How many steps one {@link run} may hold. */
  readonly capacity: number;
  /** Dispatches of one step; 0 on the CPU. */
  readonly dispatches: number;
  /** Overwrites a parameter or state tensor. Values are converted to the tensor's element type. */
  upload(name: string, values: ArrayLike<number>): void;
  /** Copies of tensors, as they stand after all steps run so far. */
  download(names: readonly string[]): Promise<Record<string, AnyArray>>;
  /**
   * Runs `steps` consecutive steps in one go. `fill` is called once per step, in order, with arrays to write the
   * step's inputs into. Resolves with every output, the steps' values one after another, and with copies of the tensors
   * `keep` as they stand after the last step: parameters or state, which come in the same go.
   */
  run(
    steps: number,
    fill: (inputs: StepInputs, step: number) => void,
    keep?: readonly string[],
  ): Promise<Record<string, AnyArray>>;
  close(): void;
}

/** Something that compiles plans: a WebGPU device or the CPU reference. */
export type MachineKind = "hardware" | "software" | "cpu";

export interface Machine {
  readonly backend: "gpu" | "cpu";
  /** `software` is a processor that emulates a GPU. */
  readonly kind: MachineKind;
  /** What its kernels are written for. */
  readonly target: Target;
  /** The adapter's name, or what the CPU reference computes in. */
  readonly name: string;
  /** Compiles once; throws one clear line, before anything is allocated, when a size does not fit. */
  compile(plan: Plan): Promise<Executable>;
  /**
   * Does `work`; and, where the machine can open its device anew, does it again from its beginning if the device was lost
   * meanwhile. So it compiles what it runs on, and leaves nothing half done when it throws.
   */
  survive<T>(work: () => Promise<T>): Promise<T>;
  close(): void;
}

/**
 * Compiles a plan, does `work` with it and lets go of it; all of it again if the device is lost meanwhile, so `work` begins by
 * uploading whatever it needs.
 */
export const withPlan = <T>(
  machine: Machine,
  plan: Plan,
  work: (executable: Executable) => Promise<T>,
): Promise<T> =>
  machine.survive(async () => {
    const executable = await machine.compile(plan);
    try {
      return await work(executable);
    } finally {
      executable.close();
    }
  });

/** @throws RangeError unless there is a value for every element: one too many would land in the next tensor */
export function checkLength(name: string, elements: number, values: ArrayLike<number>): void {
  if (values.length !== elements)
    throw new RangeError(`${name} has ${elements} elements, but ${values.length} values were given`);
}

/** @throws RangeError unless one run of the executable can hold so many steps */
export function checkSteps({ plan, capacity }: Executable, steps: number): void {
  if (!Number.isInteger(steps) || steps < 1 || steps > capacity)
    throw new RangeError(`one run holds 1 to ${capacity} steps of plan ${plan.name}, not ${steps}`);
}

/** Sizes that do not fit into memory: one line with the bytes, what is free, and the remedy. */
export class MemoryError extends RangeError {
  override name = "MemoryError";
}

/** Bytes that a page, which cannot ask, takes for free: more than any browser gives one. */
const UNKNOWN = 2 ** 32;

/**
 * Asked before anything is allocated, since systems promise more than they have and end the process that uses it.
 * @throws MemoryError
 */
export function requireMemory(what: string, bytes: number): void {
  const free = typeof process === "undefined" ? UNKNOWN : (process.availableMemory?.() ?? UNKNOWN);
  if (bytes <= free) return;
  const count = (n: number) => n.toLocaleString("en-US");
  throw new MemoryError(
    `${what} needs ${count(bytes)} bytes of memory, and ${count(free)} are free: use a smaller hidden size, batch, embedding or context`,
  );
}

/** {@link requireMemory} of all of a plan's tensors. */
export const requireMemoryOf = (plan: Plan, bytesPerElement: number): void =>
  requireMemory(
    `plan ${plan.name}`,
    [...plan.tensors.values()].reduce((sum, t) => sum + (t.view ? 0 : bytesPerElement * size(t)), 0),
  );

/** Steps that fit one run: rings stay below 4 MiB, and 4,096 steps are plenty. */
export function ringCapacity(plan: Plan, stride: (elements: number) => number): number {
  let widest = 4;
  for (const t of plan.tensors.values())
    if (t.role === "input" || t.role === "output")
      widest = Math.max(widest, stride(t.shape.reduce((n, s) => n * s, 1)));
  return Math.max(1, Math.min(4096, Math.floor(2 ** 22 / widest)));
}
