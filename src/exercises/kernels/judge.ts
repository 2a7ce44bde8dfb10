/** The verdict on a learner's kernel, for an exercise of the catalogue. */
import { KERNEL_TASKS } from "./catalogue.ts";
import type { KernelReport } from "./report.ts";
import type { KernelTask } from "./types.ts";
import { judgeKernel } from "./verdict.ts";

export interface KernelOptions {
  /** The exercise: an operation such as `batchnorm.backward`, or `repair.race`. */
  readonly op: string;
  /** Runs nothing but this. It is the caller's, who gives one that may be lost. */
  readonly device: GPUDevice;
  /** Milliseconds for the verdict, by default a little less than three seconds. More where the device shares a processor with others. */
  readonly longest?: number;
}

/**
 * Judges a kernel in WGSL: a `main` for one dispatch. Bindings and sizes stand in front of it.
 * @throws Error if there is no such exercise
 */
export async function gradeKernel(
  text: string,
  { op, device, longest }: KernelOptions,
): Promise<KernelReport> {
  return (await judgeKernel(text, kernelTask(op), device, longest)).report;
}

/** @throws Error if there is no such exercise */
export function kernelTask(name: string): KernelTask {
  const task = KERNEL_TASKS.find((t) => t.name === name);
  if (task) return task;
  const names = KERNEL_TASKS.map((t) => t.name).join(", ");
  throw new Error(`there is no kernel exercise ${JSON.stringify(name.slice(0, 60))}: use one of ${names}`);
}
