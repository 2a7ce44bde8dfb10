/** Bugs that are planted by rule, a few of each kernel's. */
import { expect } from "vitest";
import { registry } from "../../src/model/registry.ts";
import type { Op, Rung } from "../../src/plan/contract.ts";
import { mutantsOf, sample } from "./mutants.ts";
import { tryMutant } from "./run.ts";
import { explanations, keyOf } from "./survivors.ts";

export const isWholeStep = ({ name }: Op): boolean => name.startsWith("train_step.");

/** All operations that have a kernel of this rung, but for the whole step. */
export const operations = (rung: Rung): { name: string; op: Op }[] =>
  registry.filter((op) => !isWholeStep(op) && op[rung]).map((op) => ({ name: op.name, op }));

/** Only mistakes that cannot make a loop endless, because these run in the tests' own process. */
const HARMLESS = /^(sign flipped|term dropped|= for \+=|index transposed)$/;

const explained = (key: string): boolean =>
  explanations.some((e) => e.of.some((pattern) => pattern.test(key)));

export async function expectGenericSeen(device: GPUDevice, op: Op, rung: Rung, count: number): Promise<void> {
  const mutants = mutantsOf(op).filter(
    (m) => m.rung === rung && HARMLESS.test(m.operator) && !/\bfor\b/.test(m.line) && !explained(keyOf(m)),
  );
  for (const mutant of sample(mutants, count))
    expect(await tryMutant(device, mutant), mutant.id).toMatchObject({ outcome: "killed" });
}
