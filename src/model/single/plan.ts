/** The whole step's plan: exercise 4 at speed, for networks that one workgroup holds. What small networks train with. */
import { callByName, type Plan } from "../../plan/plan.ts";
import type { UpdateRule } from "../optimizers.ts";
import { plan } from "../plan.ts";
import { type Sizes, symbols } from "../tensors.ts";
import { gradients, STEPS } from "./step.ts";

/** Most steps that one dispatch runs. */
export const STEPS_PER_DISPATCH = 64;

/** Up to {@link STEPS_PER_DISPATCH} steps in one dispatch; without an update one step, whose gradients take the parameters' places. */
export function singlePlan(s: Sizes, update: UpdateRule | false): Plan {
  const call = callByName(update ? STEPS[update] : gradients, { tokens: "Xb", targets: "Yb" });
  return plan("single", s, [{ ...call, sizes: symbols(s) }], {
    steps: STEPS_PER_DISPATCH,
    ...(update ? { update } : { gradients: "parameters" }),
  });
}
