import * as plain from "../../shaders/batchnorm_tanh.wgsl.ts";
import * as fast from "../../shaders/fast/batchnorm_tanh.wgsl.ts";
import { chooseColumns, type Reduction } from "../../shaders/fast/common.ts";
import { type Dims, defineOp, type Kernel, read, write } from "../plan/contract.ts";
import type { Target } from "../plan/target.ts";
import * as batchnorm from "./batchnorm.ts";
import { moments } from "./batchnorm_moments.ts";
import * as parts from "./batchnorm_tanh_parts.ts";
import { perColumn, perItem } from "./grids.ts";

const { cases, tolerance } = batchnorm.forward;

/** A kernel whose columns are spread over the device's workgroups. */
const spread = (
  code: (r: Reduction) => string,
  { N, H }: Dims,
  { lanes }: Target,
  vectors: string[],
): Kernel => perColumn(code, N, H, vectors, chooseColumns(N, lanes));

export const backward = defineOp({
  name: "batchnorm_tanh.backward",
  math: "dx = gain·invStd/n · (n·d − Σd − n/(n−1)·xHat·Σ(d·xHat)), dgain = Σ(d·xHat), dbias = Σd, d = (1 − y²)·dy, xHat = (x − mean)·invStd",
  bindings: {
    dy: read("N,H"),
    y: read("N,H", "unit"),
    x: read("N,H"),
    // Below 1 in tests, which draw x apart from it: xHat is then not much larger than it ever is.
    invStd: read("H", "unit"),
    gain: read("H"),
    dx: write("N,H"),
    dgain: write("H"),
    dbias: write("H"),
  },
  plain: ({ H }) => [perItem(plain.backward, H)],
  fast: (d, target) => [
    spread(fast.backward, d, target, ["dy", "y", "x", "invStd", "gain", "dx", "dgain", "dbias"]),
  ],
  twin: ({ dy, y, x, invStd, gain, dx, dgain, dbias }, { N, H }) => {
    const d = Float64Array.from(dy, (_, i) => (1 - y[i] * y[i]) * dy[i]);
    const xHat = new Float64Array(N * H);
    for (let h = 0; h < H; h++) {
      const { mean } = moments(x, h, N, H);
      for (let i = h; i < N * H; i += H) xHat[i] = (x[i] - mean) * invStd[h];
    }
    batchnorm.backward.twin({ dy: d, xHat, gain, invStd, dx, dgain, dbias }, { N, H });
  },
  parts: parts.backward,
  cases,
  tolerance,
  flops: ({ N, H }) => 16 * N * H,
});

export const forward = defineOp({
  name: "batchnorm_tanh.forward",
  math: "y = tanh(gain·(x − mean)·invStd + bias), invStd = (var + eps)^−½ with n−1",
  bindings: {
    x: read("N,H"),
    gain: read("H"),
    bias: read("H"),
    invStd: write("H"),
    y: write("N,H"),
  },
  plain: ({ H }) => [perItem(plain.forward, H)],
  fast: (d, target) => [spread(fast.forward, d, target, ["x", "gain", "bias", "invStd", "y"])],
  twin: ({ x, gain, bias, invStd, y }, { N, H }) => {
    const preact = new Float64Array(N * H);
    batchnorm.forward.twin({ x, gain, bias, invStd, xHat: new Float64Array(N * H), y: preact }, { N, H });
    for (let i = 0; i < N * H; i++) y[i] = Math.tanh(preact[i]);
  },
  parts: parts.forward,
  cases,
  tolerance,
  flops: ({ N, H }) => 19 * N * H,
});
