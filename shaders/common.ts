/** Pieces that several kernels share: literals, folded grids, and sums in a fixed order. */

/** 0, 1, …, length − 1: what an unrolled text runs over. */
export const range = (length: number): number[] => Array.from({ length }, (_, i) => i);

/** A line of text for each item. */
export const lines = <T>(items: readonly T[], line: (item: T, i: number) => string): string =>
  items.map(line).join("\n");

/** A WGSL f32 literal of exactly this float32 value; `${1.0}` alone would print an abstract integer. */
export const f32 = (value: number): string => {
  const text = String(Math.fround(value));
  return /[.e]/.test(text) ? `${text}f` : `${text}.0f`;
};

/** Workgroups per grid dimension that every device allows. */
const MAX_GRID = 65535;

/**
 * A one-dimensional grid of `workgroups`, folded into two dimensions where one would exceed the limit.
 * The kernel's linear workgroup number is {@link linearWorkgroup}.
 */
export function foldedGrid(workgroups: number): readonly [number, number, number] {
  const y = Math.ceil(workgroups / MAX_GRID);
  return [Math.ceil(workgroups / y), y, 1];
}

export const linearWorkgroup = "(workgroup.y * grid.x + workgroup.x)";

/** Parameters of `main` that {@link linearWorkgroup} and the lanes below need. */
export const builtins = `@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_id) local: vec3u`;

/**
 * A factor of 1 that compilers cannot see through (every grid here is one deep): a loop whose bound is multiplied by
 * it is not unrolled. Unrolled, the reductions take a software device's compiler up to twenty times as long.
 */
export const opaqueOne = "grid.z";

/** How a reduction of `count` terms, one for each of `outputs`, is spread over a workgroup. */
export interface Lanes {
  /** Outputs side by side in a workgroup. */
  readonly outputs: number;
  /** Invocations that share one output's terms; 1 needs no barrier. */
  readonly lanes: number;
  /** Consecutive terms of each lane. */
  readonly share: number;
  /** What is summed: f32, or four outputs side by side as a vec4f. */
  readonly type: "f32" | "vec4f";
}

/** Few terms: one invocation each. Many: eight lanes, each a contiguous share, combined in lane order. */
export function chooseLanes(count: number, type: Lanes["type"] = "f32"): Lanes {
  const lanes = count <= 64 ? 1 : 8;
  return { outputs: 32, lanes, share: Math.ceil(count / lanes), type };
}

/** Bytes of workgroup memory of {@link lanesHeader}. */
export const lanesBytes = (l: Lanes): number =>
  l.lanes > 1 ? (l.type === "f32" ? 4 : 16) * l.outputs * l.lanes : 0;

/** Declarations for {@link sumTerms} and {@link combine}. */
export const lanesHeader = (l: Lanes): string => `
const OUTPUTS = ${l.outputs}u; const LANES = ${l.lanes}u; const SHARE = ${l.share}u;
${l.lanes > 1 ? `var<workgroup> partial: array<${l.type}, OUTPUTS * LANES>;` : ""}`;

/**
 * This lane's part of sums over the same terms, accumulated in blocks of 16 and then over the blocks: as exact as it is cheap
 * (error grows with the number of blocks, not of terms), and the order torch sums a batch in.
 * @param sums WGSL of term `e` of each, by the name of the sum
 * @param count WGSL constant or variable: the number of terms over all lanes
 * @param reads WGSL that goes before the terms of `e`
 */
export function sumTerms(
  l: Lanes,
  count: string,
  sums: Readonly<Record<string, string>>,
  reads = "",
): string {
  const each = (line: (name: string) => string) => lines(Object.keys(sums), line);
  return `
${each((name) => `  var ${name} = ${l.type}();`)}
  for (var b = 0u; b < ${Math.ceil(l.share / 16)}u * ${opaqueOne}; b++) {
${each((name) => `    var ${name}Block = ${l.type}();`)}
    for (var i = 0u; i < 16u * ${opaqueOne}; i++) {
      let e = first + b * 16u + i;
      if (e < min(first + SHARE, ${count})) {
        ${reads}
${each((name) => `        ${name}Block += ${sums[name]};`)}
      }
    }
${each((name) => `    ${name} += ${name}Block;`)}
  }`;
}

/**
 * Every lane gets the result of all lanes, folded in lane order. Barriers: the caller's flow must be uniform.
 * @param again a kernel's second: what the first left may not be read yet by all
 */
export const combine = (
  into: string,
  l: Lanes,
  fold: (a: string, b: string) => string,
  { again = false } = {},
): string =>
  l.lanes === 1
    ? ""
    : `${again ? "\n  workgroupBarrier();" : ""}
  partial[local.y * OUTPUTS + local.x] = ${into};
  workgroupBarrier();
  ${into} = partial[local.x];
  for (var l = 1u; l < LANES; l++) { ${into} = ${fold(into, "partial[l * OUTPUTS + local.x]")}; }`;

export const add = (a: string, b: string): string => `${a} + ${b}`;
export const maximum = (a: string, b: string): string => `max(${a}, ${b})`;
