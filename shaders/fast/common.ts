/** What the fast reductions share: sums in a fixed order, over one or several parts. */
import { lines } from "../text.ts";

export const linearWorkgroup = "(workgroup.y * grid.x + workgroup.x)";

/** Parameters of `main` that {@link linearWorkgroup} and the parts below need. */
export const builtins = `@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_id) local: vec3u`;

/**
 * Declares `one`, which is 1, since every grid here is one deep; but compilers cannot know it. A loop whose bound is multiplied by `one` is not
 * unrolled. Unrolled, the reductions take a software device's compiler up to twenty times as long.
 */
export const declareOne =
  "let one = grid.z; // always 1, but no compiler knows: a bound times one keeps its loop from being unrolled";

/** How a reduction is spread over a workgroup: each output is the sum of several parts, one invocation per part. */
export interface Reduction {
  /** Outputs side by side in a workgroup. */
  readonly outputs: number;
  /** Invocations that share one output; 1 needs no barrier. */
  readonly parts: number;
  /** Consecutive terms of each part. */
  readonly terms: number;
  /** What is summed: f32, or four outputs side by side as a vec4f. */
  readonly type: "f32" | "vec4f";
}

/** Invocations per workgroup that every device allows. */
export const MOST_INVOCATIONS = 256;

/** Few terms: one invocation each. Many: eight parts, combined in their order. */
export function chooseReduction(count: number, type: Reduction["type"] = "f32"): Reduction {
  const parts = count <= 64 ? 1 : 8;
  return { outputs: 32, parts, terms: Math.ceil(count / parts), type };
}

/**
 * For sums down columns of so many rows, by the device's lanes. A GPU, which has 1, wants many workgroups, so that few columns go into one, and
 * their rows into up to 32 parts. On software devices that have subgroups a workgroup has one thread, and every barrier costs microseconds.
 */
export function chooseColumns(rows: number, lanes: number): Omit<Reduction, "type"> {
  if (lanes > 1) return chooseReduction(rows);
  const parts = 2 ** Math.floor(Math.log2(Math.min(Math.max(rows / 4, 1), 32)));
  return { outputs: 8, parts, terms: Math.ceil(rows / parts) };
}

/** Bytes of workgroup memory of {@link reductionHeader}. */
export const reductionBytes = (r: Reduction): number =>
  r.parts > 1 ? (r.type === "f32" ? 4 : 16) * r.outputs * r.parts : 0;

/** Declarations for {@link sumTerms} and {@link combine}. */
export const reductionHeader = (r: Reduction): string => `
const OUTPUTS = ${r.outputs}u; const PARTS = ${r.parts}u; const TERMS = ${r.terms}u;
${r.parts > 1 ? `var<workgroup> partial: array<${r.type}, OUTPUTS * PARTS>;` : ""}`;

/**
 * This part of sums over the same terms, accumulated in blocks of 16 and then over the blocks: cheap and exact (the error
 * grows with the number of blocks, not of terms), and the order in which torch sums a batch.
 * @param sums WGSL of term `e` of each, by the name of the sum
 * @param count WGSL constant or variable: the number of terms of all parts
 * @param reads WGSL that goes before the terms of `e`
 */
export function sumTerms(
  r: Reduction,
  count: string,
  sums: Readonly<Record<string, string>>,
  reads = "",
): string {
  const each = (line: (name: string) => string) => lines(Object.keys(sums), line);
  return `
${each((name) => `var ${name} = ${r.type}();`)}
for (var b = 0u; b < ${Math.ceil(r.terms / 16)}u * one; b++) {
${each((name) => `var ${name}Block = ${r.type}();`)}
for (var i = 0u; i < 16u * one; i++) {
let e = first + b * 16u + i;
if (e < min(first + TERMS, ${count})) {
${reads}
${each((name) => `${name}Block += ${sums[name]};`)}
}
}
${each((name) => `${name} += ${name}Block;`)}
}`;
}

/**
 * Every invocation gets the result of all parts: up to eight folded in their order, more in a tree. Barriers: the caller's flow must be uniform.
 * @param again for a kernel's second call: some invocations may still be reading the results of the first
 */
export const combine = (
  into: string,
  r: Reduction,
  fold: (a: string, b: string) => string,
  { again = false } = {},
): string =>
  r.parts === 1
    ? ""
    : `${again ? "\nworkgroupBarrier();" : ""}
partial[local.y * OUTPUTS + local.x] = ${into};
${r.parts > 8 ? tree(fold) : "workgroupBarrier();"}
${into} = partial[local.x];${r.parts > 8 ? "" : `\nfor (var l = 1u; l < PARTS; l++) { ${into} = ${fold(into, "partial[l * OUTPUTS + local.x]")}; }`}`;

/** Folds the upper half of the parts into the lower one until one is left, which is part 0. */
const tree = (fold: (a: string, b: string) => string): string => `for (var parts = PARTS; parts > one;) {
let half = (parts + 1u) / 2u;
let at = local.y * OUTPUTS + local.x;
workgroupBarrier();
if (local.y + half < parts) { partial[at] = ${fold("partial[at]", "partial[at + half * OUTPUTS]")}; }
parts = half;
}
workgroupBarrier();`;

export const add = (a: string, b: string): string => `${a} + ${b}`;
export const maximum = (a: string, b: string): string => `max(${a}, ${b})`;
