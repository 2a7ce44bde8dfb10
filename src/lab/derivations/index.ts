/** All derivations, by exercise and gradient. */
import { atOnce } from "./at_once.ts";
import { batchnorm } from "./batchnorm.ts";
import { firstLayer } from "./first_layer.ts";
import { loss } from "./loss.ts";
import { secondLayer } from "./second_layer.ts";
import type { Derivation } from "./types.ts";

const { dlogits, dhprebn } = atOnce;

/** The notebook's exercises that ask for derivations; the fourth asks for all of the first once more. */
export type Exercise = 1 | 2 | 3;

export const DERIVATIONS: Readonly<Record<Exercise, Readonly<Record<string, Derivation>>>> = {
  1: { ...loss, ...secondLayer, ...batchnorm, ...firstLayer },
  2: { dlogits },
  3: { dhprebn },
};
