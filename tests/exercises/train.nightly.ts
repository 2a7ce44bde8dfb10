/** Whole solutions train for 100 steps without a difference; `npm test` has 4. */
import { expect, test } from "vitest";
import { loadBundledWords } from "../../src/data/bundled.ts";
import { buildDataset } from "../../src/data/examples.ts";
import { trainBeside } from "../../src/exercises/train.ts";
import { solutions } from "./dialect/solutions.ts";

test.each(Object.entries(solutions))("%s", async (_, text) => {
  const { train, vocabulary } = buildDataset(await loadBundledWords(), { context: 3 });
  const result = await trainBeside(text, { steps: 100, train, vocabulary: vocabulary.size });
  expect(result).toMatchObject({ steps: 100, firstDifference: null, lent: [], diverged: null });
  expect(result!.losses.yours).toBeCloseTo(result!.losses.right, 9);
  expect(result!.losses.yours).toBeLessThan(3.1);
});
