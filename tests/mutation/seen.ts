/** What a test asks of a mistake picked by hand. */
import { expect } from "vitest";
import type { Mutant } from "./mutants.ts";
import { tryMutant } from "./run.ts";

/** The judge names the operation, the rung and a tensor that came out wrong. */
export async function expectSeen(device: GPUDevice, mutant: Mutant): Promise<void> {
  const { op, rung } = mutant;
  const { outcome, tensor, message } = await tryMutant(device, mutant);
  expect({ outcome, tensor }).toEqual({ outcome: "killed", tensor: expect.any(String) });
  expect(Object.keys(op.bindings)).toContain(tensor);
  expect(message).toContain(`${op.name} (${rung}, `);
  expect(message).toContain(tensor);
}

/** The picked mutants as rows of a table of tests. */
export const titled = (mutants: readonly Mutant[]) =>
  mutants.map((mutant) => ({ op: mutant.op.name, rung: mutant.rung, mistake: mutant.operator, mutant }));
