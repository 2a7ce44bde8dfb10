/** How invocations find their work. Every plain kernel begins with one of these openings. */

/** Invocations per workgroup of a kernel with one invocation per item. */
export const ITEMS = 64;

/** Workgroups per grid dimension that every device allows. */
const MAX_GRID = 65535;

/** A one-dimensional grid of so many workgroups, folded into rows of equal length where it would exceed the limit. */
export function foldedGrid(workgroups: number): readonly [number, number, number] {
  const y = Math.ceil(workgroups / MAX_GRID);
  return [Math.ceil(workgroups / y), y, 1];
}

/** `main` up to its work: one invocation for each of `count` items, whose number is `i`. */
export const perItem = (i: string, count: string): string => `@compute @workgroup_size(${ITEMS})
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) grid: vec3u) {
  let ${i} = id.y * grid.x * ${ITEMS}u + id.x; // a long grid is folded into rows
  if (${i} >= ${count}) { return; }`;

/** `main` up to its work: a workgroup for each of `count` items; its invocations are numbered by `index`. */
export const perWorkgroup = (i: string, count: string): string => `@compute @workgroup_size(${ITEMS})
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) index: u32) {
  let ${i} = id.y * grid.x + id.x; // a long grid is folded into rows
  if (${i} >= ${count}) { return; }`;
