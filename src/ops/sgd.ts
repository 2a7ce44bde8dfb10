import * as shader from "../../shaders/optimizers.ts";
import { defineOp, read, update } from "../plan/contract.ts";
import { updateKernels } from "./grids.ts";

const cases = [{ P: 4137 }, { P: 1 }, { P: 64 }, { P: 1028 }];
const tolerance = { rtol: 1e-6, atol: 1e-6 };

/** Every parameter in one dispatch: they share one buffer, and so do their gradients. */
export const step = defineOp({
  name: "sgd.step",
  math: "p −= lr · g",
  bindings: { p: update("P"), g: read("P"), coefficients: read("") },
  ...updateKernels(shader.sgd),
  twin: ({ p, g, coefficients: [lr] }) => {
    for (let i = 0; i < p.length; i++) p[i] -= lr * g[i];
  },
  cases,
  tolerance,
  flops: ({ P }) => 2 * P,
});

/** torch.optim.SGD's momentum, without dampening and Nesterov. */
export const momentum = defineOp({
  name: "sgd.momentum",
  math: "buffer = momentum · buffer + g, p −= lr · buffer",
  bindings: { p: update("P"), momentum_buffer: update("P"), g: read("P"), coefficients: read("Q", "unit") },
  ...updateKernels(shader.momentum),
  twin: ({ p, momentum_buffer: buffer, g, coefficients: [lr, momentum] }) => {
    for (let i = 0; i < p.length; i++) {
      buffer[i] = momentum * buffer[i] + g[i];
      p[i] -= lr * buffer[i];
    }
  },
  cases: cases.map((d) => ({ ...d, Q: shader.momentum.coefficients.length })),
  relatedSizes: true,
  tolerance,
  flops: ({ P }) => 4 * P,
});
