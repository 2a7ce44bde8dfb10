/** The whole step's plan: exercise 4 at speed, for networks that one workgroup holds. What small networks train with, alone or many at once. */
import { callByName, type Plan } from "../../plan/plan.ts";
import type { UpdateRule } from "../optimizers.ts";
import { plan } from "../plan.ts";
import { type Sizes, symbols } from "../tensors.ts";
import { gradients, STEPS } from "./step.ts";

/** Most steps that one dispatch runs. */
export const STEPS_PER_DISPATCH = 64;
/** Fewest for which a dispatch can hold: it fetches the weights and writes them back, which costs a few percent of a step. */
const FEWEST_STEPS = 8;

/** The more networks, the longer a step takes, and the fewer of them are uploaded for one dispatch. */
const stepsFor = (networks: number): number =>
  Math.max(FEWEST_STEPS, Math.floor(STEPS_PER_DISPATCH / networks));

/**
 * Up to {@link STEPS_PER_DISPATCH} steps in one dispatch; without an update one step, whose gradients take the parameters' places.
 * @param networks how many of these sizes, each with its own inputs, weights and losses
 */
export function singlePlan(s: Sizes, update: UpdateRule | false, networks = 1): Plan {
  const call = callByName(update ? STEPS[update] : gradients, { tokens: "Xb", targets: "Yb" });
  return plan("single", s, [{ ...call, sizes: symbols(s) }], {
    steps: stepsFor(networks),
    networks,
    ...(update ? { update } : { gradients: "parameters" }),
  });
}
