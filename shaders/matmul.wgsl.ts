import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { opaqueOne } from "./common.ts";

/** Output tile of a workgroup (8×8 invocations of 4×4 outputs each) and the depth staged at a time. */
export const TILE = 32;
const DEPTH = 16;

export interface MatmulVariant {
  /** Bindings of the left and right factor and of the product. */
  readonly left: string;
  readonly right: string;
  readonly out: string;
  /** Sizes, as WGSL constants: out is (rows, cols), the sum runs over inner. */
  readonly rows: string;
  readonly inner: string;
  readonly cols: string;
  /** The left factor is stored (inner, rows): xᵀ·dy. */
  readonly leftTransposed?: boolean;
  /** The right factor is stored (cols, inner): dy·wᵀ. */
  readonly rightTransposed?: boolean;
  /** Binding added to every row: the forward pass's b (cols). */
  readonly bias?: string;
}

/** Workgroup memory of the two tiles, in bytes. */
export const MATMUL_BYTES = 2 * DEPTH * TILE * 4;

/**
 * out = left · right (+ bias), each factor possibly stored transposed: one kernel for x·w + b, dy·wᵀ and xᵀ·dy.
 * The variants differ only in where a staged element comes from.
 *
 * Grid: one workgroup of 8×8 invocations per 32×32 tile of out; tiles are staged 16 deep as vec4 along the output,
 * each invocation keeps 4×4 outputs in registers. Ragged edges read as 0 and are not written.
 * Each output is summed in fours, the fours in tiles of 16, the tiles in order: fixed, and a quarter of the rounding
 * error of one long chain, which the weight gradients' near-cancelling sums need. Writes with `=`.
 */
export function matmul(v: MatmulVariant): string {
  const leftAt = v.leftTransposed ? `k * ${v.rows} + r` : `r * ${v.inner} + k`;
  const rightAt = v.rightTransposed ? `c * ${v.inner} + k` : `k * ${v.cols} + c`;
  const quad = (fetch: string, at: string) =>
    [0, 1, 2, 3].map((i) => `${fetch}(${at} + ${i}u, k)`).join(", ");
  const rows = [0, 1, 2, 3];
  return wgsl`
const DEPTH = ${DEPTH}u;
var<workgroup> leftTile: array<vec4f, DEPTH * 8u>;
var<workgroup> rightTile: array<vec4f, DEPTH * 8u>;

fn leftElement(r: u32, k: u32) -> f32 {
  if (r < ${v.rows} && k < ${v.inner}) { return ${v.left}[${leftAt}]; }
  return 0.0;
}
fn rightElement(c: u32, k: u32) -> f32 {
  if (c < ${v.cols} && k < ${v.inner}) { return ${v.right}[${rightAt}]; }
  return 0.0;
}
fn store(r: u32, c: u32, value: f32) {
  if (r < ${v.rows} && c < ${v.cols}) {
#if ${v.bias !== undefined}
    ${v.out}[r * ${v.cols} + c] = value + ${v.bias}[c];
#else
    ${v.out}[r * ${v.cols} + c] = value;
#endif
  }
}

@compute @workgroup_size(8, 8)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_id) local: vec3u, @builtin(local_invocation_index) index: u32) {
  let row = workgroup.y * ${TILE}u;
  let col = workgroup.x * ${TILE}u;
${rows.map((i) => `  var sum${i} = vec4f();`).join("\n")}
  for (var tile = 0u; tile < (${v.inner} + DEPTH - 1u) / DEPTH * ${opaqueOne}; tile++) {
    for (var i = 0u; i < ${(DEPTH * 8) / 64}u * ${opaqueOne}; i++) {
      let slot = i * 64u + index;
      let k = tile * DEPTH + slot / 8u;
      let quad = slot % 8u * 4u;
      leftTile[slot] = vec4f(${quad("leftElement", "row + quad")});
      rightTile[slot] = vec4f(${quad("rightElement", "col + quad")});
    }
    workgroupBarrier();
${rows.map((i) => `    var part${i} = vec4f();`).join("\n")}
    for (var four = 0u; four < DEPTH / 4u * ${opaqueOne}; four++) {
      let at = four * 32u;
${rows.map((k) => `      let l${k} = leftTile[at + ${8 * k}u + local.y]; let r${k} = rightTile[at + ${8 * k}u + local.x];`).join("\n")}
${rows.map((i) => `      part${i} += fma(vec4f(l0[${i}]), r0, l1[${i}] * r1) + fma(vec4f(l2[${i}]), r2, l3[${i}] * r3);`).join("\n")}
    }
${rows.map((i) => `    sum${i} += part${i};`).join("\n")}
    workgroupBarrier();
  }
  let r = row + local.y * 4u;
  let c = col + local.x * 4u;
${rows.map((i) => rows.map((j) => `  store(r + ${i}u, c + ${j}u, sum${i}[${j}]);`).join(" ")).join("\n")}
}`;
}
