/** The whole step's plan: exercise 4 at speed, for networks that one workgroup holds. What small networks train with, alone or many at once. */
import { PHASES } from "../../../shaders/single/layout.ts";
import { bindPlan, callByName, type Plan, size } from "../../plan/plan.ts";
import { coefficientCount, type UpdateRule } from "../optimizers.ts";
import { plan } from "../plan.ts";
import { type Sizes, symbols } from "../tensors.ts";
import { gradients, phasedStep, STEPS } from "./step.ts";

/** Most steps that one dispatch runs. */
export const STEPS_PER_DISPATCH = 64;
/** Fewest that a dispatch of many networks can hold: it starts their workgroups, fetches their weights and writes them back. */
const FEWEST_STEPS = 8;
/** Network-steps of a dispatch: their inputs are uploaded together, also if it runs fewer. */
const NETWORK_STEPS = 4096;

const stepsFor = (networks: number): number =>
  Math.min(STEPS_PER_DISPATCH, Math.max(FEWEST_STEPS, Math.floor(NETWORK_STEPS / networks)));

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

/** One network's {@link singlePlan} with `phasedStep`. */
export function phasedPlan(s: Sizes, update: UpdateRule): Plan {
  const { tensors, calls, sizeNames } = singlePlan(s, update);
  const { args, sizes } = calls[0];
  const longer = [...tensors.values()].map((t) =>
    t.name === "coefficients" ? { ...t, shape: [size(t) + PHASES.length], symbols: ["L"] } : t,
  );
  const call = { op: phasedStep(update), args, sizes: { ...sizes, Q: coefficientCount(update) } };
  return bindPlan("single in phases", longer, [call], { sizeNames });
}
