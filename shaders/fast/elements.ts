/** The text of fast kernels that take one element, or four side by side, after another. */
import { ITEMS } from "../grid.ts";
import { builtins, declareOne, linearWorkgroup } from "./common.ts";

/** How elements are spread over invocations. */
export interface Spread {
  /** Whether an item is four elements, a vec4f. */
  readonly vectorized: boolean;
  /** Items per invocation. */
  readonly each: number;
}

/** Workgroups that keep a GPU busy. Only beyond them does an invocation take several items, at most `MOST`: fewer have to be started. */
const ENOUGH_WORKGROUPS = 1024;
export const MOST = 4;

const itemsOf = (elements: number, vectorized: boolean): number => elements / (vectorized ? 4 : 1);

export function chooseSpread(elements: number, vectorized: boolean): Spread {
  const each = Math.floor(itemsOf(elements, vectorized) / (ITEMS * ENOUGH_WORKGROUPS));
  return { vectorized, each: Math.min(Math.max(each, 1), MOST) };
}

/** Workgroups for so many elements. */
export const spreadWorkgroups = (elements: number, s: Spread): number =>
  Math.ceil(itemsOf(elements, s.vectorized) / (ITEMS * s.each));

/**
 * Entry point that runs `body` for every item `i`. Neighbours in a workgroup have neighbouring items.
 * @param count WGSL of the number of elements
 * @param body WGSL without `return`
 */
export function forEach(s: Spread, count: string, body: string): string {
  const items = s.vectorized ? `(${count}) / 4u` : count;
  const first = `${linearWorkgroup} * ${ITEMS * s.each}u + local.x`;
  const loop =
    s.each === 1
      ? `let i = ${first};
if (i < ${items})`
      : `${declareOne}
let first = ${first};
for (var i = first; i < min(first + ${ITEMS * s.each}u, ${items}) * one; i += ${ITEMS}u)`;
  return `
@compute @workgroup_size(${ITEMS})
fn main(${builtins}) {
${loop} {
${body}
}
}`;
}
