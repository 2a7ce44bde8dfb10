/** Runs the judge of the kernel tests on mutants. */
import type { Op, Rung } from "../../src/plan/contract.ts";
import { judge } from "../support/kernels.ts";
import { type Mutant, remembered } from "./mutants.ts";

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

/** An operation without its other rung, which has no mistake in it; but where it has nothing on this one, there is the other. */
const alone = (op: Op, rung: Rung): Op =>
  rung === "plain"
    ? { ...op, fast: undefined }
    : { ...op, plain: undefined, fast: (d, target) => op.fast!(d, target) ?? op.plain?.(d) };

/** The first verdict against the mutant, if there is any. Where the mistake does not occur, the kernels are known to be right. */
export async function tryMutant(
  device: GPUDevice,
  { id, op, rung, mutated }: Pick<Mutant, "id" | "op" | "rung" | "mutated">,
): Promise<Result> {
  const verdicts = judge(device, alone(mutated, rung), "all", alone(remembered(op), rung));
  for await (const { ok, tensor, message } of verdicts) {
    if (ok) continue;
    return { id, outcome: tensor ? "killed" : "invalid", tensor, message: message.split("\n")[0] };
  }
  return { id, outcome: "survived" };
}
