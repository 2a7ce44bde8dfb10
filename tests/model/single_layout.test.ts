/** How the whole step is cut up for one workgroup. */
import { expect, it } from "vitest";
import { sgd } from "../../shaders/optimizers.ts";
import { layoutOf, whyNotSingle } from "../../src/model/single/layout.ts";
import { LANES, type Target, WORKGROUP_BYTES } from "../../src/plan/target.ts";

const HIDDEN = [1, 2, 9, 30, 53, 64, 100, 128, 200, 256, 400, 511, 512];

const TARGETS: readonly Target[] = [
  ...LANES.map((lanes) => ({ lanes, workgroupBytes: WORKGROUP_BYTES[0] })),
  ...[2, 4, 16].map((rows) => ({ lanes: 1, workgroupBytes: WORKGROUP_BYTES[0], rows })),
];

it.each(TARGETS)("gives every invocation rows of the batch, and all rows to one: %o", (target) => {
  for (const hidden of HIDDEN)
    for (let batch = 2; ; batch += batch < 300 ? 1 : 37) {
      const sizes = { vocabulary: 27, context: 3, embedding: 10, hidden, batch };
      if (whyNotSingle(sizes)) break;
      const { rowBlocks, quads, owners } = layoutOf(sizes, sgd, target).layout;
      const rows = 4 * quads;
      const fits = (rowBlocks - 1) * rows < batch && batch <= rowBlocks * rows && rowBlocks * owners <= 256;
      if (!fits) throw new Error(`hidden ${hidden}, batch ${batch}: ${rowBlocks} blocks of ${rows} rows`);
    }
  expect.assertions(0);
});

it("keeps nothing but the rows' losses in workgroup memory where that is filled with zeros for every subgroup", () => {
  const sizes = { vocabulary: 27, context: 3, embedding: 10, hidden: 64, batch: 32 };
  const of = (lanes: number) => layoutOf(sizes, sgd, { lanes, workgroupBytes: WORKGROUP_BYTES[0] });
  expect(of(4).bytes).toBe(4 * 32);
  expect(of(8).bytes).toBeGreaterThan(8192);
});
