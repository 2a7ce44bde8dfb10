/**
 * The arena: one buffer in which all parameters lie end to end, and likewise their gradients and whatever an optimiser keeps for each of
 * them. So an update is one dispatch, and one binding brings all parameters into a kernel.
 */
import type { FloatArray } from "../plan/contract.ts";
import { elementCount, PARAMETERS, type ParameterName, type Parameters, type Sizes } from "./tensors.ts";

/** Parameters start on multiples of 256 bytes, the coarsest alignment a device may require of a binding. */
const ALIGN = 64;

/** Where each parameter begins, in floats, and the arena's length. The padding between them stays zero. */
export interface Arena {
  readonly offsets: Readonly<Record<ParameterName, number>>;
  readonly length: number;
}

export function arena(s: Sizes): Arena {
  const offsets = {} as Record<ParameterName, number>;
  let length = 0;
  for (const name of PARAMETERS) {
    offsets[name] = length;
    length += Math.ceil(elementCount(name, s) / ALIGN) * ALIGN;
  }
  return { offsets, length };
}

/** The parameters as windows into an arena. */
export function windows<A extends FloatArray>(s: Sizes, values: A): Readonly<Record<ParameterName, A>> {
  const { offsets } = arena(s);
  const part = (name: ParameterName) =>
    values.subarray(offsets[name], offsets[name] + elementCount(name, s)) as A;
  return Object.fromEntries(PARAMETERS.map((n) => [n, part(n)])) as Record<ParameterName, A>;
}

/** The parameters in a copy of an arena, whose memory they keep. */
export const partsOf = (s: Sizes, values: FloatArray): Parameters =>
  windows(s, values instanceof Float32Array ? values : Float32Array.from(values));
