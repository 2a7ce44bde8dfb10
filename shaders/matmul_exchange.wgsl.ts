import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { lines, opaqueOne, range } from "./common.ts";
import { type Operand, operand } from "./exchange.ts";
import { type MatmulVariant, plusBias } from "./matmul.wgsl.ts";

/** Columns of an invocation. */
const COLUMNS = 4;
/**
 * A product of at most so many terms in all is small: it takes four terms at a time in tiles of half the height, and sums parts within parts.
 * That is more exact; but with twice the loads in its loop the text does not fit lavapipe's instruction cache, and each level of parts is one
 * more tile that does not fit its registers, so that it takes up to three times as long, where that is felt. The lower tile makes up for it
 * while compiling.
 */
const SMALL = 2 ** 20;

/** How a product is cut up for subgroups of `lanes` invocations, a tile each; a function of its sizes. */
export interface ExchangeTiling {
  readonly lanes: number;
  /** Rows of a tile. */
  readonly height: number;
  /** Workgroups along the rows and along the columns. */
  readonly rowTiles: number;
  readonly colTiles: number;
  /** Terms at a time, 2 or 4, and whether the sum has a whole number of them. */
  readonly per: number;
  readonly whole: boolean;
  /** Terms of the partial sums, from the outer to the inner; those that hold a whole sum are left out. */
  readonly parts: readonly number[];
  /** Parts of the sum that workgroups of their own add up, and the terms of each: see matmul.wgsl.ts. */
  readonly slices: number;
  readonly terms: number;
}

export function exchangeTiling(
  [rows, inner, cols]: readonly [number, number, number],
  lanes: number,
  { slices, terms }: { slices: number; terms: number },
): ExchangeTiling {
  const small = rows * inner * cols <= SMALL;
  const height = Math.min(small ? 16 : 32, 4 * lanes);
  const per = small ? 4 : 2;
  return {
    lanes,
    height,
    rowTiles: Math.ceil(rows / height),
    colTiles: Math.ceil(cols / (COLUMNS * lanes)),
    per,
    whole: inner % per === 0,
    parts: (small ? [64, 8] : [64]).filter((part) => part < terms),
    slices,
    terms,
  };
}

/**
 * What a factor's binding is an array of. Along an output's side (the sum running over the factor's rows) vec4f where its rows are whole
 * vec4s, along the sum vec2f where they are whole pairs.
 */
export interface ExchangeViews {
  readonly left: "f32" | "vec2f" | "vec4f";
  readonly right: "f32" | "vec2f" | "vec4f";
  readonly out: "f32" | "vec4f";
}

const two = [0, 1];
const four = [0, 1, 2, 3];
/** Row `i` of a tile: `sum00`, `sum01`, … `sum03`, `sum10`, … */
const named = (prefix: string, i: number): string => `${prefix}${i >> 2}${i & 3}`;

/**
 * out = left · right (+ bias) as in matmul.wgsl.ts, for devices whose subgroups exchange operands: a subgroup makes a tile of up to 32 × 32 (16 × 16
 * on one of four invocations) without workgroup memory or barriers. An invocation has four columns of it and all rows; the factor to the
 * right it reads itself, that to the left a part of. Beyond their edges the factors are read as whatever is there, and not written.
 *
 * Grid: (column tiles, row tiles × slices). Terms are summed in fours or pairs, these in parts, parts in order, and slices in order by
 * `addSlices`. Writes with `=`.
 */
export function matmulExchange(v: MatmulVariant, t: ExchangeTiling, views: ExchangeViews): string {
  const { lanes, height, per } = t;
  const quads = range(height / 4);
  const sliced = t.slices > 1;
  const each = (line: (row: number) => string) => lines(range(height), line);
  // Past the last term a factor is 0.
  const within = (u: number, value: string, zero: string) =>
    u === 0 || t.whole ? value : `select(${zero}, ${value}, k + ${u}u < last)`;

  /** Four elements of a factor side by side along an output's side, at term k + u. */
  const across = (from: string, view: string, size: string, o: string, u: number): string => {
    const at = `(k + ${u}u) * ${size} + ${o}`;
    return view === "vec4f"
      ? within(u, `${from}[(${at}) / 4u]`, "vec4f()")
      : `vec4f(${four.map((j) => within(u, `${from}[${at} + ${j}u]`, "0.0")).join(", ")})`;
  };
  /** Two elements of a factor along the sum, at terms k + u and k + u + 1. */
  const along = (from: string, view: string, o: string, u: number): string => {
    const at = `(${o}) * ${v.inner} + k + ${u}u`;
    return view === "vec2f"
      ? within(u, `${from}[(${at}) / 2u]`, "vec2f()")
      : `vec2f(${two.map((j) => within(u + j, `${from}[${at} + ${j}u]`, "0.0")).join(", ")})`;
  };

  /** The tile's rows at terms k + u and k + u + 1. */
  const leftPair = (u: number): { load: string; quad(q: number, of: number): string } => {
    if (v.leftTransposed) {
      const xs: Operand[] = two.map((i) =>
        operand(`x${u + i}_`, quads.length, lanes, (q) =>
          across(v.left, views.left, v.rows, `row + 4u * (${q})`, u + i),
        ),
      );
      return { load: xs.map((x) => x.load).join(" "), quad: (q, of) => xs[of].quad(q) };
    }
    const load = (i: number) =>
      `let x${u}_${i} = ${along(v.left, views.left, `row + ${i * lanes}u + lane`, u)};`;
    const element = (r: number, of: number) =>
      `subgroupBroadcast(x${u}_${Math.floor(r / lanes)}.${"xy"[of]}, ${r % lanes}u)`;
    return {
      load: range(Math.ceil(height / lanes))
        .map(load)
        .join(" "),
      quad: (q, of) => `vec4f(${four.map((j) => element(4 * q + j, of)).join(", ")})`,
    };
  };
  /** The invocation's columns at terms k + u and k + u + 1: `w0`, `w1`, … */
  const rightPair = (u: number): string => {
    if (!v.rightTransposed)
      return two
        .map((i) => `let w${u + i} = ${across(v.right, views.right, v.cols, "col", u + i)};`)
        .join(" ");
    const columns = four.map((j) => `let c${u}_${j} = ${along(v.right, views.right, `col + ${j}u`, u)};`);
    const turned = two.map(
      (i) => `let w${u + i} = vec4f(${four.map((j) => `c${u}_${j}.${"xy"[i]}`).join(", ")});`,
    );
    return [...columns, ...turned].join(" ");
  };
  const pairs = range(per / 2);
  const lefts = pairs.map((i) => leftPair(2 * i));
  /** Adds terms k, k + 1, … to the tile called `into`. */
  const products = (into: string): string => {
    const pair = (j: number, u: number) => `fma(vec4f(l${u}[${j}]), w${u}, l${u + 1}[${j}] * w${u + 1})`;
    const term = (j: number) => pairs.map((i) => pair(j, 2 * i)).join(" + ");
    const factor = (q: number, u: number) => `let l${u} = ${lefts[u >> 1].quad(q, u & 1)};`;
    return `${lines(pairs, (i) => `${lefts[i].load}\n${rightPair(2 * i)}`)}
${lines(
  quads,
  (q) => `{ ${range(per)
    .map((u) => factor(q, u))
    .join(" ")}
${lines(four, (j) => `${named(into, 4 * q + j)} += ${term(j)};`)} }`,
)}`;
  };
  /** Adds the terms from `start` to `end` to `into`, by way of partial sums of `parts` terms. */
  const accumulate = (
    into: string,
    start: string,
    end: string,
    [terms, ...finer]: readonly number[],
  ): string => {
    if (terms === undefined)
      return `for (var k = ${start}; k < ${end} * ${opaqueOne}; k += ${per}u) {\n${products(into)}\n}`;
    const part = `of${terms}_`;
    return `for (var ${part} = ${start}; ${part} < ${end} * ${opaqueOne}; ${part} += ${terms}u) {
${each((i) => `var ${named(part, i)} = vec4f();`)}
${accumulate(part, part, `min(${part} + ${terms}u, ${end})`, finer)}
${each((i) => `${named(into, i)} += ${named(part, i)};`)}
}`;
  };

  const out = sliced ? "slices" : v.out;
  // Slices get it when they are added.
  const bias = (c: string) => (sliced ? "" : plusBias(v, c, views.out === "vec4f"));
  const store = (j: number) => {
    const to = `(${sliced ? `slice * ${v.rows} + ` : ""}r + ${j}u) * ${v.cols}`;
    return views.out === "vec4f"
      ? `if (r + ${j}u < ${v.rows} && col < ${v.cols}) { ${out}[(${to} + col) / 4u] = sum0${j} + offset; }`
      : `for (var c = col; c < min(col + ${COLUMNS}u, ${v.cols}) * ${opaqueOne}; c++) {
        if (r + ${j}u < ${v.rows}) { ${out}[${to} + c] = sum0${j}.x${bias("c")}; }
        sum0${j} = sum0${j}.yzwx;
      }`;
  };
  return wgsl`
const ROW_TILES = ${t.rowTiles}u; const TERMS = ${t.terms}u;

@compute @workgroup_size(${lanes})
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let slice = workgroup.y / ROW_TILES;
  let row = workgroup.y % ROW_TILES * ${height}u;
  let col = (workgroup.x * ${lanes}u + lane) * ${COLUMNS}u;
  let last = min(slice * TERMS + TERMS, ${v.inner});
${each((i) => `  var ${named("sum", i)} = vec4f();`)}
${accumulate("sum", "slice * TERMS", "last", t.parts)}
${views.out === "vec4f" ? `  let offset = vec4f()${bias("col")};` : ""}
  // Rows move up by four, so that the text has few stores: software devices compile each at length.
  for (var r = row; r < (row + ${height}u) * ${opaqueOne}; r += 4u) {
${lines(four, (j) => `    ${store(j)}`)}
${each((i) => (i < height - 4 ? `    ${named("sum", i)} = ${named("sum", i + 4)};` : ""))}
  }
}`;
}
