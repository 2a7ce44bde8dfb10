/** THE registry: everything that has a kernel and a CPU twin. Tests, benchmarks, `doctor` and the docs iterate over it. */
import { operations } from "../ops/index.ts";
import type { Op } from "../plan/contract.ts";
import { gradients, STEPS } from "./single/step.ts";

export const registry: readonly Op[] = [...operations, ...Object.values(STEPS), gradients];
