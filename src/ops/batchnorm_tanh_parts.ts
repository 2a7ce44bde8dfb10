/** BatchNorm and tanh in the steps between which their kernels round. */
import { type Dims, defineComputation, type Parts, read, write } from "../plan/contract.ts";
import { part } from "../plan/parts.ts";
import * as batchnorm from "./batchnorm_parts.ts";
import * as ew from "./elementwise.ts";
import * as reduce from "./reduce.ts";
import * as tanh from "./tanh.ts";

/** A part's arguments with another name in place of one. */
const renamed = (calls: Parts["calls"], from: string, to: string): Parts["calls"] =>
  calls.map(({ op, args }) => ({
    op,
    args: Object.fromEntries(
      Object.entries(args).map(([formal, name]) => [formal, name === from ? to : name]),
    ),
  }));

/** BatchNorm's parts, then tanh. */
export const forward = (d: Dims): Parts => {
  const { between, calls } = batchnorm.forward(d);
  return {
    between: { ...between, xHat: write("N,H"), preact: write("N,H") },
    calls: [...renamed(calls, "y", "preact"), part(tanh.forward, { x: "preact", y: "y" })],
  };
};

/** dgain = (Σd·distance − center·Σd)·invStd */
const dgain = defineComputation({
  name: "batchnorm_tanh.dgain",
  bindings: {
    sumDDistance: read("H"),
    center: read("H"),
    dbias: read("H"),
    invStd: read("H"),
    dgain: write("H"),
  },
  twin: (t, { H }) => {
    for (let h = 0; h < H; h++) t.dgain[h] = (t.sumDDistance[h] - t.center[h] * t.dbias[h]) * t.invStd[h];
  },
});

/** tanh backward; the sums, x taken relative to row 0, and from them its mean; xHat once more, and BatchNorm's formula. */
export const backward = (): Parts => ({
  between: {
    d: write("N,H"),
    distance: write("N,H"),
    center: write("H"),
    sumDDistance: write("H"),
    centered: write("N,H"),
    xHat: write("N,H"),
  },
  calls: [
    part(tanh.backward, { y: "y", dy: "dy", dx: "d" }),
    part(batchnorm.subtractFirstRow, { x: "x", y: "distance" }),
    part(reduce.meanBatch, { x: "distance", y: "center" }),
    part(reduce.sumBatch, { x: "d", y: "dbias" }),
    part(reduce.dotBatch, { x: "d", w: "distance", y: "sumDDistance" }),
    part(dgain, {
      sumDDistance: "sumDDistance",
      center: "center",
      dbias: "dbias",
      invStd: "invStd",
      dgain: "dgain",
    }),
    part(ew.subtractRow, { x: "distance", r: "center", y: "centered" }),
    part(ew.multiplyRow, { x: "centered", r: "invStd", y: "xHat" }),
    part(batchnorm.combine, {
      dy: "d",
      xHat: "xHat",
      gain: "gain",
      invStd: "invStd",
      dgain: "dgain",
      dbias: "dbias",
      dx: "dx",
    }),
  ],
});
