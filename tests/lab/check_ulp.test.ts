/** Distances in float32 numbers, where they are easy to get wrong. */
import { describe, expect, it } from "vitest";
import { summariseUlps, ulpDistance } from "../../src/lab/check/ulp.ts";

const f = Math.fround;
/** The next float32 number away from zero. */
function next(x: number): number {
  const float = Float32Array.of(x);
  new Int32Array(float.buffer)[0]++;
  return float[0];
}
const least = 2 ** -149;

describe("ulpDistance", () => {
  it.each([
    ["equal numbers", f(0.1), f(0.1), 0],
    ["neighbours", f(0.1), next(f(0.1)), 1],
    ["negative neighbours", -f(0.1), -next(f(0.1)), 1],
    ["neighbours where the exponent changes", 1, 1 - 2 ** -24, 1],
    ["the other way", 1 - 2 ** -24, 1, 1],
    ["a factor of two", 1, 2, 2 ** 23],
    ["the two zeros", 0, -0, 0],
    ["zero and the least number", 0, least, 1],
    ["minus zero and the least number", -0, least, 1],
    ["across zero", -least, least, 2],
    ["far across zero", -1, 1, 2 * 0x3f800000],
    ["the smallest normal number and the largest below", 2 ** -126, 2 ** -126 - least, 1],
    ["NaN", Number.NaN, 1, Number.POSITIVE_INFINITY],
    ["two NaNs", Number.NaN, Number.NaN, Number.POSITIVE_INFINITY],
    ["infinity and a number", Number.POSITIVE_INFINITY, f(3.4e38), Number.POSITIVE_INFINITY],
    ["infinities", Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY, 0],
    ["both infinities", Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
  ])("%s", (_, a, b, distance) => {
    expect(ulpDistance(a, b)).toBe(distance);
    expect(ulpDistance(b, a)).toBe(distance);
  });
});

describe("summariseUlps", () => {
  const want = Float32Array.of(1, 2, 3, 4, 5);

  it("counts equals, and finds the median and the first of the farthest", () => {
    const got = Float32Array.of(1, next(2), next(next(next(3))), next(4), next(next(next(5))));
    expect(summariseUlps(got, want)).toEqual({ equal: 1, count: 5, median: 1, max: 3, index: 2 });
  });
  it("says that equal arrays are equal", () => {
    expect(summariseUlps(want, want)).toEqual({ equal: 5, count: 5, median: 0, max: 0, index: 0 });
  });
  it("finds a NaN", () => {
    const got = Float32Array.from(want).fill(Number.NaN, 3, 4);
    expect(summariseUlps(got, want)).toMatchObject({ equal: 4, max: Number.POSITIVE_INFINITY, index: 3 });
  });
});
