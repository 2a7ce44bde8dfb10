import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { type Product, rowsOf } from "../matmul.wgsl.ts";
import { lines, plus, range } from "../text.ts";
import { declareOne } from "./common.ts";
import { repeat } from "./exchange.ts";
import type { Stored } from "./matmul.wgsl.ts";

/** The longer side of what counts as a thin factor. */
const THIN = 32;
/** Terms of a sum that a subgroup adds up; further ones are another slice. */
const TERMS = 128;
/** Workgroups to aim at. With more of them, filling the panels takes too much of the time. */
const ENOUGH_WORKGROUPS = 32;

/** How a product with a thin side is cut up for subgroups of `lanes` invocations, which share each sum. */
export interface ThinTiling {
  readonly lanes: number;
  /** The columns are the thin side, and not the rows; and how many they are. */
  readonly columns: boolean;
  readonly thin: number;
  /** vec4s of terms of an invocation, and whether the slices have just as many terms as there are. */
  readonly quads: number;
  readonly whole: boolean;
  /** The long factor is read as vec4s along the sum, and so is the thin one. */
  readonly vectors: boolean;
  readonly thinVectors: boolean;
  /** Elements of the long side that a workgroup goes along. */
  readonly length: number;
  readonly tiles: number;
  readonly slices: number;
}

/** Nothing if no side is thin, or if the rows are and other texts read the right factor once just as well. */
export function thinTiling(
  v: Product,
  [rows, inner, cols]: readonly [number, number, number],
  lanes: number,
): ThinTiling | undefined {
  const columns = cols <= THIN;
  const [thin, long] = columns ? [cols, rows] : [rows, cols];
  if (thin > THIN || long <= THIN || !(columns || v.rightTransposed)) return undefined;
  const quads = Math.ceil(Math.min(TERMS, inner) / (4 * lanes));
  const terms = 4 * lanes * quads;
  const slices = Math.ceil(inner / terms);
  const length = Math.ceil(long / Math.ceil(ENOUGH_WORKGROUPS / slices));
  const [l, r] = [!v.leftTransposed, !!v.rightTransposed];
  const vectors = inner % 4 === 0 && (columns ? l : r);
  return {
    lanes,
    columns,
    thin,
    quads,
    whole: inner % terms === 0,
    vectors,
    thinVectors: vectors && l && r,
    length,
    tiles: Math.ceil(long / length),
    slices,
  };
}

const four = [0, 1, 2, 3];

/**
 * The slices of left · right, where a side of the product is thin, for devices whose subgroups exchange values: `addSlices` adds them up.
 *
 * Grid: (tiles along the long side, slices of the sum). The invocations of a subgroup share each sum: an invocation keeps its terms of all the thin
 * factor in private memory, reads the same terms of one element of the long side after the other, and multiplies. So a value of the long factor is
 * read once, by one invocation, and no sum lives longer than one trip of the loop. Then `lanes` sums at a time are added up over the invocations,
 * in a tree that leaves the sum for element i with invocation i. Terms are summed in fours, these in a tree, and slices in order.
 */
export function matmulThin(v: Product, t: ThinTiling): string {
  const { lanes, quads, thin } = t;
  const left: Stored = { name: v.left, size: v.rows, along: !v.leftTransposed, inner: v.inner };
  const right: Stored = { name: v.right, size: v.cols, along: !!v.rightTransposed, inner: v.inner };
  const [longFactor, thinFactor] = t.columns ? [left, right] : [right, left];

  /** The term at component `c` of an invocation's vec4 number `quad`. */
  const term = (quad: number, c: number): string =>
    t.vectors
      ? plus(`first + (${plus("lane", lanes * quad)}) * 4u`, c)
      : `first + ${plus("lane", lanes * (4 * quad + c))}`;
  const within = (value: string, zero: string, k: string) =>
    t.whole ? value : `select(${zero}, ${value}, ${k} < ${v.inner})`;
  /** An invocation's terms of element `o` of a factor's side: vec4 number `quad`. */
  const read = ({ name, size, along }: Stored, vectors: boolean, o: string, quad: number): string => {
    if (vectors)
      return within(`${name}[(${o} * ${v.inner} + ${term(quad, 0)}) / 4u]`, "vec4f()", term(quad, 0));
    const at = (k: string) =>
      along ? `${name}[${o} * ${v.inner} + ${k}]` : `${name}[(${k}) * ${size} + ${o}]`;
    return `vec4f(${four.map((c) => within(at(term(quad, c)), "0.0", term(quad, c))).join(", ")})`;
  };
  /** Pairs, pairs of pairs, … */
  const tree = ([first, ...rest]: readonly string[]): string => {
    if (rest.length === 0) return first;
    const half = (rest.length + 1) >> 1;
    return `(${tree([first, ...rest.slice(0, half - 1)])} + ${tree(rest.slice(half - 1))})`;
  };
  const dots = (panel: (quad: number) => string) => tree(range(quads).map((q) => `dot(${panel(q)}, x${q})`));

  // The ones are one element more of the side that they are on. If that is the long side, their sums are those of the panel.
  const onesAreThin = v.ones !== undefined && !t.columns;
  const all = thin + (onesAreThin ? 1 : 0);
  const sum = (i: number) => (i < thin ? dots((q) => `panel[${i * quads + q}]`) : dots(() => "vec4f(1.0)"));
  const to = (long: string, i: string) => {
    const [r, c] = t.columns ? [long, i] : [i, long];
    return `slices[(workgroup.y * ${rowsOf(v)} + ${r}) * ${v.cols} + ${c}]`;
  };
  /** Sums `first` to `first + lanes − 1`: halves of the invocations keep one of two sums and give the other one away, until one is left. */
  const group = (first: number): string => {
    const count = Math.min(lanes, all - first);
    const text = range(count).map((i) => `let s${lanes}_${i} = ${sum(first + i)};`);
    for (let step = lanes / 2; step >= 1; step /= 2)
      for (const i of range(step)) {
        const [a, b] = [i, i + step].map((j) =>
          j < count || step < lanes / 2 ? `s${2 * step}_${j}` : "0.0",
        );
        text.push(
          `let s${step}_${i} = select(${b}, ${a}, keeps${step}) + subgroupShuffleXor(select(${a}, ${b}, keeps${step}), ${step}u);`,
        );
      }
    const store = `${to("o", plus("lane", first))} = s1_0;`;
    text.push(count < lanes ? `if (lane < ${count}u) { ${store} }` : store);
    return `{\n${text.join("\n")}\n}`;
  };
  const steps = range(Math.log2(lanes)).map((i) => lanes >> (i + 1));
  const total = tree(range(quads).map((q) => `dot(panel[i * ${quads}u + ${q}u], vec4f(1.0))`));
  const onesOfThin =
    v.ones !== undefined && t.columns
      ? `let total = subgroupAdd(${total});
    if (workgroup.x == 0u && lane == 0u) { ${to(v.rows, "i")} = total; }`
      : "";
  const longSize = t.columns ? v.rows : v.cols;
  return wgsl`
@compute @workgroup_size(${lanes})
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) lane: u32) {
  ${declareOne}
  let first = workgroup.y * ${4 * lanes * quads}u;
  let end = min((workgroup.x + 1u) * ${t.length}u, ${longSize});
${lines(steps, (s) => `  let keeps${s} = (lane & ${s}u) == 0u;`)}
  var panel: array<vec4f, ${thin * quads}>;
${repeat("i", "0u", `${thin}u`, 1, `${lines(range(quads), (q) => `    panel[i * ${quads}u + ${q}u] = ${read(thinFactor, t.thinVectors, "i", q)};`)}\n${onesOfThin}`)}
${repeat(
  "o",
  `workgroup.x * ${t.length}u`,
  "end",
  1,
  `${lines(range(quads), (q) => `    let x${q} = ${read(longFactor, t.vectors, "o", q)};`)}
${lines(
  range(Math.ceil(all / lanes)).map((g) => g * lanes),
  group,
)}`,
)}
}`;
}
