/** What computes: a WebGPU device or the CPU reference, behind one interface. */

import type { Executable } from "./executable.ts";
import { ClosedError } from "./life.ts";
import type { Plan } from "./plan.ts";
import type { Target } from "./target.ts";

/** `software` is a processor that emulates a GPU, `cpu` the CPU reference. */
export type MachineKind = "hardware" | "software" | "cpu";

/** Something that compiles plans. */
export interface Machine {
  readonly backend: "gpu" | "cpu";
  readonly kind: MachineKind;
  /** What its kernels are written for. */
  readonly target: Target;
  /** The adapter's name, or what the CPU reference computes in. */
  readonly name: string;
  /** Compiles once; throws one clear line, before anything is allocated, when a size does not fit. */
  compile(plan: Plan): Promise<Executable>;
  /**
   * Does `work`. If the device is lost meanwhile and can be opened anew, does it again from the beginning: so `work` compiles
   * what it runs, and leaves nothing half done when it throws.
   */
  survive<T>(work: () => Promise<T>): Promise<T>;
  close(): void;
}

/** @throws TypeError for what is no machine, such as one that is still being opened */
export function requireMachine(machine: Machine): void {
  if (typeof machine?.compile !== "function")
    throw new TypeError(
      `the machine is ${machine instanceof Promise ? "still being opened" : "none"}; give await openMachine(), or cpuMachine()`,
    );
}

/**
 * Compiles a plan, does `work` with it and closes it; all of it again if the device is lost meanwhile, so `work` begins by
 * uploading what it needs.
 */
export async function withPlan<T>(
  machine: Machine,
  plan: Plan,
  work: (executable: Executable) => Promise<T>,
): Promise<T> {
  requireMachine(machine);
  return machine.survive(async () => {
    const executable = await machine.compile(plan);
    try {
      return await work(executable);
    } catch (error) {
      // It was closed between two runs.
      const between = error instanceof ClosedError && error.during === undefined;
      throw between ? new ClosedError(error.closed, `plan ${plan.name} ran`, { cause: error }) : error;
    } finally {
      executable.close();
    }
  });
}
