import { sumBatch as fastSumBatch } from "../../shaders/fast/reduce.wgsl.ts";
import * as shader from "../../shaders/reduce.wgsl.ts";
import { type Dims, defineOp, type FloatArray, read, write, writeIndex } from "../plan/contract.ts";
import { perColumn, perItem, perWorkgroup } from "./grids.ts";

type Over = "batch" | "classes";

const cases = [
  { R: 32, C: 64 },
  { R: 19, C: 53 },
  { R: 2, C: 1 },
  // Sums of several blocks for each of a workgroup's 64 invocations; an odd number of outputs, so that a folded grid has one too many.
  { R: 1113, C: 5 },
  { R: 3, C: 1113 },
  { R: 256, C: 44 },
];
const tolerance = { rtol: 1e-5, atol: 1e-5 };

function reduce(
  over: Over,
  scale: number,
  { R, C }: Dims,
  y: FloatArray,
  x: FloatArray,
  w?: FloatArray,
): void {
  const sums = new Float64Array(y.length);
  for (let r = 0; r < R; r++)
    for (let c = 0; c < C; c++) sums[over === "batch" ? c : r] += x[r * C + c] * (w ? w[r * C + c] : 1);
  for (let i = 0; i < y.length; i++) y[i] = scale * sums[i];
}

const outputs = (over: Over, { R, C }: Dims): number => (over === "batch" ? C : R);

/** A sum times a factor: the factor's value for the twin, and WGSL of the product from the sum, `partial[0]`. */
const sum = (
  name: string,
  math: string,
  over: Over,
  { factor = () => 1, result = "partial[0]" }: { factor?: (d: Dims) => number; result?: string } = {},
) =>
  defineOp({
    name: `reduce.${name}`,
    math,
    bindings: { x: read("R,C"), y: write(over === "batch" ? "C" : "R") },
    plain: (d) => [perWorkgroup(shader.sum({ over, result }), outputs(over, d))],
    twin: ({ x, y }, d) => reduce(over, factor(d), d, y, x),
    cases,
    tolerance,
    flops: ({ R, C }) => R * C,
  });

const dot = (name: string, math: string, over: Over) =>
  defineOp({
    name: `reduce.${name}`,
    math,
    bindings: { x: read("R,C"), w: read("R,C"), y: write(over === "batch" ? "C" : "R") },
    plain: (d) => [perWorkgroup(shader.sum({ over, product: true }), outputs(over, d))],
    twin: ({ x, w, y }, d) => reduce(over, 1, d, y, x, w),
    cases,
    tolerance,
    flops: ({ R, C }) => 2 * R * C,
  });

const negative = { factor: () => -1, result: "-partial[0]" };

/** The gradients of the biases: the one reduction of the fused step, so it has a fast kernel too. */
export const sumBatch = defineOp({
  ...sum("sum_batch", "y = x.sum(0)", "batch"),
  fast: ({ R, C }) => [perColumn(fastSumBatch, R, C, ["x", "y"])],
});
export const negativeSumBatch = sum("negative_sum_batch", "y = (−x).sum(0)", "batch", negative);
export const meanBatch = sum("mean_batch", "y = 1/n · x.sum(0)", "batch", {
  factor: ({ R }) => 1 / R,
  result: "partial[0] / f32(R)",
});
/** Of squared differences; Bessel's correction, so at least two rows. */
export const besselBatch = sum("bessel_batch", "y = 1/(n−1) · x.sum(0)", "batch", {
  factor: ({ R }) => 1 / (R - 1),
  result: "partial[0] / f32(R - 1u)",
});
export const dotBatch = dot("dot_batch", "y = (x · w).sum(0)", "batch");
export const sumClasses = sum("sum_classes", "y = x.sum(1)", "classes");
export const negativeSumClasses = sum("negative_sum_classes", "y = (−x).sum(1)", "classes", negative);
export const dotClasses = dot("dot_classes", "y = (x · w).sum(1)", "classes");

export const maxClasses = defineOp({
  name: "reduce.max_classes",
  math: "y, index = x.max(1), the first of equals",
  bindings: { x: read("R,C"), y: write("R"), index: writeIndex("R", "C") },
  plain: ({ R }) => [perItem(shader.max, R)],
  twin: ({ x, y, index }, { R, C }) => {
    for (let r = 0; r < R; r++) {
      let at = 0;
      for (let c = 1; c < C; c++) if (x[r * C + c] > x[r * C + at]) at = c;
      y[r] = x[r * C + at];
      index[r] = at;
    }
  },
  cases: [...cases, { R: 384, C: 3 }],
  tolerance: { rtol: 0, atol: 0 },
  flops: ({ R, C }) => R * C,
});
