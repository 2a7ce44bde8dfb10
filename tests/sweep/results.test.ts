/** The table of a sweep, against sums by hand, and the lines of its file. */
import { describe, expect, it } from "vitest";
import { lineOf, linesOf, type Result, tableOf } from "../../src/sweep/results.ts";
import { trainConfig } from "../../src/train/config.ts";

const result = (id: number, lr: number, seed: number, dev: number | null): Result => ({
  id,
  config: trainConfig({ lr, seed }),
  train: dev === null ? null : dev - 0.1,
  dev,
  test: dev,
  divergedAt: dev === null ? 17 : null,
  seconds: 1.5,
  adapter: "a",
  version: "0.1.0",
  wordsSha256: "0",
  checkpoint: null,
});

const results = [
  result(0, 0.1, 1, 2.4),
  result(1, 0.1, 2, 2.6),
  result(2, 0.2, 1, null),
  result(3, 0.2, 2, 2.3),
  result(4, 0.3, 1, null),
  result(5, 0.3, 2, null),
];

describe("the table", () => {
  const rows = tableOf(results);

  it("has a row for each configuration, the best mean first, those that all diverged last", () => {
    expect(rows.map((r) => r.settings)).toEqual([{ lr: 0.2 }, { lr: 0.1 }, { lr: 0.3 }]);
  });

  it("counts the divergent ones, and averages the others", () => {
    expect(rows.map((r) => [r.networks, r.diverged])).toEqual([
      [2, 1],
      [2, 0],
      [2, 2],
    ]);
    expect(rows[0].mean).toBe(2.3);
    expect(rows[0].deviation).toBeNaN();
    expect(rows[1].mean).toBeCloseTo(2.5, 12);
    // √(0.1² + 0.1²) / √(2 − 1)
    expect(rows[1].deviation).toBeCloseTo(Math.sqrt(0.02), 12);
    expect(rows.map((r) => r.best?.id)).toEqual([3, 0, undefined]);
    expect(rows[2].mean).toBeNaN();
  });
});

describe("results.jsonl", () => {
  it("has a line for each network by id, with its keys in the same order whatever the object's", () => {
    const lines = linesOf([...results].reverse())
      .trimEnd()
      .split("\n");
    expect(lines.map((line) => JSON.parse(line).id)).toEqual([0, 1, 2, 3, 4, 5]);
    const { id, ...rest } = results[0];
    expect(lineOf({ ...rest, id })).toBe(lines[0]);
    expect(JSON.parse(lines[2])).toEqual(results[2]);
  });
});
