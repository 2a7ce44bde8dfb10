/** The product of settings: its order, its numbers, its parts. */
import { describe, expect, it } from "vitest";
import { inShard, populationsOf, productOf, varied } from "../../src/sweep/product.ts";
import { DEFAULTS } from "../../src/train/config.ts";

describe("the product of settings", () => {
  it("counts settings in the order of a configuration, the last fastest, seeds innermost", () => {
    const networks = productOf({ lr: [0.1, 0.2], seed: [7], hidden: [8, 16] }, 2);
    expect(networks.map(({ id, config: c }) => [id, c.hidden, c.lr, c.seed])).toEqual([
      [0, 8, 0.1, 7],
      [1, 8, 0.1, 8],
      [2, 8, 0.2, 7],
      [3, 8, 0.2, 8],
      [4, 16, 0.1, 7],
      [5, 16, 0.1, 8],
      [6, 16, 0.2, 7],
      [7, 16, 0.2, 8],
    ]);
    expect(networks[0].config).toEqual({ ...DEFAULTS, hidden: 8, lr: 0.1, seed: 7 });
    expect(varied(networks.map((n) => n.config))).toEqual(["hidden", "lr"]);
  });

  it("is one network if nothing is given, and takes seeds that are listed", () => {
    expect(productOf({})).toEqual([{ id: 0, config: DEFAULTS }]);
    expect(productOf({ seed: [3, 1] }).map((n) => n.config.seed)).toEqual([3, 1]);
  });

  it.each([
    [{ lr: [0.1, 0.1] }, 1, "--lr has 0.1 twice; give each value once"],
    [{ hidden: [0] }, 1, "--hidden is 0; it must be a whole number from 1"],
    [{ seed: [1, 2] }, 3, "--seed has 2 values, and --seeds asks for 3 from one on; give one of the two"],
    [{}, 0, "--seeds is 0; it must be a whole number from 1"],
    [{}, 2_000_000, "that makes 2,000,000 networks, and a sweep has 1,000,000 at most"],
    [{ optimizer: ["sgd", "adamw"], beta1: [0.5] }, 1, "--beta1 is 0.5, but --optimizer is sgd"],
  ] as const)("refuses %j with %d seeds", (lists, seeds, message) => {
    expect(() => productOf(lists, seeds)).toThrow(message);
  });

  it("falls into populations of one shape and one kernel", () => {
    const networks = productOf({ hidden: [8, 16], momentum: [0, 0.5, 0.9], lr: [0.1, 0.2] });
    expect(populationsOf(networks).map((p) => p.map((n) => n.id))).toEqual([
      [0, 3],
      [1, 2, 4, 5],
      [6, 9],
      [7, 8, 10, 11],
    ]);
  });

  it("falls into shards that together are all of it", () => {
    const networks = productOf({ lr: [0.1, 0.2, 0.3] }, 3);
    const shards = [1, 2, 3, 4].map((i) => inShard(networks, { i, n: 4 }).map((n) => n.id));
    expect(shards).toEqual([
      [0, 4, 8],
      [1, 5],
      [2, 6],
      [3, 7],
    ]);
  });
});
