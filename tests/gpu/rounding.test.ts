/** Sums of many terms, means far from zero, and what exp, log and tanh make of no number: where float32 shows first. */
import { expect, it } from "vitest";
import { runAlone } from "../../src/gpu/alone.ts";
import { testKernel } from "../../src/gpu/selftest.ts";
import { targetOf } from "../../src/gpu/target.ts";
import { elementwise, embedding, tanh } from "../../src/ops/index.ts";
import { kernelsOf, RUNGS } from "../../src/plan/contract.ts";
import { TorchGenerator } from "../../src/random/torch.ts";
import { describeOnGpu } from "../support/device.ts";

describeOnGpu("float32 at its limits", ({ device }) => {
  it.each([
    { op: elementwise.exp, x: [Number.NaN] },
    { op: elementwise.log, x: [Number.NaN, -1e-45, -1e-38, -1, -Infinity] },
    { op: tanh.forward, x: [Number.NaN] },
  ])("$op.name of $x is no number", async ({ op, x }) => {
    const [rows, columns] = op.bindings.x.dims;
    const dims = { [rows]: 1, [columns]: x.length };
    for (const rung of RUNGS) {
      const kernels = kernelsOf(op, dims, { rung, target: targetOf(device) });
      const left = await runAlone(device, op, dims, kernels, { x: Float32Array.from(x) });
      const { words } = left.find((l) => l.name === "y")!;
      // Beyond the bits of infinity; a buffer is filled with 0x7fc00000, so that what is not written passes, but other tests see that.
      expect(Array.from(words, (w) => (w & 0x7fffffff) > 0x7f800000)).toEqual(x.map(() => true));
    }
  });

  it.each([
    { what: "a character that stands in 49,152 places", N: 49152, T: 1, V: 400000, E: 1, characters: 1 },
    { what: "a few frequent characters", N: 16411, T: 3, V: 130001, E: 3, characters: 7 },
  ])("sums the gradient of $what, where the table leaves room for few sums", async (o) => {
    const { N, T, V, E, characters } = o;
    const g = new TorchGenerator(5);
    const dy = g.randn(N * T * E).map((z) => 1 + 0.3 * z);
    const tokens = g.randint(characters, N * T).map((token) => V - 1 - 3 * token);
    // In a chain of 24,576 terms 1.5e-6 is lost. The plain kernel would look for all characters in all places: 20 billion steps.
    const op = { ...embedding.backward, plain: undefined, tolerance: { rtol: 6e-7, atol: 0 } };
    const verdict = await testKernel(device, op, { N, T, V, E }, 0, { tokens, dy });
    expect(verdict.ok, verdict.message).toBe(true);
  });
});
