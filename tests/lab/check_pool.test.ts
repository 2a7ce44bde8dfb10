/** Pictures with fewer cells than elements: the worst of each block shows. */
import { describe, expect, it } from "vitest";
import { pool } from "../../src/lab/charts/pool.ts";

const weights = (values: readonly number[]) => (i: number) => values[i];

describe("pool", () => {
  it("keeps every element that has room", () => {
    expect(pool(2, 3, () => 0, 2, 3)).toEqual({
      rows: 2,
      columns: 3,
      block: [1, 1],
      elements: Uint32Array.of(0, 1, 2, 3, 4, 5),
    });
  });
  it("takes the worst of each block, the ragged ones too", () => {
    // 3 × 5 into at most 2 × 3: blocks of 2 × 2.
    const values = [0, 1, 2, -9, 5, 3, 2, 0, 0, 0, 0, 0, 4, 0, -1];
    expect(pool(3, 5, weights(values), 2, 3)).toEqual({
      rows: 2,
      columns: 3,
      block: [2, 2],
      elements: Uint32Array.of(5, 3, 4, 10, 12, 14),
    });
  });
  it("shows a NaN", () => {
    expect([...pool(1, 4, weights([5, 1, Number.NaN, 9]), 1, 1).elements]).toEqual([2]);
  });
  it("makes one cell even if there is room for none", () => {
    expect(pool(4, 4, () => 1, 0, 0)).toMatchObject({ rows: 1, columns: 1 });
  });
});
