/** What gradients and sizes are called. */
import { CMP } from "../model/tensors.ts";
import type { CaseSizes } from "./types.ts";

/** What the sizes are called: by the notebook first, then by people. All of them are known to every line. */
export const SIZE_NAMES: Readonly<Record<keyof CaseSizes, readonly string[]>> = {
  n: ["n", "batch_size", "N", "B", "BATCH_SIZE"],
  vocab_size: ["vocab_size", "V"],
  n_embd: ["n_embd", "E"],
  block_size: ["block_size", "T"],
  n_hidden: ["n_hidden", "H"],
};

/** The gradients of exercise 1, in the notebook's order. */
export const GRADIENTS: readonly string[] = CMP.map((name) => `d${name}`);
