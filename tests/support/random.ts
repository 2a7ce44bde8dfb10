/** Random shapes for any operation, and random indices, from a seed. */
import type { Dims, Op } from "../../src/plan/contract.ts";
import { TorchGenerator } from "../../src/random/torch.ts";

/** Symbols that stand for a number, not for a size of the network. */
const literals: Dims = { two: 2 };

/** A legal shape of this op: every size from 2 to `most`; with an odd seed they are odd, so that no tile divides them. */
export function randomDims(op: Op, seed: number, most: number): Dims {
  const g = new TorchGenerator(seed);
  const symbols = new Set(Object.values(op.bindings).flatMap((b) => b.dims));
  const below = (n: number) => g.randint(n, 1)[0];
  const size = () => (seed % 2 ? 3 + 2 * below(Math.floor((most - 1) / 2)) : 2 + below(most - 1));
  return Object.fromEntries([...symbols].map((s) => [s, literals[s] ?? size()]));
}

/** `count` different indices below `length`, or all of them if there are no more. */
export function someIndices(length: number, count: number, seed: number): number[] {
  const keys = new TorchGenerator(seed).rand(length);
  const all = Array.from(keys, (_, i) => i);
  return length <= count ? all : all.sort((a, b) => keys[a] - keys[b]).slice(0, count);
}
