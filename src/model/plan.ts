/** A plan over the network's tensors. */
import { bindPlan, type Call, type Plan, storage } from "../plan/plan.ts";
import { describeTensors, type Training } from "./describe.ts";
import { type UpdateRule, updateCall } from "./optimizers.ts";
import { SIZE_NAMES, type Sizes } from "./tensors.ts";

/** A plan of these calls, with just the tensors they name, and those whose storage they use. */
export function plan(
  name: string,
  s: Sizes,
  calls: readonly Call[],
  { rung, ...training }: Partial<Training> & Partial<Pick<Plan, "rung">> = {},
): Plan {
  const all = describeTensors(s, training);
  const named = new Set(calls.flatMap((c) => Object.values(c.args)));
  const stored = new Set([...named].map((tensor) => storage(all, tensor).root.name));
  // With an arena come all its windows, so that they can be uploaded and read by name.
  const tensors = [...all.values()].filter((t) => named.has(t.name) || stored.has(t.view?.of ?? t.name));
  return bindPlan(name, tensors, calls, { rung, sizeNames: SIZE_NAMES });
}

/** A plan of one step's calls, with the update by a rule behind them, unless that is left out. */
export const planWithUpdate = (
  name: string,
  s: Sizes,
  calls: readonly Call[],
  update: UpdateRule | false,
  rung?: Plan["rung"],
): Plan =>
  update ? plan(name, s, [...calls, updateCall(update)], { update, rung }) : plan(name, s, calls, { rung });
