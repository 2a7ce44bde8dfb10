/**
 * Operands that the invocations of a subgroup read together and hand round, so that each value is read once. It pays on software devices,
 * where a load is a loop over the subgroup's invocations and takes as long as ten multiplications.
 */
import { plus } from "../text.ts";

/** WGSL of the value that invocation `from` of the subgroup has, by what is fastest: `quadBroadcast` on SwiftShader, a shuffle, which is one instruction, on lavapipe. */
export const broadcast = (value: string, from: number, lanes: number): string =>
  `${lanes === 4 ? "quadBroadcast" : "subgroupShuffle"}(${value}, ${from}u)`;

/** A run of vec4s that all invocations of a subgroup need. */
export interface Operand {
  /** WGSL that reads it: each invocation its part. */
  readonly load: string;
  /** WGSL of its vec4 number `quad`. */
  quad(quad: number): string;
}

/**
 * @param lanes invocations that share the reading: the device's subgroup size, or 1: then each reads all of it. Invocations whose
 *   local_invocation_index has the same quotient by `lanes` are a subgroup, in order; its remainder is `lane` in the text.
 * @param at WGSL of the vec4 at an index, itself WGSL; the same run for all invocations of a subgroup
 */
export function operand(name: string, quads: number, lanes: number, at: (quad: string) => string): Operand {
  const index = (i: number): string => {
    if (lanes === 1) return `${i}u`;
    const quad = plus("lane", i * lanes);
    return (i + 1) * lanes > quads ? `min(${quad}, ${quads - 1}u)` : quad;
  };
  const loads = Array.from(
    { length: Math.ceil(quads / lanes) },
    (_, i) => `let ${name}${i} = ${at(index(i))};`,
  );
  return {
    load: loads.join("\n"),
    quad: (quad) =>
      lanes === 1 ? `${name}${quad}` : broadcast(`${name}${Math.floor(quad / lanes)}`, quad % lanes, lanes),
  };
}

/**
 * A loop of at least one trip. It asks at its end whether to go on: software devices take a `for` loop's body once more, with every invocation
 * masked off, before they see that it has ended. Where a loop carries many registers round, a `for` is faster all the same on lavapipe.
 */
export const repeat = (i: string, start: string, end: string, step: number, body: string): string => `
  var ${i} = ${start};
  loop {
${body}
    continuing { ${i} += ${step}u; break if ${i} >= ${end} * one; }
  }`;
