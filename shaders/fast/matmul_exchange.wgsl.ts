import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { type Product, rowsOf } from "../matmul.wgsl.ts";
import { lines, plus, range } from "../text.ts";
import { declareOne } from "./common.ts";
import { broadcast, operand } from "./exchange.ts";
import { plusBias } from "./matmul.wgsl.ts";

/** Columns of an invocation. */
const COLUMNS = 4;
/**
 * A product of at most so many terms in all is small: it takes four terms at a time in tiles of half the height, and sums parts within parts.
 * That is more exact. But each level of parts is one more tile that does not fit lavapipe's registers, so a big product would take up to
 * twice as long. The lower tile keeps the longer text quick to compile.
 */
export const SMALL = 2 ** 20;
/**
 * What a binding is an array of. A factor whose rows run along an output's side: vec4f if its rows are whole vec4s. One whose rows run along
 * the sum: vec4f or vec2f if its rows are whole fours or pairs.
 */
export type Element = "f32" | "vec2f" | "vec4f";

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
  readonly left: Element;
  readonly right: Element;
  readonly out: Element;
  /** Terms of the partial sums, from the outer to the inner; those that hold a whole sum are left out. */
  readonly parts: readonly number[];
  /** Parts of the sum that are added up by separate workgroups, and the terms of each: see matmul.wgsl.ts. */
  readonly slices: number;
  readonly terms: number;
  /** Which row of its tile the row of ones is. */
  readonly onesRow: number;
}

/** Terms or outputs per load. */
const width = (element: Element): number => ({ f32: 1, vec2f: 2, vec4f: 4 })[element];

export function exchangeTiling(
  v: Product,
  [rows, inner, cols]: readonly [number, number, number],
  lanes: number,
  { slices, terms }: { slices: number; terms: number },
): ExchangeTiling {
  const small = rows * inner * cols <= SMALL;
  const height = Math.min(small ? 16 : 32, 4 * lanes);
  const across = (size: number): Element => (size % 4 === 0 ? "vec4f" : "f32");
  const along = (per: number): Element =>
    per === 4 && inner % 4 === 0 ? "vec4f" : inner % 2 === 0 ? "vec2f" : "f32";
  const elements = (per: number) => ({
    left: v.leftTransposed ? across(rows) : along(per),
    right: v.rightTransposed ? along(per) : across(cols),
  });
  // Loads in the loop's text. With more of them a big product's loop does not fit lavapipe's instruction cache.
  const reads = (per: number): number => {
    const { left, right } = elements(per);
    const rowsRead = v.leftTransposed ? 4 * Math.ceil(height / 4 / lanes) : height / lanes;
    return (per * rowsRead) / width(left) + (per * COLUMNS) / width(right);
  };
  const per = small || reads(4) <= reads(2) ? 4 : 2;
  return {
    lanes,
    height,
    rowTiles: Math.ceil((rows + (v.ones ? 1 : 0)) / height),
    colTiles: Math.ceil(cols / (COLUMNS * lanes)),
    per,
    whole: inner % per === 0,
    ...elements(per),
    out: across(cols),
    parts: (small ? [64, 8] : [64]).filter((part) => part < terms),
    slices,
    terms,
    onesRow: rows % height,
  };
}

const four = [0, 1, 2, 3];
/** Row `i` of a tile of sums: `sum_row0`, `sum_row1`, … */
const named = (prefix: string, i: number): string => `${prefix}_row${i}`;

/** The tile's part of the left factor: how it is read, and its rows 4q … 4q + 3 at term k + u. */
interface Left {
  readonly loads: readonly string[];
  quad(q: number, u: number): string;
}

/**
 * out = left · right (+ bias) as in matmul.wgsl.ts, for devices whose subgroups exchange operands: a subgroup makes a tile of up to 32 × 32 (16 × 16
 * on one of four invocations) without workgroup memory or barriers. An invocation computes four columns and all rows of it; it reads
 * its columns of the right factor itself, and a part of the left one. Beyond an edge it reads whatever is there, and writes nothing.
 *
 * Grid: (column tiles, row tiles × slices). Terms are summed in fours or pairs, these in parts, parts in order, and slices in order by
 * `addSlices`. Beyond the last row the left factor is 1, if the product has a row of ones. Writes with `=`.
 */
export function matmulExchange(v: Product, t: ExchangeTiling): string {
  const { lanes, height, per } = t;
  const vec4s = range(height / 4);
  const sliced = t.slices > 1;
  const each = (line: (row: number) => string) => lines(range(height), line);
  // Past the last term a factor is 0.
  const within = (u: number, value: string, zero: string) =>
    u === 0 || t.whole ? value : `select(${zero}, ${value}, k + ${u}u < last)`;

  /** Four elements of a factor side by side along an output's side, at term k + u. */
  const across = (from: string, element: Element, size: string, o: string, u: number): string => {
    const at = `(${plus("k", u)}) * ${size} + ${o}`;
    return element === "vec4f"
      ? within(u, `${from}[(${at}) / 4u]`, "vec4f()")
      : `vec4f(${four.map((j) => within(u, `${from}[${plus(at, j)}]`, "0.0")).join(", ")})`;
  };
  /** Elements of a factor side by side along the sum, from term k + u. */
  const along = (from: string, element: Element, o: string, u: number): string => {
    const at = `(${o}) * ${v.inner} + ${plus("k", u)}`;
    return element === "f32"
      ? within(u, `${from}[${at}]`, "0.0")
      : within(u, `${from}[(${at}) / ${width(element)}u]`, `${element}()`);
  };
  /** For a factor read along the sum: the terms where a load begins, and the component of the loaded `name` that holds term k + u. */
  const begins = (element: Element) => range(per).filter((u) => u % width(element) === 0);
  const component = (element: Element, name: (begin: number) => string, u: number): string => {
    const i = u % width(element);
    return name(u - i) + (element === "f32" ? "" : `.${"xyzw"[i]}`);
  };

  const leftAcross = (): Left => {
    const read = (o: string, u: number) => {
      const value = across(v.left, t.left, v.rows, o, u);
      return v.ones
        ? `select(${value}, vec4f(1.0), vec4u(${o}) + vec4u(0u, 1u, 2u, 3u) >= vec4u(${v.rows}))`
        : value;
    };
    const xs = range(per).map((u) =>
      operand(`x${u}_`, vec4s.length, lanes, (q) => read(`row + 4u * (${q})`, u)),
    );
    return { loads: xs.map((x) => x.load), quad: (q, u) => xs[u].quad(q) };
  };
  const leftAlong = (): Left => {
    const name = (i: number) => (begin: number) => `x${begin}_${i}`;
    const load = (i: number, u: number) =>
      `let ${name(i)(u)} = ${along(v.left, t.left, `${plus("row", i * lanes)} + lane`, u)};`;
    const element = (r: number, u: number) =>
      broadcast(component(t.left, name(Math.floor(r / lanes)), u), r % lanes, lanes);
    return {
      loads: begins(t.left).flatMap((u) => range(height / lanes).map((i) => load(i, u))),
      quad: (q, u) => `vec4f(${four.map((j) => element(4 * q + j, u)).join(", ")})`,
    };
  };
  const left = v.leftTransposed ? leftAcross() : leftAlong();
  /** The invocation's columns at terms k, k + 1, … are `right0`, `right1`, … */
  const rightAcross = () =>
    range(per).map((u) => `let right${u} = ${across(v.right, t.right, v.cols, "col", u)};`);
  const rightAlong = () => {
    const name = (j: number) => (begin: number) => `c${begin}_${j}`;
    const load = (j: number, u: number) =>
      `let ${name(j)(u)} = ${along(v.right, t.right, plus("col", j), u)};`;
    const turned = (u: number) =>
      `let right${u} = vec4f(${four.map((j) => component(t.right, name(j), u)).join(", ")});`;
    return [...begins(t.right).flatMap((u) => four.map((j) => load(j, u))), ...range(per).map(turned)];
  };
  const right = v.rightTransposed ? rightAlong() : rightAcross();

  /** Adds terms k, k + 1, … to the tile called `into`. */
  const products = (into: string): string => {
    const pair = (j: number, u: number) =>
      `fma(vec4f(left${u}[${j}]), right${u}, left${u + 1}[${j}] * right${u + 1})`;
    const term = (j: number) =>
      range(per / 2)
        .map((i) => pair(j, 2 * i))
        .join(" + ");
    const factor = (q: number, u: number) => `let left${u} = ${left.quad(q, u)};`;
    return `${[...left.loads, ...right].join("\n")}
${lines(
  vec4s,
  (q) => `{
${lines(range(per), (u) => factor(q, u))}
${lines(four, (j) => `${named(into, 4 * q + j)} += ${term(j)};`)}
}`,
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
      return `for (var k = ${start}; k < ${end} * one; k += ${per}u) {\n${products(into)}\n}`;
    const [part, from] = [`part${terms}`, `first${terms}`];
    return `for (var ${from} = ${start}; ${from} < ${end} * one; ${from} += ${terms}u) {
${each((i) => `var ${named(part, i)} = vec4f();`)}
${accumulate(part, from, `min(${from} + ${terms}u, ${end})`, finer)}
${each((i) => `${named(into, i)} += ${named(part, i)};`)}
}`;
  };

  const out = sliced ? "slices" : v.out;
  // Slices get the bias when they are added up, and hold the row of ones behind the others.
  const bias = (c: string) => (sliced ? "" : plusBias(v, c, t.out === "vec4f"));
  const rows = sliced ? rowsOf(v) : v.rows;
  const store = (j: number) => {
    const to = `(${sliced ? `slice * ${rows} + ` : ""}r + ${j}u) * ${v.cols}`;
    return t.out === "vec4f"
      ? `if (${plus("r", j)} < ${rows} && col < ${v.cols}) { ${out}[(${to} + col) / 4u] = sum_row${j} + offset; }`
      : `for (var c = col; c < min(col + ${COLUMNS}u, ${v.cols}) * one; c++) {
        if (${plus("r", j)} < ${rows}) { ${out}[${to} + c] = sum_row${j}.x${bias("c")}; }
        sum_row${j} = sum_row${j}.yzwx;
      }`;
  };
  const onesSum = named("sum", t.onesRow);
  const storeOnes =
    t.out === "vec4f"
      ? `if (col < ${v.cols}) { ${v.ones}[col / 4u] = ${onesSum}; }`
      : `for (var c = 0u; c < min(${COLUMNS}u, max(${v.cols}, col) - col) * one; c++) { ${v.ones}[col + c] = ${onesSum}[c]; }`;
  return wgsl`
const ROW_TILES = ${t.rowTiles}u; const TERMS = ${t.terms}u;

@compute @workgroup_size(${lanes})
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) lane: u32) {
  ${declareOne}
  let slice = workgroup.y / ROW_TILES;
  let row = workgroup.y % ROW_TILES * ${height}u;
  let col = (workgroup.x * ${lanes}u + lane) * ${COLUMNS}u;
  let last = min(slice * TERMS + TERMS, ${v.inner});
${each((i) => `  var ${named("sum", i)} = vec4f();`)}
${accumulate("sum", "slice * TERMS", "last", t.parts)}
${t.out === "vec4f" ? `  let offset = vec4f()${bias("col")};` : ""}
${v.ones && !sliced ? `  if (${plus("row", t.onesRow)} == ${v.rows}) { ${storeOnes} }` : ""}
  // Rows move up by four, so that the text has few stores: software devices compile each at length.
  for (var r = row; r < (row + ${height}u) * one; r += 4u) {
${lines(four, (j) => `    ${store(j)}`)}
${each((i) => (i < height - 4 ? `    ${named("sum", i)} = ${named("sum", i + 4)};` : ""))}
  }
}`;
}
