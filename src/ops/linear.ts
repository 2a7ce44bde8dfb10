import {
  addSlices,
  type MatmulTiling,
  type MatmulVariant,
  type MatmulVectors,
  matmul,
  matmulBytes,
  matmulTiling,
} from "../../shaders/matmul.wgsl.ts";
import { exchangeTiling, matmulExchange, type View } from "../../shaders/matmul_exchange.wgsl.ts";
import { type Dims, defineOp, type FloatArray, type Kernel, read, write } from "../plan/contract.ts";
import { ANY_DEVICE, type Target } from "../plan/target.ts";
import { perElement } from "./grids.ts";

const cases = [
  { N: 32, I: 30, O: 64 },
  { N: 19, I: 35, O: 53 },
  { N: 2, I: 1, O: 1 },
  { N: 33, I: 17, O: 31 },
  { N: 70, I: 200, O: 27 },
  { N: 600, I: 44, O: 130 },
  { N: 520, I: 47, O: 18 },
  { N: 512, I: 33, O: 6 },
  { N: 61, I: 531, O: 33 },
  { N: 39, I: 20, O: 517 },
  { N: 64, I: 64, O: 17 },
  { N: 128, I: 96, O: 128 },
];
// A chain of I float32 additions of products of standard normals: error about √I·2⁻²⁴·√I.
const tolerance = { rtol: 1e-5, atol: 3e-5 };
const flops = ({ N, I, O }: Dims): number => 2 * N * I * O;

const wholeVectors = (v: MatmulVariant, d: Dims): MatmulVectors => ({
  left: d[v.leftTransposed ? v.rows : v.inner] % 4 === 0,
  right: d[v.rightTransposed ? v.inner : v.cols] % 4 === 0,
  out: d[v.cols] % 4 === 0,
});

/** The text in which invocations stage tiles for one another in workgroup memory. */
function staged(v: MatmulVariant, d: Dims, t: MatmulTiling): Kernel {
  const whole = wholeVectors(v, d);
  return {
    pass: "",
    code: matmul(v, t, whole),
    grid: [t.colTiles, t.rowTiles * t.slices, 1],
    invocations: t.down * t.across,
    workgroupBytes: matmulBytes(t),
    vectors: [
      ...(whole.left ? [v.left] : []),
      ...(whole.right ? [v.right] : []),
      ...(whole.out ? [v.out, "slices"] : []),
    ],
  };
}

/** The text in which subgroups of `lanes` invocations exchange what they read. */
function exchanging(v: MatmulVariant, d: Dims, tiling: MatmulTiling, lanes: number): Kernel {
  const t = exchangeTiling(v, [d[v.rows], d[v.inner], d[v.cols]], lanes, tiling);
  const views: Readonly<Record<string, View>> = {
    [v.left]: t.left,
    [v.right]: t.right,
    [v.out]: t.out,
    slices: t.out,
  };
  const seenAs = (view: View) => Object.keys(views).filter((name) => views[name] === view);
  return {
    pass: "",
    code: matmulExchange(v, t),
    grid: [t.colTiles, t.rowTiles * t.slices, 1],
    invocations: lanes,
    subgroups: true,
    pairs: seenAs("vec2f"),
    vectors: seenAs("vec4f"),
  };
}

/** What the registry needs of a product: its kernels, and the slices' sums between the first and the second. */
function kernelsOf(v: MatmulVariant) {
  const tiling = (d: Dims) => matmulTiling(d[v.rows], d[v.inner], d[v.cols]);
  return {
    scratch: (d: Dims): Record<string, number> => {
      const { slices } = tiling(d);
      return slices > 1 ? { slices: slices * d[v.rows] * d[v.cols] } : {};
    },
    kernels: (d: Dims, { lanes }: Target = ANY_DEVICE): Kernel[] => {
      const t = tiling(d);
      const tiles = lanes > 1 ? exchanging(v, d, t, lanes) : staged(v, d, t);
      if (t.slices === 1) return [tiles];
      const sum = perElement((s) => addSlices(v, t, s), d[v.rows] * d[v.cols], {
        pass: "sum of slices",
        vectors: wholeVectors(v, d).out ? [v.out, "slices"] : [],
      });
      return [{ ...tiles, pass: "slices" }, sum];
    },
  };
}

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

export const backwardInput = defineOp({
  name: "linear.backward_input",
  math: "dx = dy · wᵀ",
  bindings: { dy: read("N,O"), w: read("I,O"), dx: write("N,I") },
  ...kernelsOf({
    left: "dy",
    right: "w",
    out: "dx",
    rows: "N",
    inner: "O",
    cols: "I",
    rightTransposed: true,
  }),
  twin: ({ dy, w, dx }, { N, I, O }) => product(dx, [dy, O, 1], [w, 1, O], [N, O, I]),
  cases,
  tolerance,
  flops,
});

export const backwardWeight = defineOp({
  name: "linear.backward_weight",
  math: "dw = xᵀ · dy",
  bindings: { x: read("N,I"), dy: read("N,O"), dw: write("I,O") },
  ...kernelsOf({
    left: "x",
    right: "dy",
    out: "dw",
    rows: "I",
    inner: "N",
    cols: "O",
    leftTransposed: true,
  }),
  twin: ({ x, dy, dw }, { N, I, O }) => product(dw, [x, 1, I], [dy, O, 1], [I, N, O]),
  cases,
  tolerance,
  flops,
});

export const forward = defineOp({
  name: "linear.forward",
  math: "y = x · w + b",
  bindings: { x: read("N,I"), w: read("I,O"), b: read("O"), y: write("N,O") },
  ...kernelsOf({ left: "x", right: "w", out: "y", rows: "N", inner: "I", cols: "O", bias: "b" }),
  twin: ({ x, w, b, y }, { N, I, O }) => product(y, [x, I, 1], [w, O, 1], [N, I, O], b),
  cases,
  tolerance,
  flops,
  gradient: [
    { backward: backwardInput, saved: { w: "w" }, upstream: { dy: "y" }, gradients: { dx: "x" } },
    { backward: backwardWeight, saved: { x: "x" }, upstream: { dy: "y" }, gradients: { dw: "w" } },
  ],
});
