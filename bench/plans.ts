/** The plan of every path that `train` can take. */
import { type AnyPath, singlePlan, stepPlan, whyNotSingle } from "../src/model/plans.ts";
import type { Sizes } from "../src/model/tensors.ts";
import { type Plan, PlanError } from "../src/plan/plan.ts";

export { ALL_PATHS, type AnyPath } from "../src/model/plans.ts";

/** @throws PlanError where the path does not exist at these sizes */
export function pathPlan(s: Sizes, path: AnyPath): Plan {
  if (path !== "single") return stepPlan(s, path);
  const why = whyNotSingle(s);
  if (why !== undefined) throw new PlanError(why);
  return singlePlan(s);
}
