/** The bars of the next character. */
import { expect, it } from "vitest";
import { barsOf, MOST_BARS, percentText } from "../../src/lab/train/play/bars.ts";

const next = [..."abcd"].map((character, i) => ({ character, probability: [0.4, 0.1, 0.3, 0.2][i] }));
const shares = (...given: [temperature?: number, topK?: number]) =>
  barsOf(next, ...given).shown.map((b) => b.probability);

it("are what is drawn by: tempered, and among the likeliest with those that are as likely as the last", () => {
  expect(shares()).toEqual([0.4, 0.1, 0.3, 0.2].map((p) => expect.closeTo(p, 12)));
  const squares = [16, 1, 9, 4].map((x) => expect.closeTo(x / 30, 12));
  expect(shares(0.5)).toEqual(squares);
  expect(shares(1, 2)).toEqual([expect.closeTo(4 / 7, 12), 0, expect.closeTo(3 / 7, 12), 0]);
  expect(shares(1, 1)).toEqual([1, 0, 0, 0]);
  const ties = ["a", "b", "c"].map((character, i) => ({ character, probability: [0.5, 0.25, 0.25][i] }));
  expect(barsOf(ties, 1, 2).shown.map((b) => b.probability)).toEqual([0.5, 0.25, 0.25]);
  // Nothing overflows.
  expect(shares(0.01)[0]).toBeCloseTo(1, 9);
  expect(shares(100)[1]).toBeCloseTo(0.25, 2);
});

it("are the likeliest, in their order, where there are too many", () => {
  const many = Array.from({ length: 300 }, (_, i) => ({
    character: String.fromCodePoint(0x4e00 + i),
    probability: (i % 7) + i / 1000,
  }));
  const { shown, of } = barsOf(many);
  expect([shown.length, of]).toEqual([MOST_BARS, 300]);
  expect(shown[0].character).toBe(String.fromCodePoint(0x4e00 + 293));
  for (let i = 1; i < shown.length; i++) expect(shown[i].probability).toBeLessThan(shown[i - 1].probability);
});

it("say their percents in a few characters", () => {
  expect([0, 0.0004, 0.001, 0.0123, 0.0994, 0.0996, 0.5, 1].map(percentText)).toEqual([
    ...["0", "<0.1", "0.1", "1.2", "9.9", "10", "50", "100"],
  ]);
});
