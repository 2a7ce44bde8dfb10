/** The texts for products with a short sum and with a thin side, one of each kind; all of them at night. */
import { expect, it } from "vitest";
import { testKernel } from "../../src/gpu/selftest.ts";
import { targetOf } from "../../src/gpu/target.ts";
import { kernelsOf } from "../../src/plan/contract.ts";
import { describeOnGpu } from "../support/device.ts";
import { BIG_PRODUCTS, backward, forward, MARKS } from "./products.ts";

describeOnGpu("big products", ({ device }) => {
  const [shortSum, thinSide, ragged] = BIG_PRODUCTS;
  it.each([
    { op: forward, dims: shortSum.dims, text: "short" },
    { op: forward, dims: thinSide.dims, text: "thin" },
    { op: backward, dims: ragged.dims, text: "thin" },
  ] as const)("$op.name with a $text text at $dims", async ({ op, dims, text }) => {
    const target = targetOf(device);
    const kernels = kernelsOf(op, dims, { rung: "fast", target });
    if (target.lanes > 1) expect(kernels.map((k) => k.code).join()).toContain(MARKS[text]);
    expect(await testKernel(device, op, dims, 1)).toMatchObject({ ok: true, rung: "fast" });
  });
});
