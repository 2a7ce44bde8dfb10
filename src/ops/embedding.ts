import * as plain from "../../shaders/embedding.wgsl.ts";
import * as fast from "../../shaders/fast/embedding.wgsl.ts";
import { type Dims, defineOp, type Kernel, read, readIndex, write } from "../plan/contract.ts";
import { perElement, perItem } from "./grids.ts";

const cases = [
  { N: 32, T: 3, V: 27, E: 10 },
  { N: 19, T: 5, V: 31, E: 7 },
  { N: 2, T: 1, V: 2, E: 1 },
  { N: 600, T: 3, V: 5, E: 4 },
  { N: 32, T: 2, V: 32, E: 12 },
];

/** Up to this many positions the plain kernel is as fast, although it looks through all of them for every character. */
const FEW = 512;
/** Positions of a slice: few, for the rounding error of frequent characters. */
const SLICE = 64;
/** In longer slices than this, positions are summed in blocks of `SLICE`. */
const LONG = 8 * SLICE;
/** Most floats of partial sums; huge vocabularies have fewer, longer slices. */
const MAX_PARTIAL = 2 ** 20;

const slicesOf = ({ N, T, V, E }: Dims): number =>
  Math.max(1, Math.min(Math.ceil((N * T) / SLICE), Math.floor(MAX_PARTIAL / (V * E))));

function sliced(d: Dims): Kernel[] {
  const slices = slicesOf(d);
  const positions = Math.ceil((d.N * d.T) / slices);
  const o = { slices, positions, block: positions > LONG ? SLICE : 0 };
  const partial = slices * d.V * d.E;
  const scattered = perElement((s) => fast.scatterSlices(o, s), slices * d.E, { pass: "slices" });
  const combined = perElement((s) => fast.combineSlices(o, s), d.V * d.E, { pass: "combine" });
  return [
    { ...scattered, scratch: o.block > 0 ? { partial, blocks: partial } : { partial } },
    { ...combined, scratch: { partial } },
  ];
}

export const backward = defineOp({
  name: "embedding.backward",
  math: "dtable[v] = Σ dy[n,t] over tokens[n,t] = v, in order",
  bindings: { tokens: readIndex("N,T", "V"), dy: read("N,T,E"), dtable: write("V,E") },
  plain: ({ N, T, V, E }) => [perItem(plain.backward(N * T), V * E)],
  fast: (d) => (d.N * d.T > FEW && slicesOf(d) > 1 ? sliced(d) : undefined),
  twin: ({ tokens, dy, dtable }, { N, T, E }) => {
    const sums = new Float64Array(dtable.length);
    for (let p = 0; p < N * T; p++) for (let e = 0; e < E; e++) sums[tokens[p] * E + e] += dy[p * E + e];
    dtable.set(sums);
  },
  cases,
  tolerance: { rtol: 1e-5, atol: 1e-5 },
  flops: ({ N, T, E }) => N * T * E,
});

export const gather = defineOp({
  name: "embedding.gather",
  math: "y[n,t] = table[tokens[n,t]]",
  bindings: { tokens: readIndex("N,T", "V"), table: read("V,E"), y: write("N,T,E") },
  plain: ({ N, T, E }) => [perItem(plain.gather, N * T * E)],
  fast: ({ N, T, E }) => [perElement(fast.gather, N * T * E)],
  twin: ({ tokens, table, y }, { N, T, E }) => {
    for (let p = 0; p < N * T; p++) for (let e = 0; e < E; e++) y[p * E + e] = table[tokens[p] * E + e];
  },
  cases,
  tolerance: { rtol: 0, atol: 0 },
  flops: () => 0,
});
