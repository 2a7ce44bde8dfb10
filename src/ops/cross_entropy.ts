import * as plain from "../../shaders/cross_entropy.wgsl.ts";
import { chooseReduction, MOST_INVOCATIONS, reductionBytes } from "../../shaders/fast/common.ts";
import * as fast from "../../shaders/fast/cross_entropy.wgsl.ts";
import {
  type Dims,
  defineOp,
  type FloatArray,
  type Kernel,
  read,
  readIndex,
  write,
} from "../plan/contract.ts";
import * as parts from "./cross_entropy_parts.ts";
import { perItem, perOutput, perWorkgroup } from "./grids.ts";

const cases = [
  { N: 32, V: 27 },
  { N: 19, V: 31 },
  { N: 2, V: 2 },
  { N: 7, V: 67 },
  { N: 150, V: 300 },
  // Rows that fill an even number of workgroups, so that a folded grid has no room to spare, and whose losses are a long sum.
  { N: 1152, V: 3 },
  // The most rows of one workgroup, and one more.
  { N: 64, V: 27 },
  { N: 65, V: 5 },
];
const tolerance = { rtol: 2e-6, atol: 2e-7 };

const fastRows = ({ N, V }: Dims, { lossOnly = false, pass = "" }): Kernel => {
  const reduction = chooseReduction(V);
  return perOutput(fast.rows(reduction, { lossOnly }), N, reduction, pass);
};

/**
 * Most rows that one workgroup takes together with their mean. Two dispatches instead, µs: lavapipe 111 → 41 at 32 rows, 164 → 52 at 64,
 * 153 → 68 at 128; but SwiftShader 108 → 92, 105 → 147 and 145 → 277, since one thread runs a workgroup.
 */
const TOGETHER = 64;

/** All rows and their mean in one workgroup; undefined for more rows than that should have. */
function fastAtOnce({ N, V }: Dims): Kernel[] | undefined {
  const reduction = { ...chooseReduction(V), outputs: N };
  if (N > TOGETHER || N * reduction.parts > MOST_INVOCATIONS) return undefined;
  const kernel = perOutput(fast.rows(reduction, { mean: true }), N, reduction);
  return [{ ...kernel, workgroupBytes: reductionBytes(reduction) + 4 * N }];
}

/** The mean of the rows' losses. */
const fastMean = (terms: number): Kernel => {
  const reduction = { ...chooseReduction(terms), outputs: 1 };
  return perOutput(fast.meanLoss(reduction), 1, reduction, "mean");
};

/** Two passes; the first leaves the rows' losses for the second. */
const twoPasses = (N: number, rows: Kernel, mean: Kernel): Kernel[] =>
  [rows, mean].map((k) => ({ ...k, scratch: { rowLoss: N } }));

/** −log softmax(logits[n])[target], and the softmax itself into `probs` if given (V). */
function rowLoss(logits: FloatArray, n: number, target: number, V: number, probs?: Float64Array): number {
  let top = logits[n * V];
  for (let c = 1; c < V; c++) top = Math.max(top, logits[n * V + c]);
  let total = 0;
  for (let c = 0; c < V; c++) total += Math.exp(logits[n * V + c] - top);
  if (probs) for (let c = 0; c < V; c++) probs[c] = Math.exp(logits[n * V + c] - top) / total;
  return Math.log(total) - (logits[n * V + target] - top);
}

/** Forward and backward at once: the gradient of the loss is one of its outputs. */
export const fused = defineOp({
  name: "cross_entropy.fused",
  math: "loss = −mean log softmax(logits)[target], dlogits = (softmax(logits) − onehot(target))/n",
  bindings: {
    logits: read("N,V"),
    targets: readIndex("N", "V"),
    dlogits: write("N,V"),
    loss: write(""),
  },
  plain: ({ N }) => twoPasses(N, perItem(plain.rows, N, "rows"), perWorkgroup(plain.meanLoss, 1, "mean")),
  fast: (d) => fastAtOnce(d) ?? twoPasses(d.N, fastRows(d, { pass: "rows" }), fastMean(d.N)),
  twin: ({ logits, targets, dlogits, loss }, { N, V }) => {
    const probs = new Float64Array(V);
    let sum = 0;
    for (let n = 0; n < N; n++) {
      sum += rowLoss(logits, n, targets[n], V, probs);
      for (let c = 0; c < V; c++) dlogits[n * V + c] = (probs[c] - (c === targets[n] ? 1 : 0)) / N;
    }
    loss[0] = sum / N;
  },
  parts: parts.fused,
  cases,
  tolerance,
  flops: ({ N, V }) => 12 * N * V,
});

/** Forward only, a loss per row: evaluation, where the last rows of a batch may be padding. */
export const perRow = defineOp({
  name: "cross_entropy.per_row",
  math: "rowLoss[n] = −log softmax(logits[n])[target[n]]",
  bindings: { logits: read("N,V"), targets: readIndex("N", "V"), rowLoss: write("N") },
  plain: ({ N }) => [perItem(plain.rowLoss, N)],
  fast: (d) => [fastRows(d, { lossOnly: true })],
  twin: (t, { N, V }) => {
    for (let n = 0; n < N; n++) t.rowLoss[n] = rowLoss(t.logits, n, t.targets[n], V);
  },
  cases,
  tolerance: { rtol: 1e-5, atol: 1e-5 },
  flops: ({ N, V }) => 6 * N * V,
});

/** The notebook's last forward line, for the chunked plan. */
export const pick = defineOp({
  name: "cross_entropy.pick",
  math: "loss = −logprobs[range(n), targets].mean()",
  bindings: { logprobs: read("R,C"), targets: readIndex("R", "C"), loss: write("") },
  plain: () => [perWorkgroup(plain.pick, 1)],
  twin: ({ logprobs, targets, loss }, { R, C }) => {
    let sum = 0;
    for (let r = 0; r < R; r++) sum += logprobs[r * C + targets[r]];
    loss[0] = -sum / R;
  },
  cases: cases.map(({ N, V }) => ({ R: N, C: V })),
  tolerance,
  flops: ({ R }) => R,
});
