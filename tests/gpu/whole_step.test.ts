/** The whole step's kernels against their CPU twin, which replays the fused plan. `kernels.nightly.ts` has more of them. */
import { gradients, STEPS } from "../../src/model/single/step.ts";
import { describeKernels } from "../support/kernel_suite.ts";

describeKernels("the whole step", [...Object.values(STEPS), gradients], "case");
