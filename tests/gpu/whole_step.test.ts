/** The whole step's kernels against their CPU twin, which replays the fused plan. At night `kernels.nightly.ts` judges it with each optimiser. */
import { gradients, STEPS } from "../../src/model/single/step.ts";
import { describeKernels } from "../support/kernel_suite.ts";

describeKernels("the whole step", [STEPS.sgd, gradients], "case");
