/** All exercises: the warm-up, the notebook's 26 gradients in its order, and those that take several steps at once. */
import { batchnorm } from "./tasks/batchnorm.ts";
import { exercise2 } from "./tasks/exercise2.ts";
import { exercise3 } from "./tasks/exercise3.ts";
import { firstLayer } from "./tasks/first_layer.ts";
import { fromTheLoss } from "./tasks/from_the_loss.ts";
import { linear2 } from "./tasks/linear_2.ts";
import { tanhAndGain } from "./tasks/tanh_and_gain.ts";
import { twoArrows } from "./tasks/two_arrows.ts";
import { warmUp } from "./tasks/warm_up.ts";
import type { Task } from "./types.ts";

export const TASKS: readonly Task[] = [
  ...warmUp,
  ...fromTheLoss,
  ...twoArrows,
  ...linear2,
  ...tanhAndGain,
  ...batchnorm,
  ...firstLayer,
  ...exercise2,
  ...exercise3,
];
