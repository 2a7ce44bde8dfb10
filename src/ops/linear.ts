import {
  addSlices,
  type MatmulTiling,
  type MatmulVectors,
  matmulBytes,
  matmulTiling,
  matmul as tiled,
} from "../../shaders/fast/matmul.wgsl.ts";
import { exchangeTiling, matmulExchange, SMALL } from "../../shaders/fast/matmul_exchange.wgsl.ts";
import { matmulShort, type ShortTiling, shortTiling } from "../../shaders/fast/matmul_short.wgsl.ts";
import { matmulThin, type ThinTiling, thinTiling } from "../../shaders/fast/matmul_thin.wgsl.ts";
import { matmul, type Product } from "../../shaders/matmul.wgsl.ts";
import {
  type Dims,
  defineOp,
  type FloatArray,
  type Kernel,
  read,
  type Vector,
  write,
} from "../plan/contract.ts";
import type { Target } from "../plan/target.ts";
import { perElement, perItem } from "./grids.ts";

// Every remainder of a tile's rows by 4, with and without whole vec4s of columns; and sums of two and of three slices.
const cases = [
  { N: 32, I: 30, O: 64 },
  { N: 19, I: 35, O: 52 },
  { N: 2, I: 1, O: 1 },
  { N: 33, I: 17, O: 32 },
  { N: 71, I: 200, O: 27 },
  { N: 800, I: 44, O: 130 },
  { N: 520, I: 47, O: 18 },
  { N: 512, I: 33, O: 6 },
  { N: 61, I: 787, O: 33 },
  { N: 39, I: 20, O: 773 },
  { N: 64, I: 64, O: 17 },
  { N: 128, I: 96, O: 128 },
];
// A chain of I float32 additions of products of standard normals: error about √I·2⁻²⁴·√I.
const tolerance = { rtol: 1e-5, atol: 3e-5 };
const flops = ({ N, I, O }: Dims): number => 2 * N * I * O;

const wholeVectors = (p: Product, d: Dims): MatmulVectors => ({
  left: d[p.leftTransposed ? p.rows : p.inner] % 4 === 0,
  right: d[p.rightTransposed ? p.inner : p.cols] % 4 === 0,
  out: d[p.cols] % 4 === 0,
});

const vec4s = (names: Readonly<Record<string, boolean>>): Readonly<Record<string, Vector>> =>
  Object.fromEntries(Object.keys(names).flatMap((name) => (names[name] ? [[name, "vec4f"]] : [])));

/** The text in which invocations stage tiles for one another in workgroup memory. */
function staged(p: Product, d: Dims, t: MatmulTiling): Kernel {
  const { left, right, out } = wholeVectors(p, d);
  return {
    pass: "",
    code: tiled(p, t, { left, right, out }),
    grid: [t.colTiles, t.rowTiles * t.slices, 1],
    invocations: t.down * t.across,
    workgroupBytes: matmulBytes(t),
    vectors: vec4s({ [p.left]: left, [p.right]: right, [p.out]: out, [p.ones ?? p.out]: out, slices: out }),
  };
}

/** The text in which subgroups of `lanes` invocations exchange what they read. */
function exchanging(p: Product, d: Dims, tiling: MatmulTiling, lanes: number): Kernel {
  const t = exchangeTiling(p, [d[p.rows], d[p.inner], d[p.cols]], lanes, tiling);
  const seenAs = {
    [p.left]: t.left,
    [p.right]: t.right,
    [p.out]: t.out,
    [p.ones ?? p.out]: t.out,
    slices: t.out,
  };
  const vectors = Object.entries(seenAs).filter((e): e is [string, Vector] => e[1] !== "f32");
  return {
    pass: "",
    code: matmulExchange(p, t),
    grid: [t.colTiles, t.rowTiles * t.slices, 1],
    invocations: lanes,
    subgroups: true,
    vectors: Object.fromEntries(vectors),
  };
}

/** A short sum, and a thin side: see there. */
const short = (p: Product, t: ShortTiling): Kernel => ({
  pass: "",
  code: matmulShort(p, t),
  grid: [t.colTiles, t.rowTiles, 1],
  invocations: t.lanes,
  subgroups: true,
  vectors: vec4s({ [p.left]: true, [p.right]: true, [p.out]: true, [p.ones ?? p.out]: true }),
});

const thin = (p: Product, t: ThinTiling): Kernel => ({
  pass: "",
  code: matmulThin(p, t),
  grid: [t.tiles, t.slices, 1],
  invocations: t.lanes,
  subgroups: true,
  vectors: vec4s({
    [t.columns ? p.left : p.right]: t.vectors,
    [t.columns ? p.right : p.left]: t.thinVectors,
  }),
});

/** The tiles, and a second pass that adds up the slices. */
function sliced(p: Product, d: Dims, tiles: Kernel, slices: number): Kernel[] {
  const outputs = (d[p.rows] + (p.ones ? 1 : 0)) * d[p.cols];
  const sum = perElement((s) => addSlices(p, slices, s), outputs, {
    pass: "sum of slices",
    vectors: wholeVectors(p, d).out ? [p.out, p.ones ?? p.out, "slices"] : [],
  });
  const scratch = { slices: slices * outputs };
  return [
    { ...tiles, pass: "slices", scratch },
    { ...sum, scratch },
  ];
}

/** The fastest text for these sizes on this device. */
function fast(p: Product, d: Dims, { lanes, slicing }: Target): Kernel[] {
  const sizes = [d[p.rows], d[p.inner], d[p.cols]] as const;
  const [rows, inner, cols] = sizes;
  if (lanes > 1 && rows * inner * cols > SMALL) {
    const shortSum = shortTiling(p, sizes, lanes);
    if (shortSum) return [short(p, shortSum)];
    const thinSide = thinTiling(p, sizes, lanes);
    if (thinSide) return sliced(p, d, thin(p, thinSide), thinSide.slices);
  }
  const t = matmulTiling(rows + (p.ones ? 1 : 0), inner, cols, slicing);
  const tiles = lanes > 1 ? exchanging(p, d, t, lanes) : staged(p, d, t);
  return t.slices === 1 ? [tiles] : sliced(p, d, tiles, t.slices);
}

/** Products one after the other, which take turns with the same scratch. */
function inTurn(products: Readonly<Record<string, readonly Kernel[]>>): Kernel[] {
  const all = Object.entries(products).flatMap(([name, kernels]) =>
    kernels.map((k) => ({ ...k, pass: k.pass ? `${name}: ${k.pass}` : name })),
  );
  const slices = Math.max(...all.map((k) => k.scratch?.slices ?? 0));
  return all.map((k) => (k.scratch ? { ...k, scratch: { slices } } : k));
}

/** Both rungs of a product. */
const rungsOf = (p: Product) => ({
  plain: (d: Dims): Kernel[] => [perItem(matmul(p, d[p.inner]), d[p.rows] * d[p.cols])],
  fast: (d: Dims, target: Target): Kernel[] => fast(p, d, target),
});

/** out[r,c] = Σ_k left(r,k)·right(k,c), accumulated in float64. Strides say how the factors are stored. */
function product(
  out: FloatArray,
  [left, leftRow, leftInner]: readonly [FloatArray, number, number],
  [right, rightInner, rightCol]: readonly [FloatArray, number, number],
  [rows, inner, cols]: readonly [number, number, number],
  bias?: FloatArray,
): void {
  const sums = new Float64Array(cols);
  for (let r = 0; r < rows; r++) {
    sums.fill(0);
    for (let k = 0; k < inner; k++) {
      const l = left[r * leftRow + k * leftInner];
      for (let c = 0; c < cols; c++) sums[c] += l * right[k * rightInner + c * rightCol];
    }
    for (let c = 0; c < cols; c++) out[r * cols + c] = sums[c] + (bias ? bias[c] : 0);
  }
}

/** dx = dy · wᵀ */
const INPUT: Product = {
  left: "dy",
  right: "w",
  out: "dx",
  rows: "N",
  inner: "O",
  cols: "I",
  rightTransposed: true,
};
/** dw = xᵀ · dy */
const WEIGHT: Product = {
  left: "x",
  right: "dy",
  out: "dw",
  rows: "I",
  inner: "N",
  cols: "O",
  leftTransposed: true,
};
const WEIGHT_AND_BIAS: Product = { ...WEIGHT, ones: "db" };

export const backwardInput = defineOp({
  name: "linear.backward_input",
  math: "dx = dy · wᵀ",
  bindings: { dy: read("N,O"), w: read("I,O"), dx: write("N,I") },
  ...rungsOf(INPUT),
  twin: ({ dy, w, dx }, { N, I, O }) => product(dx, [dy, O, 1], [w, 1, O], [N, O, I]),
  cases,
  tolerance,
  flops,
});

export const backwardWeight = defineOp({
  name: "linear.backward_weight",
  math: "dw = xᵀ · dy",
  bindings: { x: read("N,I"), dy: read("N,O"), dw: write("I,O") },
  ...rungsOf(WEIGHT),
  twin: ({ x, dy, dw }, { N, I, O }) => product(dw, [x, 1, I], [dy, O, 1], [I, N, O]),
  cases,
  tolerance,
  flops,
});

/** All that goes back through a linear layer, in one operation, which needs dy once. */
export const backward = defineOp({
  name: "linear.backward",
  math: "dx = dy · wᵀ, dw = xᵀ · dy, db = Σdy",
  bindings: {
    dy: read("N,O"),
    x: read("N,I"),
    w: read("I,O"),
    dx: write("N,I"),
    dw: write("I,O"),
    db: write("O"),
  },
  plain: ({ N, I, O }) => [
    perItem(matmul(INPUT, O), N * I, "dx"),
    perItem(matmul(WEIGHT_AND_BIAS, N), (I + 1) * O, "dw and db"),
  ],
  fast: (d, target) => inTurn({ dx: fast(INPUT, d, target), "dw and db": fast(WEIGHT_AND_BIAS, d, target) }),
  twin: ({ dy, x, w, dx, dw, db }, { N, I, O }) => {
    product(dx, [dy, O, 1], [w, 1, O], [N, O, I]);
    product(dw, [x, 1, I], [dy, O, 1], [I, N, O]);
    // x's column of ones: one element, read N times.
    product(db, [new Float64Array(1).fill(1), 0, 0], [dy, O, 1], [1, N, O]);
  },
  // Its products are also judged by themselves, at all cases.
  cases: cases.filter((_, i) => i % 2 === 0),
  tolerance,
  flops: ({ N, I, O }) => 4 * N * I * O + N * O,
});

export const forward = defineOp({
  name: "linear.forward",
  math: "y = x · w + b",
  bindings: { x: read("N,I"), w: read("I,O"), b: read("O"), y: write("N,O") },
  ...rungsOf({ left: "x", right: "w", out: "y", rows: "N", inner: "I", cols: "O", bias: "b" }),
  twin: ({ x, w, b, y }, { N, I, O }) => product(y, [x, I, 1], [w, O, 1], [N, I, O], b),
  cases,
  tolerance,
  flops,
});
