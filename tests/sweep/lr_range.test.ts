/** The search for a learning rate: which rates it tries, and what it says of their losses. */
import { describe, expect, it } from "vitest";
import { judgeRange, lastTenth, plotRange, ratesOf } from "../../src/sweep/lr_range.ts";

describe("rates", () => {
  it("lie evenly on a logarithmic scale, the ends exactly", () => {
    expect(ratesOf("0.001:1:4")).toEqual([0.001, 0.01, 0.1, 1]);
    const rates = ratesOf("0.001:1:64");
    expect(rates).toHaveLength(64);
    for (let i = 1; i < 64; i++)
      expect(Math.log(rates[i] / rates[i - 1])).toBeCloseTo(Math.log(1000) / 63, 4);
  });

  it.each(["0.1:1", "1:0.1:4", "0:1:4", "0.1:1:1", "0.1:1:2.5", "a:b:c", "0.1:Infinity:3", "0.1:1:3:4"])(
    "refuse %s",
    (text) => {
      expect(() => ratesOf(text)).toThrow(`--lr-range is ${text}; it must be LOW:HIGH:COUNT`);
    },
  );
});

const tried = [
  { lr: 0.001, loss: 3.5 },
  { lr: 0.01, loss: 2.9 },
  { lr: 0.1, loss: 2.4 },
  { lr: 1, loss: 2.6 },
  { lr: 10, loss: 9 },
  { lr: 100, loss: Number.POSITIVE_INFINITY },
];

describe("the verdict", () => {
  it("is the lowest loss, and the first rate above it that guesses worse than ln V or diverges", () => {
    expect(judgeRange(tried, 27)).toEqual({ best: tried[2], breaks: tried[4] });
    expect(judgeRange(tried.slice(0, 4), 27)).toEqual({ best: tried[2], breaks: undefined });
    expect(judgeRange([tried[3], tried[5]], 27).breaks).toBe(tried[5]);
    expect(judgeRange([tried[5]], 27)).toEqual({ best: undefined, breaks: tried[5] });
  });

  it("looks at the last tenth of the steps", () => {
    expect(lastTenth(Float32Array.from({ length: 20 }, (_, i) => i))).toBe(18.5);
    expect(lastTenth([4, 5])).toBe(5);
  });

  it("is drawn with the lowest loss at the bottom and what is no better than guessing as an x", () => {
    const lines = plotRange(tried, 27);
    const bottom = lines.findIndex((line) => line.startsWith("  2.4000"));
    expect(lines[bottom].indexOf("•")).toBe(10 + Math.round((2 / 5) * 63));
    expect(lines[0].match(/x/g)).toHaveLength(3);
    expect(lines.join("").match(/•/g)).toHaveLength(3);
    expect(plotRange([tried[4], tried[5]], 27)).toEqual([
      "no rate learns anything: every loss is above that of guessing",
    ]);
  });
});
