import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { builtins, LINEAR, linearWorkgroup, opaqueOne } from "./common.ts";

/** Rows and columns of the outputs that one invocation keeps in registers. */
const SIDE = 8;
/** Terms staged at a time. */
const DEPTH = 16;
/** Workgroups below which the sum is shared out over several, and the fewest terms worth a workgroup of its own. */
const ENOUGH_WORKGROUPS = 64;
const FEWEST_TERMS = 256;

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

/** How one product is cut up; a function of the three sizes alone. */
export interface MatmulTiling {
  /** Invocations of a workgroup along the rows and along the columns, each with 8×8 outputs. */
  readonly down: number;
  readonly across: number;
  /** Workgroups along the rows and along the columns. */
  readonly rowTiles: number;
  readonly colTiles: number;
  /** Parts of the sum that workgroups of their own add up, and the terms of each. */
  readonly slices: number;
  readonly terms: number;
}

/**
 * Tiles of 64×64; 128×32 where one side has at most 32, as every product of a character model has. Few tiles with a
 * long sum (a weight gradient over a big batch) are sliced along the sum, for a GPU has more to do than eight workgroups.
 */
export function matmulTiling(rows: number, inner: number, cols: number): MatmulTiling {
  const side = (own: number, other: number) => (own <= 32 ? 4 : other <= 32 && own > 64 ? 16 : 8);
  const [down, across] = [side(rows, cols), side(cols, rows)];
  const rowTiles = Math.ceil(rows / (SIDE * down));
  const colTiles = Math.ceil(cols / (SIDE * across));
  const wanted = Math.min(
    Math.ceil(ENOUGH_WORKGROUPS / (rowTiles * colTiles)),
    Math.floor(inner / FEWEST_TERMS),
  );
  const terms = Math.ceil(inner / Math.max(1, wanted) / DEPTH) * DEPTH;
  return { down, across, rowTiles, colTiles, slices: Math.ceil(inner / terms), terms };
}

/** Bytes of workgroup memory of the two staged tiles. */
export const matmulBytes = (t: MatmulTiling): number => 4 * DEPTH * SIDE * (t.down + t.across);

/** Which factors (and product) are bound as vec4f: those whose rows in memory are whole vec4s. */
export interface MatmulVectors {
  readonly left: boolean;
  readonly right: boolean;
  readonly out: boolean;
}

/**
 * WGSL that stages DEPTH terms of one factor as vec4s along the output's side: `tile[k * quads + quad]`. Beyond its edges a
 * factor is 0. `across` is how many vec4s the tile has along that side.
 */
function stage(
  tile: string,
  from: string,
  size: string,
  o: { quads: number; along: boolean; vectors: boolean; inner: string },
): string {
  const { quads, along, vectors, inner } = o;
  // Along the sum: four whole vec4s make a 4×4 block, which is turned round in registers.
  if (vectors && along)
    return `
    for (var i = index; i < ${(quads * DEPTH) / 4}u; i += INVOCATIONS * ${opaqueOne}) {
      let k = base + i / ${quads}u * 4u;
      let o = first + i % ${quads}u * 4u;
      var m = mat4x4f();
      for (var j = 0u; j < 4u * ${opaqueOne}; j++) {
        var v = vec4f();
        if (o + j < ${size} && k < last) { v = ${from}[((o + j) * ${inner} + k) / 4u]; }
        m = mat4x4f(m[1], m[2], m[3], v);
      }
      m = transpose(m);
      for (var j = 0u; j < 4u * ${opaqueOne}; j++) {
        ${tile}[(k - base + j) * ${quads}u + i % ${quads}u] = m[0];
        m = mat4x4f(m[1], m[2], m[3], m[0]);
      }
    }`;
  const at = along ? `(o + j) * ${inner} + k` : `k * ${size} + o + j`;
  return `
    for (var i = index; i < ${quads}u * DEPTH; i += INVOCATIONS * ${opaqueOne}) {
      let k = base + i / ${quads}u;
      let o = first + i % ${quads}u * 4u;
      var v = vec4f();
      ${
        vectors
          ? `if (o < ${size} && k < last) { v = ${from}[(k * ${size} + o) / 4u]; }`
          : `for (var j = 0u; j < 4u * ${opaqueOne}; j++) {
        var element = 0.0;
        if (o + j < ${size} && k < last) { element = ${from}[${at}]; }
        v = vec4f(v.yzw, element);
      }`
      }
      ${tile}[i] = v;
    }`;
}

/**
 * out = left · right (+ bias), each factor possibly stored transposed: one kernel for x·w + b, dy·wᵀ and xᵀ·dy.
 * The variants differ only in how tiles are staged.
 *
 * Grid: (column tiles, row tiles × slices). An invocation keeps 8×8 outputs in registers and reads four vec4s of workgroup memory for
 * 64 products; ragged edges read as 0 and are not written. A slice's sum is one chain, in order, and the slices are added in order
 * by {@link addSlices}. Writes with `=`.
 */
export function matmul(v: MatmulVariant, t: MatmulTiling, vectors: MatmulVectors): string {
  const rows = Array.from({ length: SIDE }, (_, i) => i);
  const [leftQuads, rightQuads] = [2 * t.down, 2 * t.across];
  const sliced = t.slices > 1;
  const out = sliced ? "slices" : v.out;
  const store = vectors.out
    ? `for (var q = 0u; q < 2u * ${opaqueOne}; q++) {
        if (c + q * 4u < ${v.cols}) { ${out}[(to + c) / 4u + q] = now${sliced ? "" : biasQuad(v, "c + q * 4u")}; }
        now = next;
      }`
    : `for (var j = 0u; j < ${SIDE}u * ${opaqueOne}; j++) {
        if (c + j < ${v.cols}) { ${out}[to + c + j] = now.x${v.bias && !sliced ? ` + ${v.bias}[c + j]` : ""}; }
        now = vec4f(now.yzw, next.x);
        next = next.yzwx;
      }`;
  return wgsl`
const DEPTH = ${DEPTH}u; const INVOCATIONS = ${t.down * t.across}u; const ROW_TILES = ${t.rowTiles}u; const TERMS = ${t.terms}u;
var<workgroup> leftTile: array<vec4f, DEPTH * ${leftQuads}u>;
var<workgroup> rightTile: array<vec4f, DEPTH * ${rightQuads}u>;

@compute @workgroup_size(${t.across}, ${t.down})
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_id) local: vec3u, @builtin(local_invocation_index) index: u32) {
  let slice = workgroup.y / ROW_TILES;
  let row = workgroup.y % ROW_TILES * ${SIDE * t.down}u;
  let col = workgroup.x * ${SIDE * t.across}u;
  let top = local.y * 2u;
  let side = local.x * 2u;
  let last = min(slice * TERMS + TERMS, ${v.inner});
${rows.map((i) => `  var sum${i}0 = vec4f(); var sum${i}1 = vec4f();`).join("\n")}
  for (var base = slice * TERMS; base < last * ${opaqueOne}; base += DEPTH) {
    {
      let first = row;${stage("leftTile", v.left, v.rows, { quads: leftQuads, along: !v.leftTransposed, vectors: vectors.left, inner: v.inner })}
    }
    {
      let first = col;${stage("rightTile", v.right, v.cols, { quads: rightQuads, along: !!v.rightTransposed, vectors: vectors.right, inner: v.inner })}
    }
    workgroupBarrier();
    for (var k = 0u; k < min(DEPTH, last - base) * ${opaqueOne}; k++) {
      let l0 = leftTile[k * ${leftQuads}u + top];
      let l1 = leftTile[k * ${leftQuads}u + top + 1u];
      let r0 = rightTile[k * ${rightQuads}u + side];
      let r1 = rightTile[k * ${rightQuads}u + side + 1u];
${rows.map((i) => [0, 1].map((half) => `      sum${i}${half} = fma(vec4f(l${i >> 2}[${i & 3}]), r${half}, sum${i}${half});`).join("")).join("\n")}
    }
    workgroupBarrier();
  }
  let c = col + local.x * ${SIDE}u;
  // Rows move up, and within a row values move left, so that the text has one store: software devices compile each at length.
  for (var i = 0u; i < ${SIDE}u * ${opaqueOne}; i++) {
    let r = row + local.y * ${SIDE}u + i;
    if (r < ${v.rows}) {
      let to = ${sliced ? `(slice * ${v.rows} + r)` : "r"} * ${v.cols};
      var now = sum00;
      var next = sum01;
      ${store}
    }
${rows
  .slice(1)
  .map((i) => `    sum${i - 1}0 = sum${i}0; sum${i - 1}1 = sum${i}1;`)
  .join("\n")}
  }
}`;
}

/** ` + b[c…c+3]`, or nothing. */
const biasQuad = (v: MatmulVariant, c: string): string =>
  v.bias ? ` + vec4f(${[0, 1, 2, 3].map((j) => `${v.bias}[${c} + ${j}u]`).join(", ")})` : "";

/**
 * out = Σ slices (+ bias), in order. slices (S, rows, cols) → out (rows, cols). One invocation per output, or per four of them
 * where they are vec4s. Writes with `=`.
 */
export function addSlices(v: MatmulVariant, t: MatmulTiling, vectors: boolean): string {
  const quads = vectors ? 4 : 1;
  const bias = vectors ? biasQuad(v, "c") : v.bias ? ` + ${v.bias}[c]` : "";
  return wgsl`
const OUTPUTS = ${v.rows} * ${v.cols} / ${quads}u;
@compute @workgroup_size(${LINEAR})
fn main(${builtins}) {
  let i = ${linearWorkgroup} * ${LINEAR}u + local.x;
  if (i >= OUTPUTS) { return; }
  let c = i * ${quads}u % ${v.cols};
  var sum = slices[i];
  for (var s = 1u; s < ${t.slices}u; s++) { sum += slices[s * OUTPUTS + i]; }
  ${v.out}[i] = sum${bias};
}`;
}
