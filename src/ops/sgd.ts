import * as shader from "../../shaders/sgd.wgsl.ts";
import { defineOp, read, update } from "../plan/contract.ts";
import { perElement } from "./grids.ts";

/** Every parameter in one dispatch: they share one buffer, and so do their gradients. */
export const step = defineOp({
  name: "sgd.step",
  math: "p += −lr · g",
  bindings: { p: update("P"), g: read("P"), lr: read("") },
  kernels: ({ P }) => [perElement(shader.step, P, { vectors: ["p", "g"] })],
  twin: ({ p, g, lr }) => {
    for (let i = 0; i < p.length; i++) p[i] -= lr[0] * g[i];
  },
  cases: [{ P: 4137 }, { P: 1 }, { P: 64 }, { P: 1028 }],
  tolerance: { rtol: 1e-6, atol: 1e-6 },
  flops: ({ P }) => 2 * P,
});
