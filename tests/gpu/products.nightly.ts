/** The texts for products with a short sum and with a thin side: every operation at every shape, and where little is left of a tile. */
import { describe, expect, it } from "vitest";
import { testKernel } from "../../src/gpu/selftest.ts";
import { targetOf } from "../../src/gpu/target.ts";
import { kernelsOf } from "../../src/plan/contract.ts";
import { describeOnGpu } from "../support/device.ts";
import {
  BIG_PRODUCTS,
  type BigProduct,
  backward,
  backwardInput,
  backwardWeight,
  forward,
  MARKS,
} from "./products.ts";

const thinColumns = {
  forward: "thin",
  backwardInput: "short",
  backwardWeight: "thin",
  backward: "short",
} as const;
const SHAPES: readonly BigProduct[] = [
  ...BIG_PRODUCTS,
  { dims: { N: 1024, I: 30, O: 1024 }, texts: { forward: "short", backwardInput: "thin", backward: "thin" } },
  { dims: { N: 1024, I: 1024, O: 27 }, texts: thinColumns },
  { dims: { N: 260, I: 1024, O: 27 }, texts: thinColumns },
  { dims: { N: 1031, I: 203, O: 29 }, texts: { forward: "thin", backwardWeight: "thin", backward: "thin" } },
];
const OPERATIONS = { forward, backward, backwardInput, backwardWeight };

describeOnGpu("big products", ({ device }) => {
  describe.each(SHAPES)("at $dims", ({ dims, texts }) => {
    it.each(Object.keys(OPERATIONS) as (keyof typeof OPERATIONS)[])("linear %s", async (name) => {
      const op = OPERATIONS[name];
      const target = targetOf(device);
      const kernels = kernelsOf(op, dims, { rung: "fast", target });
      const text = texts[name];
      if (target.lanes > 1 && text) expect(kernels.map((k) => k.code).join()).toContain(MARKS[text]);
      expect(await testKernel(device, op, dims, 1)).toMatchObject({ ok: true, rung: "fast" });
    });
  });
});
