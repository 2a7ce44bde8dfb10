import { foldedGrid, LINEAR } from "../../shaders/common.ts";
import * as shader from "../../shaders/sgd.wgsl.ts";
import { defineOp, read, update } from "./contract.ts";

/** Every parameter in one dispatch: they share one buffer, and so do their gradients. */
export const step = defineOp({
  name: "sgd.step",
  math: "p += −lr · g",
  bindings: { p: update("P"), g: read("P"), lr: read("") },
  kernels: ({ P }) => [
    { pass: "", code: shader.step(), grid: foldedGrid(Math.ceil(P / LINEAR)), invocations: LINEAR },
  ],
  twin: ({ p, g, lr }) => {
    for (let i = 0; i < p.length; i++) p[i] -= lr[0] * g[i];
  },
  cases: [{ P: 4137 }, { P: 1 }, { P: 64 }],
  tolerance: { rtol: 1e-6, atol: 1e-6 },
  flops: ({ P }) => 2 * P,
});
