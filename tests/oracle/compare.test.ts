import { expect, it } from "vitest";
import { compareTensors, explain, normwise } from "./compare.ts";

const tolerance = { rtol: 0.1, atol: 0.01 };

it("finds the element that takes the largest share of its tolerance, not the largest difference", () => {
  const comparison = compareTensors("x", [100.5, 0.015, 3], [100, 0, 3], tolerance);
  expect(comparison).toMatchObject({ ok: false, worstIndex: 1, got: 0.015, want: 0, maxdiff: 0.5 });
  expect(comparison.used).toBeCloseTo(1.5);
  expect(explain(comparison)).toBe("x[1] is 0.015, expected 0: 150% of the tolerance");
});

it("accepts equal values even with zero tolerance", () => {
  const none = { rtol: 0, atol: 0 };
  expect(compareTensors("x", [0, -Infinity], [-0, -Infinity], none)).toMatchObject({ ok: true, used: 0 });
  expect(compareTensors("x", [1e-30], [0], none)).toMatchObject({ ok: false, used: Infinity });
  expect(compareTensors("x", [], [], none).ok).toBe(true);
});

it.each([
  [Number.NaN, Number.NaN],
  [Number.NaN, 1],
  [1, Number.NaN],
  [1, Infinity],
  [-Infinity, Infinity],
])("does not take %d for %d", (got, want) => {
  expect(compareTensors("x", [0, got], [0, want], tolerance)).toMatchObject({ ok: false, worstIndex: 1 });
});

it("refuses to compare different lengths", () => {
  expect(() => compareTensors("x", [1], [1, 2], tolerance)).toThrow("x has 1 elements, expected 2");
});

it("scales a tolerance by the tensor, or by the terms of a sum that is zero", () => {
  const tensors = { dh: { data: [1, -4] }, db1: { data: [1e-18] }, dhprebn: { data: [2, -2] } };
  expect(normwise("dh", tensors, 0.5)).toEqual({ rtol: 0, atol: 2 });
  expect(normwise("db1", tensors, 0.5)).toEqual({ rtol: 0, atol: 1 });
});
