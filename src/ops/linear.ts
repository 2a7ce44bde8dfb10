import { MATMUL_BYTES, type MatmulVariant, matmul, TILE } from "../../shaders/matmul.wgsl.ts";
import { type Dims, defineOp, type FloatArray, type Kernel, read, write } from "./contract.ts";

const cases = [
  { N: 32, I: 30, O: 64 },
  { N: 19, I: 35, O: 53 },
  { N: 2, I: 1, O: 1 },
  { N: 33, I: 17, O: 31 },
  { N: 70, I: 200, O: 27 },
  { N: 64, I: 64, O: 17 },
];
// A chain of I float32 additions of products of standard normals: error about √I·2⁻²⁴·√I.
const tolerance = { rtol: 1e-5, atol: 3e-5 };
const flops = ({ N, I, O }: Dims): number => 2 * N * I * O;

const kernel = (d: Dims, v: MatmulVariant): Kernel[] => [
  {
    pass: "",
    code: matmul(v),
    grid: [Math.ceil(d[v.cols] / TILE), Math.ceil(d[v.rows] / TILE), 1],
    invocations: 64,
    workgroupBytes: MATMUL_BYTES,
  },
];

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
  kernels: (d) =>
    kernel(d, { left: "dy", right: "w", out: "dx", rows: "N", inner: "O", cols: "I", rightTransposed: true }),
  twin: ({ dy, w, dx }, { N, I, O }) => product(dx, [dy, O, 1], [w, 1, O], [N, O, I]),
  cases,
  tolerance,
  flops,
});

export const backwardWeight = defineOp({
  name: "linear.backward_weight",
  math: "dw = xᵀ · dy",
  bindings: { x: read("N,I"), dy: read("N,O"), dw: write("I,O") },
  kernels: (d) =>
    kernel(d, { left: "x", right: "dy", out: "dw", rows: "I", inner: "N", cols: "O", leftTransposed: true }),
  twin: ({ x, dy, dw }, { N, I, O }) => product(dw, [x, 1, I], [dy, O, 1], [I, N, O]),
  cases,
  tolerance,
  flops,
});

export const forward = defineOp({
  name: "linear.forward",
  math: "y = x · w + b",
  bindings: { x: read("N,I"), w: read("I,O"), b: read("O"), y: write("N,O") },
  kernels: (d) => kernel(d, { left: "x", right: "w", out: "y", rows: "N", inner: "I", cols: "O", bias: "b" }),
  twin: ({ x, w, b, y }, { N, I, O }) => product(y, [x, I, 1], [w, O, 1], [N, I, O], b),
  cases,
  tolerance,
  flops,
  gradient: [
    { backward: backwardInput, saved: { w: "w" }, upstream: { dy: "y" }, gradients: { dx: "x" } },
    { backward: backwardWeight, saved: { x: "x" }, upstream: { dy: "y" }, gradients: { dw: "w" } },
  ],
});
