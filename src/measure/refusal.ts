/** Tells whether an error means that a size does not fit, in which case the benchmark goes on without it. */
import { LimitError } from "../gpu/limits.ts";
import { PlanError } from "../plan/plan.ts";

/** The reason in a line, or nothing if the program is at fault. */
export const refusal = (error: unknown): string | undefined =>
  error instanceof LimitError || error instanceof PlanError || error instanceof RangeError
    ? error.message
    : undefined;
