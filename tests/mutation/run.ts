/** Runs the judge of the kernel tests on mutants. */
import { judge } from "../support/kernels.ts";
import type { Mutant } from "./mutants.ts";

/**
 * `invalid`: it does not compile, so nobody could have shipped it. `hung`: it did not end, and its process was killed.
 * `crashed`: it crashed the process.
 */
export type Outcome = "killed" | "survived" | "invalid" | "hung" | "crashed";

export interface Result {
  readonly id: string;
  readonly outcome: Outcome;
  /** The tensor that was wrong. */
  readonly tensor?: string;
  /** The judge's line. */
  readonly message?: string;
}

/** The first verdict against the mutant, if there is any. */
export async function tryMutant(
  device: GPUDevice,
  { id, mutated }: Pick<Mutant, "id" | "mutated">,
): Promise<Result> {
  for await (const { ok, tensor, message } of judge(device, mutated)) {
    if (ok) continue;
    return { id, outcome: tensor ? "killed" : "invalid", tensor, message: message.split("\n")[0] };
  }
  return { id, outcome: "survived" };
}
