/** All kernel exercises, the easiest first. */
import { batchnormBackward } from "./tasks/batchnorm_backward.ts";
import { batchnormForward } from "./tasks/batchnorm_forward.ts";
import { crossEntropyFused } from "./tasks/cross_entropy_fused.ts";
import { embeddingBackward } from "./tasks/embedding_backward.ts";
import { embeddingGather } from "./tasks/embedding_gather.ts";
import { linearBackwardWeight } from "./tasks/linear_backward_weight.ts";
import { linearForward } from "./tasks/linear_forward.ts";
import { sumBatch } from "./tasks/reduce_sum_batch.ts";
import * as repair from "./tasks/repair.ts";
import { sgdStep } from "./tasks/sgd_step.ts";
import { tanhBackward } from "./tasks/tanh_backward.ts";
import type { KernelTask } from "./types.ts";

export const KERNEL_TASKS: readonly KernelTask[] = [
  sgdStep,
  tanhBackward,
  sumBatch,
  linearForward,
  linearBackwardWeight,
  embeddingGather,
  embeddingBackward,
  crossEntropyFused,
  batchnormForward,
  batchnormBackward,
  repair.race,
  repair.guard,
  repair.bessel,
];
