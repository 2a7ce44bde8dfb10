/** Random shapes and values for any operation, from a seed. */
import { draw } from "../../src/gpu/selftest.ts";
import { type AnyArray, type Dims, elements, type Op } from "../../src/plan/contract.ts";
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

/** A twin's arguments in float64: every binding within its domain, the written ones zero. */
export function drawArgs(op: Op, dims: Dims, seed: number): Record<string, AnyArray> {
  const g = new TorchGenerator(seed);
  return Object.fromEntries(
    Object.entries(op.bindings).map(([name, b]) => {
      const n = elements(b, dims);
      const array = b.type === "u32" ? Uint32Array : Float64Array;
      return [name, b.access === "write" ? new array(n) : new array(draw(g, b.domain, n, dims))];
    }),
  );
}

/** `count` different indices below `length`, or all of them if there are no more. */
export function someIndices(length: number, count: number, seed: number): number[] {
  const keys = new TorchGenerator(seed).rand(length);
  const all = Array.from(keys, (_, i) => i);
  return length <= count ? all : all.sort((a, b) => keys[a] - keys[b]).slice(0, count);
}
