/** Softmax cross-entropy in the steps between which its kernels round. */
import { defineComputation, type Parts, read, readIndex, write, writeIndex } from "../plan/contract.ts";
import { part } from "../plan/parts.ts";
import * as ew from "./elementwise.ts";
import * as reduce from "./reduce.ts";

/** dlogits = (probs − onehot(target))/n */
const minusOneHot = defineComputation({
  name: "cross_entropy.minus_one_hot",
  bindings: { probs: read("N,V"), targets: readIndex("N", "V"), dlogits: write("N,V") },
  twin: ({ probs, targets, dlogits }, { N, V }) => {
    for (let i = 0; i < N * V; i++)
      dlogits[i] = (probs[i] - (i % V === targets[Math.floor(i / V)] ? 1 : 0)) / N;
  },
});

/** loss = mean of log(sum) − shifted[target]: never log(probs), which may be log(0). */
const meanOfRows = defineComputation({
  name: "cross_entropy.mean_of_rows",
  bindings: { shifted: read("N,V"), sum: read("N"), targets: readIndex("N", "V"), loss: write("") },
  twin: ({ shifted, sum, targets, loss }, { N, V }) => {
    let total = 0;
    for (let n = 0; n < N; n++) total += Math.log(sum[n]) - shifted[n * V + targets[n]];
    loss[0] = total / N;
  },
});

/** The notebook's lines of the forward pass as far as `probs`, then exercise 2's formula and the loss. */
export const fused = (): Parts => ({
  between: {
    top: write("N"),
    index: writeIndex("N", "V"),
    shifted: write("N,V"),
    exponentials: write("N,V"),
    sum: write("N"),
    inverse: write("N"),
    probs: write("N,V"),
  },
  calls: [
    part(reduce.maxClasses, { x: "logits", y: "top", index: "index" }),
    part(ew.subtractColumn, { x: "logits", k: "top", y: "shifted" }),
    part(ew.exp, { x: "shifted", y: "exponentials" }),
    part(reduce.sumClasses, { x: "exponentials", y: "sum" }),
    part(ew.reciprocal, { x: "sum", y: "inverse" }),
    part(ew.multiplyColumn, { x: "exponentials", k: "inverse", y: "probs" }),
    part(minusOneHot, { probs: "probs", targets: "targets", dlogits: "dlogits" }),
    part(meanOfRows, { shifted: "shifted", sum: "sum", targets: "targets", loss: "loss" }),
  ],
});
