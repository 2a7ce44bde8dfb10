import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import type { Product } from "../matmul.wgsl.ts";
import { lines, plus, range } from "../text.ts";
import { declareOne } from "./common.ts";
import { operand, repeat } from "./exchange.ts";
import { plusBias, storedBlock, sumInFours } from "./matmul.wgsl.ts";

/** The longest sum that is written out in the text. */
export const SHORT = 32;
/** Workgroups to aim at, for software devices have so many cores at most. */
const ENOUGH_WORKGROUPS = 64;

/** How a product with a short sum is cut up for subgroups of `lanes` invocations. */
export interface ShortTiling {
  readonly lanes: number;
  /** Terms of the sum. */
  readonly inner: number;
  /** Workgroups along the rows and along the columns, and the rows of each. */
  readonly rowTiles: number;
  readonly colTiles: number;
  readonly height: number;
}

/** Nothing if the sum is long, or if blocks of four rows and four columns are not whole vec4s in memory. */
export function shortTiling(
  v: Product,
  [rows, inner, cols]: readonly [number, number, number],
  lanes: number,
): ShortTiling | undefined {
  const whole = cols % 4 === 0 && (v.leftTransposed ? rows % 4 === 0 : (rows * inner) % 4 === 0);
  if (inner > SHORT || !whole) return undefined;
  const colTiles = Math.ceil(cols / (4 * lanes));
  const height = 4 * Math.ceil(rows / 4 / Math.ceil(ENOUGH_WORKGROUPS / colTiles));
  return { lanes, inner, rowTiles: Math.ceil(rows / height), colTiles, height };
}

/**
 * out = left · right (+ bias) with a sum of at most 32 terms, for devices whose subgroups exchange operands. All factors and the product are vec4s.
 *
 * Grid: (column tiles, row tiles). An invocation keeps its four columns of the right factor, with all their terms, in private memory, and goes
 * down the rows four at a time: it reads a part of these rows and hands it round. The sums stay in registers, because no loop changes them: the
 * text has all terms. Terms are summed in fours, and the fours in order. Writes with `=`.
 */
export function matmulShort(v: Product, t: ShortTiling): string {
  const { lanes, inner } = t;
  const left = storedBlock({ name: v.left, size: v.rows, along: !v.leftTransposed, inner: v.inner }, inner);
  const right = storedBlock(
    { name: v.right, size: v.cols, along: !!v.rightTransposed, inner: v.inner },
    inner,
  );
  const x = operand("x", inner, lanes, (quad) => left.quad(quad, "row"));
  const leftAt = (r: number, k: number) => left.element(r, k, x.quad);
  const column = (k: number) =>
    right.along
      ? `vec4f(${range(4)
          .map((c) => right.element(c, k, (quad) => `columns[${quad}]`))
          .join(", ")})`
      : `columns[${k}]`;
  const terms = range(inner);
  const ones = v.ones
    ? `  if (workgroup.y == 0u && col < ${v.cols}) { ${v.ones}[col / 4u] = ${sumInFours(terms, column)}; }`
    : "";
  const row = (r: number) => `{
    let sum = ${sumInFours(terms, (k) => `${leftAt(r, k)} * ${column(k)}`)};
    if (${plus("row", r)} < ${v.rows} && col < ${v.cols}) { ${v.out}[((${plus("row", r)}) * ${v.cols} + col) / 4u] = sum${v.bias ? " + offset" : ""}; }
    }`;
  return wgsl`
@compute @workgroup_size(${lanes})
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) lane: u32) {
  ${declareOne}
  let col = (workgroup.x * ${lanes}u + lane) * 4u;
  let end = min((workgroup.y + 1u) * ${t.height}u, ${v.rows});
  var columns: array<vec4f, ${inner}>;
${repeat("i", "0u", `${inner}u`, 1, `    columns[i] = ${right.quad("i", "col")};`)}
${ones}
${v.bias ? `  let offset = vec4f()${plusBias(v, "col", true)};` : ""}
${repeat("row", `workgroup.y * ${t.height}u`, "end", 4, `${x.load}\n${lines(range(4), row)}`)}
}`;
}
