import * as plain from "../../shaders/batchnorm.wgsl.ts";
import * as fast from "../../shaders/fast/batchnorm.wgsl.ts";
import { defineOp, read, readIndex, write } from "../plan/contract.ts";
import { moments } from "./batchnorm_moments.ts";
import * as parts from "./batchnorm_parts.ts";
import { perColumn, perElement, perItem } from "./grids.ts";

const { EPS } = plain;

const cases = [
  { N: 32, H: 64 },
  { N: 19, H: 53 },
  { N: 2, H: 1 },
  { N: 131, H: 197 },
  { N: 70, H: 132 },
  { N: 256, H: 36 },
];
const tolerance = { rtol: 5e-6, atol: 5e-6 };

export const backward = defineOp({
  name: "batchnorm.backward",
  math: "dx = gain·invStd/n · (n·dy − Σdy − n/(n−1)·xHat·Σ(dy·xHat)), dgain = Σ(dy·xHat), dbias = Σdy",
  bindings: {
    dy: read("N,H"),
    xHat: read("N,H"),
    gain: read("H"),
    invStd: read("H", "positive"),
    dx: write("N,H"),
    dgain: write("H"),
    dbias: write("H"),
  },
  plain: ({ H }) => [perItem(plain.backward, H)],
  fast: ({ N, H }) => [
    perColumn(fast.backward, N, H, ["dy", "xHat", "gain", "invStd", "dx", "dgain", "dbias"]),
  ],
  twin: ({ dy, xHat, gain, invStd, dx, dgain, dbias }, { N, H }) => {
    for (let h = 0; h < H; h++) {
      let sumDy = 0;
      let sumDyXHat = 0;
      for (let i = h; i < N * H; i += H) {
        sumDy += dy[i];
        sumDyXHat += dy[i] * xHat[i];
      }
      dbias[h] = sumDy;
      dgain[h] = sumDyXHat;
      const scale = (gain[h] * invStd[h]) / N;
      for (let i = h; i < N * H; i += H)
        dx[i] = scale * (N * dy[i] - sumDy - (N / (N - 1)) * xHat[i] * sumDyXHat);
    }
  },
  parts: parts.backward,
  cases,
  tolerance,
  flops: ({ N, H }) => 10 * N * H,
});

export const forward = defineOp({
  name: "batchnorm.forward",
  math: "xHat = (x − mean)·invStd, invStd = (var + eps)^−½ with n−1, y = gain·xHat + bias",
  bindings: {
    x: read("N,H"),
    gain: read("H"),
    bias: read("H"),
    invStd: write("H"),
    xHat: write("N,H"),
    y: write("N,H"),
  },
  plain: ({ H }) => [perItem(plain.forward, H)],
  fast: ({ N, H }) => [perColumn(fast.forward, N, H, ["x", "gain", "bias", "invStd", "xHat", "y"])],
  twin: ({ x, gain, bias, invStd, xHat, y }, { N, H }) => {
    for (let h = 0; h < H; h++) {
      const { mean, m2 } = moments(x, h, N, H);
      const inv = 1 / Math.sqrt(m2 / (N - 1) + EPS);
      invStd[h] = inv;
      for (let i = h; i < N * H; i += H) {
        xHat[i] = (x[i] - mean) * inv;
        y[i] = gain[h] * xHat[i] + bias[h];
      }
    }
  },
  parts: parts.forward,
  cases,
  tolerance,
  flops: ({ N, H }) => 9 * N * H,
});

export const statistics = defineOp({
  name: "batchnorm.statistics",
  math: "mean = Σx/n, m2 = Σ(x − mean)² of the first n rows of x",
  bindings: {
    x: read("N,H"),
    /** Rows of x that count. */
    rows: readIndex("", "N", 1),
    mean: write("H"),
    m2: write("H"),
  },
  plain: ({ H }) => [perItem(plain.statistics, H)],
  fast: ({ N, H }) => [perColumn(fast.statistics, N, H, ["x", "mean", "m2"])],
  twin: ({ x, rows: [valid], mean, m2 }, { H }) => {
    for (let h = 0; h < H; h++) {
      const batch = moments(x, h, valid, H);
      mean[h] = batch.mean;
      m2[h] = batch.m2;
    }
  },
  cases,
  tolerance,
  flops: ({ N, H }) => 4 * N * H,
});

export const inference = defineOp({
  name: "batchnorm.inference",
  math: "y = gain·(x − mean)·(variance + eps)^−½ + bias",
  bindings: {
    x: read("N,H"),
    mean: read("H"),
    variance: read("H", "positive"),
    gain: read("H"),
    bias: read("H"),
    y: write("N,H"),
  },
  plain: ({ N, H }) => [perItem(plain.inference, N * H)],
  fast: ({ N, H }) => [perElement(fast.inference, N * H)],
  twin: ({ x, mean, variance, gain, bias, y }, { N, H }) => {
    for (let i = 0; i < N * H; i++) {
      const h = i % H;
      y[i] = (gain[h] * (x[i] - mean[h])) / Math.sqrt(variance[h] + EPS) + bias[h];
    }
  },
  cases,
  tolerance,
  flops: ({ N, H }) => 6 * N * H,
});
