/** BatchNorm in the steps between which its kernels round. */
import { chooseReduction } from "../../shaders/fast/common.ts";
import { type Dims, defineComputation, type Parts, read, write } from "../plan/contract.ts";
import { part } from "../plan/parts.ts";
import * as ew from "./elementwise.ts";
import * as reduce from "./reduce.ts";

export const subtractFirstRow = defineComputation({
  name: "batchnorm.subtract_first_row",
  bindings: { x: read("N,H"), y: write("N,H") },
  twin: ({ x, y }, { H }) => {
    for (let i = 0; i < y.length; i++) y[i] = x[i] - x[i % H];
  },
});

const addFirstRow = defineComputation({
  name: "batchnorm.add_first_row",
  bindings: { x: read("N,H"), r: read("H"), y: write("H") },
  twin: ({ x, r, y }) => {
    for (let h = 0; h < y.length; h++) y[h] = r[h] + x[h];
  },
});

/** The mean, and what lies between its parts: of many rows, whose sum has parts of its own, the fast kernel takes it relative to row 0. */
const mean = (N: number): Parts =>
  chooseReduction(N).parts === 1
    ? { between: {}, calls: [part(reduce.meanBatch, { x: "x", y: "mean" })] }
    : {
        between: { relative: write("N,H"), relativeMean: write("H") },
        calls: [
          part(subtractFirstRow, { x: "x", y: "relative" }),
          part(reduce.meanBatch, { x: "relative", y: "relativeMean" }),
          part(addFirstRow, { x: "x", r: "relativeMean", y: "mean" }),
        ],
      };

/** The notebook's lines. */
export const forward = ({ N }: Dims): Parts => ({
  between: {
    ...mean(N).between,
    mean: write("H"),
    difference: write("N,H"),
    squares: write("N,H"),
    variance: write("H"),
  },
  calls: [
    ...mean(N).calls,
    part(ew.subtractRow, { x: "x", r: "mean", y: "difference" }),
    part(ew.square, { x: "difference", y: "squares" }),
    part(reduce.besselBatch, { x: "squares", y: "variance" }),
    part(ew.inverseStd, { x: "variance", y: "invStd" }),
    part(ew.multiplyRow, { x: "difference", r: "invStd", y: "xHat" }),
    part(ew.scaleShift, { x: "xHat", gain: "gain", bias: "bias", y: "y" }),
  ],
});

/** dx = gain·invStd/n · (n·dy − dbias − n/(n−1)·xHat·dgain) */
export const combine = defineComputation({
  name: "batchnorm.combine",
  bindings: {
    dy: read("N,H"),
    xHat: read("N,H"),
    gain: read("H"),
    invStd: read("H"),
    dgain: read("H"),
    dbias: read("H"),
    dx: write("N,H"),
  },
  twin: ({ dy, xHat, gain, invStd, dgain, dbias, dx }, { N, H }) => {
    for (let i = 0; i < N * H; i++) {
      const h = i % H;
      dx[i] = ((gain[h] * invStd[h]) / N) * (N * dy[i] - dbias[h] - (N / (N - 1)) * xHat[i] * dgain[h]);
    }
  },
});

/** The two sums, then the formula. */
export const backward = (): Parts => ({
  between: {},
  calls: [
    part(reduce.sumBatch, { x: "dy", y: "dbias" }),
    part(reduce.dotBatch, { x: "dy", w: "xHat", y: "dgain" }),
    part(combine, {
      dy: "dy",
      xHat: "xHat",
      gain: "gain",
      invStd: "invStd",
      dgain: "dgain",
      dbias: "dbias",
      dx: "dx",
    }),
  ],
});
