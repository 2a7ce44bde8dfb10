import { describe, expect, it } from "vitest";
import { histogram, shareBeyond, spread } from "../../src/lab/train/measure.ts";
import { project } from "../../src/lab/train/pca.ts";

describe("statistics of a tensor", () => {
  it("spread is the standard deviation", () => {
    expect(spread([2, 4, 4, 4, 5, 5, 7, 9])).toBeCloseTo(2, 12);
    expect(spread(Float32Array.of(1e6 + 1, 1e6 - 1))).toBeCloseTo(1, 6);
    expect(spread([5])).toBe(0);
  });

  it("a histogram counts every value once, outliers at the ends", () => {
    const { counts } = histogram([-9, -1, -0.5, 0, 0.49, 0.5, 1, 9], -1, 1, 4);
    expect([...counts]).toEqual([2, 1, 2, 3]);
  });

  it("counts what is saturated on both sides", () => {
    expect(shareBeyond([-0.98, -0.97, 0, 0.97, 0.99], 0.97)).toBeCloseTo(0.4, 12);
  });
});

describe("principal components", () => {
  /** Points in three dimensions, wide along `long`, less so along `short`, hardly otherwise. */
  const [long, short, thin] = [
    [2 / 3, 2 / 3, 1 / 3],
    [-2 / 3, 1 / 3, 2 / 3],
    [1 / 3, -2 / 3, 2 / 3],
  ];
  const coordinates = Array.from({ length: 40 }, (_, i) => [
    10 * Math.sin(i * 1.7),
    3 * Math.sin(i * 2.9 + 1),
    0.1 * Math.sin(i * 5.3 + 2),
  ]);
  const table = Float32Array.from(
    coordinates.flatMap(([a, b, c]) => [0, 1, 2].map((k) => 5 + a * long[k] + b * short[k] + c * thin[k])),
  );
  const dot = (a: ArrayLike<number>, b: number[]) => b.reduce((sum, x, k) => sum + x * a[k], 0);

  it("finds the two directions of most spread", () => {
    const { axes, points } = project(table, 3);
    expect(Math.abs(dot(axes.subarray(0, 3), long))).toBeGreaterThan(0.99);
    expect(Math.abs(dot(axes.subarray(3, 6), short))).toBeGreaterThan(0.99);
    expect(dot(axes.subarray(0, 3), [...axes.subarray(3, 6)])).toBeCloseTo(0, 6);
    expect(points).toHaveLength(80);
    expect(spread(points.filter((_, i) => i % 2 === 0))).toBeGreaterThan(6);
  });

  it("does not flip when it is computed again", () => {
    const first = project(table, 3);
    const flipped = first.axes.map((x) => -x);
    const again = project(table, 3, flipped);
    again.points.forEach((x, i) => {
      expect(x).toBeCloseTo(-first.points[i], 3);
    });
  });

  it("lays a table of one column on one axis, and one of equal rows on a point", () => {
    expect([...project([1, 3], 1).points].map(Math.abs)).toEqual([1, 0, 1, 0]);
    expect([...project([1, 2, 1, 2], 2).points]).toEqual([0, 0, 0, 0]);
  });
});
