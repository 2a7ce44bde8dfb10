import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { type Product, rowsOf } from "../matmul.wgsl.ts";
import { lines, plus, range } from "../text.ts";
import { declareOne } from "./common.ts";
import { forEach, type Spread } from "./elements.ts";

/** Rows and columns of the outputs that one invocation keeps in registers. */
const ROWS = 8;
const COLUMNS = 4;
/** Terms staged at a time. */
const DEPTH = 16;
/** With fewer workgroups than this the sum is split over several; and the fewest terms worth a workgroup. */
const ENOUGH_WORKGROUPS = 64;
const FEWEST_TERMS = 256;

/** How one product is cut up; a function of its three sizes alone. */
export interface MatmulTiling {
  /** Invocations of a workgroup along the rows and along the columns. */
  readonly down: number;
  readonly across: number;
  /** Workgroups along the rows and along the columns. */
  readonly rowTiles: number;
  readonly colTiles: number;
  /** Parts of the sum that are added up by separate workgroups, and the terms of each. */
  readonly slices: number;
  readonly terms: number;
}

/**
 * Tiles of 64×64; 128×32 where one side has at most 32, as every product of a character model has; and 16 invocations along a side of 512
 * and more, where staging would otherwise take half the time. Few tiles with a long sum (a weight gradient over a big batch) are
 * sliced along the sum, for a GPU has more to do than eight workgroups.
 */
export function matmulTiling(
  rows: number,
  inner: number,
  cols: number,
  slicing = { workgroups: ENOUGH_WORKGROUPS, terms: FEWEST_TERMS },
): MatmulTiling {
  const along = (size: number, other: number, each: number) => {
    if (size <= 32) return 32 / each;
    if (other <= 32 && size > 64) return 128 / each;
    return size >= 512 ? 16 : 64 / each;
  };
  const [down, across] = [along(rows, cols, ROWS), along(cols, rows, COLUMNS)];
  const rowTiles = Math.ceil(rows / (ROWS * down));
  const colTiles = Math.ceil(cols / (COLUMNS * across));
  const wanted = Math.min(
    Math.ceil(slicing.workgroups / (rowTiles * colTiles)),
    Math.floor(inner / slicing.terms),
  );
  const terms = Math.ceil(inner / Math.max(1, wanted) / DEPTH) * DEPTH;
  return { down, across, rowTiles, colTiles, slices: Math.ceil(inner / terms), terms };
}

/** Bytes of workgroup memory of the two staged tiles. */
export const matmulBytes = (t: MatmulTiling): number => 4 * DEPTH * (ROWS * t.down + COLUMNS * t.across);

/** Which factors (and product) are bound as vec4f: those whose rows in memory are whole vec4s. */
export interface MatmulVectors {
  readonly left: boolean;
  readonly right: boolean;
  readonly out: boolean;
}

/**
 * WGSL that stages DEPTH terms of one factor as vec4s along the output's side: `tile[k * quads + quad]`. Beyond its edges a
 * factor is 0, or what `beyond` says. `quads` is how many vec4s the tile has along that side, `along` whether the factor's rows in memory run along
 * the sum.
 */
function stage(
  tile: string,
  from: string,
  size: string,
  o: { quads: number; along: boolean; vectors: boolean; inner: string; beyond?: string },
): string {
  const { quads, along, vectors, inner, beyond = "0.0" } = o;
  // Along the sum: four whole vec4s make a 4×4 block, which is transposed in registers.
  if (vectors && along)
    return `
    for (var i = index; i < ${(quads * DEPTH) / 4}u; i += INVOCATIONS * one) {
      let k = base + i / ${quads}u * 4u;
      let o = first + i % ${quads}u * 4u;
      var m = mat4x4f();
      for (var j = 0u; j < 4u * one; j++) {
        var v = vec4f();
        if (o + j < ${size} && k < last) { v = ${from}[((o + j) * ${inner} + k) / 4u]; }
        m = mat4x4f(m[1], m[2], m[3], v);
      }
      m = transpose(m);
      for (var j = 0u; j < 4u * one; j++) {
        ${tile}[(k - base + j) * ${quads}u + i % ${quads}u] = m[0];
        m = mat4x4f(m[1], m[2], m[3], m[0]);
      }
    }`;
  const at = along ? `(o + j) * ${inner} + k` : `k * ${size} + o + j`;
  return `
    for (var i = index; i < ${quads}u * DEPTH; i += INVOCATIONS * one) {
      let k = base + i / ${quads}u;
      let o = first + i % ${quads}u * 4u;
      var v = vec4f(${beyond});
      ${
        vectors
          ? `if (o < ${size} && k < last) { v = ${from}[(k * ${size} + o) / 4u]; }`
          : `for (var j = 0u; j < 4u * one; j++) {
        var element = ${beyond};
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
 * Grid: (column tiles, row tiles × slices). An invocation keeps 8×4 outputs in registers and reads three vec4s of workgroup memory for
 * 32 products; ragged edges read as 0 and are not written. Terms are summed in fours, the fours in parts of DEPTH, the parts in order, and
 * slices in order by {@link addSlices}: a quarter of the rounding error of one chain, which the logits and the weight gradients'
 * near-cancelling sums need. Writes with `=`.
 */
export function matmul(v: Product, t: MatmulTiling, vectors: MatmulVectors): string {
  const each = (line: (row: number) => string) => lines(range(ROWS), line);
  const [leftQuads, rightQuads] = [(ROWS / 4) * t.down, (COLUMNS / 4) * t.across];
  const sliced = t.slices > 1;
  const out = sliced ? "slices" : v.out;
  // Slices get the bias when they are added up, and hold the row of ones behind the others.
  const bias = (c: string) => (sliced ? "" : plusBias(v, c, vectors.out));
  const to = sliced ? `(slice * ${rowsOf(v)} + r) * ${v.cols}` : `r * ${v.cols}`;
  const put = (c: string, value: string) => {
    const at = (index: string) => (vectors.out ? `(${index}) / 4u` : index);
    const store = `${out}[${at(`${to} + ${c}`)}] = ${value}${bias(c)};`;
    if (!v.ones || sliced) return store;
    return `if (r < ${v.rows}) { ${store} } else { ${v.ones}[${at(c)}] = ${value}; }`;
  };
  const store = vectors.out
    ? `if (c < ${v.cols}) { ${put("c", "now")} }`
    : `for (var j = 0u; j < ${COLUMNS}u * one; j++) {
        if (c + j < ${v.cols}) { ${put("c + j", "now.x")} }
        now = now.yzwx;
      }`;
  // At term k + u: rows 0 to 3 and 4 to 7 of this invocation's tile, and its four columns.
  const load = (u: number) => `
      let left${u}_0 = leftTile[(${plus("k", u)}) * ${leftQuads}u + top];
      let left${u}_1 = leftTile[(${plus("k", u)}) * ${leftQuads}u + top + 1u];
      let right${u} = rightTile[(${plus("k", u)}) * ${rightQuads}u + local.x];`;
  const pair = (i: number, u: number) => {
    const at = `_${i >> 2}[${i & 3}]`;
    return `fma(vec4f(left${u}${at}), right${u}, left${u + 1}${at} * right${u + 1})`;
  };
  return wgsl`
const DEPTH = ${DEPTH}u; const INVOCATIONS = ${t.down * t.across}u; const ROW_TILES = ${t.rowTiles}u; const TERMS = ${t.terms}u;
var<workgroup> leftTile: array<vec4f, DEPTH * ${leftQuads}u>;
var<workgroup> rightTile: array<vec4f, DEPTH * ${rightQuads}u>;

@compute @workgroup_size(${t.across}, ${t.down})
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_id) local: vec3u, @builtin(local_invocation_index) index: u32) {
  ${declareOne}
  let slice = workgroup.y / ROW_TILES;
  let row = workgroup.y % ROW_TILES * ${ROWS * t.down}u;
  let col = workgroup.x * ${COLUMNS * t.across}u;
  let top = local.y * ${ROWS / 4}u;
  let last = min(slice * TERMS + TERMS, ${v.inner});
${each((i) => `  var sum${i} = vec4f();`)}
  for (var base = slice * TERMS; base < last * one; base += DEPTH) {
    {
      let first = row;${stage("leftTile", v.left, v.rows, { quads: leftQuads, along: !v.leftTransposed, vectors: vectors.left, inner: v.inner, beyond: v.ones ? "1.0" : undefined })}
    }
    {
      let first = col;${stage("rightTile", v.right, v.cols, { quads: rightQuads, along: !!v.rightTransposed, vectors: vectors.right, inner: v.inner })}
    }
    workgroupBarrier();
${each((i) => `    var part${i} = vec4f();`)}
    for (var k = 0u; k < DEPTH * one; k += 4u) {${[0, 1, 2, 3].map(load).join("")}
${each((i) => `      part${i} += ${pair(i, 0)} + ${pair(i, 2)};`)}
    }
${each((i) => `    sum${i} += part${i};`)}
    workgroupBarrier();
  }
  let c = col + local.x * ${COLUMNS}u;
  // Rows move up, and within a row values move left, so that the text has one store: software devices compile each at length.
  for (var i = 0u; i < ${ROWS}u * one; i++) {
    let r = row + local.y * ${ROWS}u + i;
    if (r < ${rowsOf(v)}) {
      var now = sum0;
      ${store}
    }
${lines(range(ROWS - 1), (i) => `    sum${i} = sum${i + 1};`)}
  }
}`;
}

/** A factor as it is stored: `size` is the output's side, `along` says whether its rows in memory run along the sum. */
export interface Stored {
  readonly name: string;
  readonly size: string;
  readonly along: boolean;
  readonly inner: string;
}

/** Four rows (or columns) of a factor with all their `terms`, which are as many vec4s in memory however it is stored. */
export const storedBlock = ({ name, size, along, inner }: Stored, terms: number) => ({
  along,
  /** WGSL that reads vec4 number `quad` of the block that begins at `first`. */
  quad: (quad: string, first: string): string =>
    along ? `${name}[${first} * ${inner} / 4u + ${quad}]` : `${name}[((${quad}) * ${size} + ${first}) / 4u]`,
  /** WGSL of row `j` at term k; `at` gives the block's vec4s. */
  element: (j: number, k: number, at: (quad: number) => string): string => {
    const flat = along ? j * terms + k : 4 * k + j;
    return `${at(flat >> 2)}.${"xyzw"[flat & 3]}`;
  },
});

/** WGSL of a sum that adds pairs, then pairs of pairs, and these fours in order. */
export function sumInFours(items: readonly number[], term: (item: number) => string): string {
  const pair = (i: number) =>
    items
      .slice(i, i + 2)
      .map(term)
      .join(" + ");
  const fours = range(Math.ceil(items.length / 4)).map((i) => 4 * i);
  return fours
    .map((i) => (i + 2 < items.length ? `((${pair(i)}) + (${pair(i + 2)}))` : `(${pair(i)})`))
    .join(" + ");
}

/** ` + b[c]`, or ` + b[c…c+3]` as a vec4f; nothing where there is no bias. */
export function plusBias({ bias }: Product, c: string, vectorized: boolean): string {
  if (bias === undefined) return "";
  if (!vectorized) return ` + ${bias}[${c}]`;
  return ` + vec4f(${[0, 1, 2, 3].map((j) => `${bias}[${plus(c, j)}]`).join(", ")})`;
}

/** out = Σ slices (+ bias), in order. slices (S, rows, cols) → out (rows, cols), and the row of ones to its own binding. Writes with `=`. */
export function addSlices(v: Product, slices: number, s: Spread): string {
  const width = s.vectorized ? 4 : 1;
  const [all, own] = [rowsOf(v), v.rows].map((rows) => `${rows} * ${v.cols} / ${width}u`);
  const store = `${v.out}[i] = sum${plusBias(v, "c", s.vectorized)};`;
  return forEach(
    s,
    `${rowsOf(v)} * ${v.cols}`,
    `let c = i * ${width}u % ${v.cols};
    var sum = slices[i];
    for (var s = 1u; s < ${slices}u; s++) { sum += slices[s * (${all}) + i]; }
    ${v.ones ? `if (i < ${own}) { ${store} } else { ${v.ones}[i - ${own}] = sum; }` : store}`,
  );
}
