/** Which errors say that a size does not fit, so that the benchmark goes on without it. */
import { LimitError } from "../src/gpu/limits.ts";
import { PlanError } from "../src/plan/plan.ts";

/** The reason in a line, or nothing if the error is a fault of the program. */
export const refusal = (error: unknown): string | undefined =>
  error instanceof LimitError || error instanceof PlanError || error instanceof RangeError
    ? error.message
    : undefined;
