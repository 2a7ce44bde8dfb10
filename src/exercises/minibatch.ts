/**
 * The notebook's first minibatch, as `check` has it: the bundled words, the default seed. It stands here as numbers, so that judging lines
 * needs neither the list of words nor its shuffle.
 */

import type { Sizes } from "../model/tensors.ts";

/** The notebook's sizes at hidden 64. */
export const NOTEBOOK_SIZES: Sizes = { vocabulary: 27, context: 3, embedding: 10, hidden: 64, batch: 32 };

/** (32,3) */
export const FIRST_XB: readonly number[] = [
  0, 0, 0, 10, 5, 14, 0, 2, 18, 0, 14, 15, 0, 0, 18, 0, 0, 11, 0, 0, 23, 0, 0, 3, 0, 0, 16, 1, 25, 12, 5, 13,
  13, 0, 0, 0, 3, 1, 19, 25, 19, 25, 12, 15, 14, 14, 19, 8, 3, 5, 5, 0, 0, 8, 25, 12, 9, 0, 0, 0, 0, 6, 1, 0,
  0, 0, 19, 1, 14, 0, 12, 5, 2, 18, 5, 0, 0, 1, 1, 12, 5, 0, 0, 0, 11, 1, 22, 0, 12, 5, 4, 5, 19, 8, 15, 4,
];

/** (32) */
export const FIRST_YB: readonly number[] = [
  13, 14, 5, 21, 1, 1, 8, 8, 18, 5, 9, 10, 19, 14, 9, 0, 0, 15, 14, 15, 18, 11, 0, 9, 14, 19, 5, 1, 1, 7, 20,
  5,
];
