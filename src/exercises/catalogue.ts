/** All exercises: the warm-up, the notebook's 26 gradients in its order, and those that take several steps at once. */
import { warmUp } from "./tasks/warm_up.ts";
import type { Task } from "./types.ts";

export const TASKS: readonly Task[] = [...warmUp];
