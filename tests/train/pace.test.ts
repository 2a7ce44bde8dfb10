import { expect, it } from "vitest";
import { Pace } from "../../src/train/pace.ts";

/** Numbers of steps that a device with this cost is given, submit by submit. */
function submits(pace: Pace, count: number, milliseconds: (steps: number) => number, most = 4096): number[] {
  return Array.from({ length: count }, () => {
    const steps = pace.next(most);
    pace.record(steps, milliseconds(steps));
    return steps;
  });
}

it("starts with one step and grows fourfold at most, up to what fits the target", () => {
  expect(submits(new Pace(50), 7, (n) => 0.5 * n)).toEqual([1, 4, 16, 64, 100, 100, 100]);
});

it("stays at one step where one takes longer than the target", () => {
  expect(submits(new Pace(50), 4, (n) => 400 * n)).toEqual([1, 1, 1, 1]);
});

it("falls back at once when steps get slower", () => {
  const pace = new Pace(50);
  submits(pace, 8, (n) => 0.5 * n);
  expect(submits(pace, 3, (n) => 5 * n)).toEqual([100, 10, 10]);
});

it("gives no more than was asked for, and copes with a clock that stands still", () => {
  expect(submits(new Pace(50), 5, () => 0, 30)).toEqual([1, 4, 16, 30, 30]);
  expect(new Pace().next(0)).toBe(1);
});
