/** The text of kernels that take one element, or four side by side, after another. */
import { builtins, linearWorkgroup, opaqueOne } from "./common.ts";

/** Invocations per workgroup. */
export const LINEAR = 64;

/** How elements are shared out. */
export interface Spread {
  /** Whether an item is four elements, a vec4f. */
  readonly quads: boolean;
  /** Items that an invocation takes. */
  readonly each: number;
}

/** Workgroups that keep a GPU busy. Only beyond them an invocation takes several items, which saves starting it; at most so many. */
const ENOUGH_WORKGROUPS = 1024;
export const MOST = 4;

const itemsOf = (elements: number, quads: boolean): number => elements / (quads ? 4 : 1);

export function chooseSpread(elements: number, quads: boolean): Spread {
  const each = Math.floor(itemsOf(elements, quads) / (LINEAR * ENOUGH_WORKGROUPS));
  return { quads, each: Math.min(Math.max(each, 1), MOST) };
}

/** Workgroups for so many elements. */
export const spreadWorkgroups = (elements: number, s: Spread): number =>
  Math.ceil(itemsOf(elements, s.quads) / (LINEAR * s.each));

/**
 * Entry point that runs `body` for every item `i`. Neighbours in a workgroup have neighbouring items.
 * @param count WGSL of the number of elements
 * @param body WGSL without `return`
 */
export function forEach(s: Spread, count: string, body: string): string {
  const items = s.quads ? `(${count}) / 4u` : count;
  const first = `${linearWorkgroup} * ${LINEAR * s.each}u + local.x`;
  const loop =
    s.each === 1
      ? `let i = ${first};
  if (i < ${items})`
      : `let first = ${first};
  for (var i = first; i < min(first + ${LINEAR * s.each}u, ${items}) * ${opaqueOne}; i += ${LINEAR}u)`;
  return `
@compute @workgroup_size(${LINEAR})
fn main(${builtins}) {
  ${loop} {
    ${body}
  }
}`;
}
