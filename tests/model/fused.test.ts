/** What the fused step costs, by its plan alone: dispatches, and bytes that it moves at least. Change a number here only on purpose. */
import { expect, it } from "vitest";
import { type AnyPath, stepPlan } from "../../src/model/plans.ts";
import { kernelsOf, minimumBytes } from "../../src/plan/contract.ts";
import type { Plan } from "../../src/plan/plan.ts";
import { ANY_DEVICE } from "../../src/plan/target.ts";

const stepOf = (hidden: number, batch: number, path: AnyPath = "fused"): Plan =>
  stepPlan({ vocabulary: 27, context: 3, embedding: 10, hidden, batch }, path);

const dispatches = ({ calls, rung }: Plan, lanes: number): number =>
  calls.reduce(
    (sum, { op, dims }) => sum + kernelsOf(op, dims, { rung, target: { ...ANY_DEVICE, lanes } }).length,
    0,
  );
const bytes = ({ calls }: Plan): number =>
  calls.reduce((sum, { op, dims }) => sum + minimumBytes(op, dims), 0);

it.each([1, 4, 8])("at the seed's sizes it has few dispatches, with subgroups of %i", (lanes) => {
  expect(dispatches(stepOf(64, 32), lanes)).toBe(12);
  expect(dispatches(stepOf(200, 32), lanes)).toBe(12);
});

it("moves each activation once forward and once backward", () => {
  // (N,H): hprebn and h written, hprebn read, h read; dh and dhprebn written, h read twice, dh, hprebn, dhprebn read.
  const activation = 4 * 1024 * 1024;
  expect(bytes(stepOf(1024, 1024))).toBe(11 * activation + 2_566_992);
  // The step before these fusions moved 78.3 MB.
  expect(bytes(stepOf(1024, 1024))).toBeLessThan(0.65 * 78.3e6);
});
