import * as shader from "../../shaders/optimizers.ts";
import { defineOp, read, update } from "../plan/contract.ts";
import { updateKernels } from "./grids.ts";

/** torch.optim.AdamW, decaying every parameter. The coefficients are explained beside the shader. */
export const step = defineOp({
  name: "adamw.step",
  math: "m += (1−β₁)(g−m), v = β₂v + (1−β₂)g², p = (1−lr·λ)p − lr/(1−β₁ᵗ) · m/(√v/√(1−β₂ᵗ) + ε)",
  bindings: {
    p: update("P"),
    exp_avg: update("P"),
    exp_avg_sq: update("P", "positive"),
    g: read("P"),
    coefficients: read("Q", "unit"),
  },
  ...updateKernels(shader.adamw),
  twin: ({ p, exp_avg, exp_avg_sq, g, coefficients }) => {
    const [stepSize, keep, newMean, oldSquare, newSquare, correction, eps] = coefficients;
    for (let i = 0; i < p.length; i++) {
      exp_avg[i] += newMean * (g[i] - exp_avg[i]);
      exp_avg_sq[i] = oldSquare * exp_avg_sq[i] + newSquare * g[i] * g[i];
      p[i] = keep * p[i] - (stepSize * exp_avg[i]) / (Math.sqrt(exp_avg_sq[i]) / correction + eps);
    }
  },
  cases: [4137, 1, 64, 1028].map((P) => ({ P, Q: shader.adamw.coefficients.length })),
  relatedSizes: true,
  tolerance: { rtol: 2e-6, atol: 2e-6 },
  flops: ({ P }) => 14 * P,
});
