import * as shader from "../../shaders/embedding.wgsl.ts";
import { type Dims, defineOp, read, readIndex, write } from "../plan/contract.ts";
import { perElement } from "./grids.ts";

const cases = [
  { N: 32, T: 3, V: 27, E: 10 },
  { N: 19, T: 5, V: 31, E: 7 },
  { N: 2, T: 1, V: 2, E: 1 },
  { N: 600, T: 3, V: 5, E: 4 },
  { N: 32, T: 2, V: 32, E: 10 },
];

/** Up to so many positions are looked through by every element of dtable; more are cut into slices. */
const FEW = 512;
/** Positions of a slice: few, for the rounding error of frequent characters. */
const SLICE = 64;
/** Floats of partial sums that are worth having; huge vocabularies have fewer, longer slices. */
const MAX_PARTIAL = 2 ** 20;

function slices({ N, T, V, E }: Dims): number {
  if (N * T <= FEW) return 1;
  return Math.max(1, Math.min(Math.ceil((N * T) / SLICE), Math.floor(MAX_PARTIAL / (V * E))));
}

export const backward = defineOp({
  name: "embedding.backward",
  math: "dtable[v] = Σ dy[n,t] over tokens[n,t] = v, in order",
  bindings: { tokens: readIndex("N,T", "V"), dy: read("N,T,E"), dtable: write("V,E") },
  scratch: (d): Record<string, number> => (slices(d) > 1 ? { partial: slices(d) * d.V * d.E } : {}),
  kernels: (d) => {
    const o = { slices: slices(d), positions: Math.ceil((d.N * d.T) / slices(d)) };
    if (o.slices === 1) return [perElement(shader.scan, d.V * d.E)];
    return [
      perElement((s) => shader.scatterSlices(o, s), o.slices * d.E, { pass: "slices" }),
      perElement((s) => shader.combineSlices(o, s), d.V * d.E, { pass: "combine" }),
    ];
  },
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
  kernels: ({ N, T, E }) => [perElement(shader.gather, N * T * E)],
  twin: ({ tokens, table, y }, { N, T, E }) => {
    for (let p = 0; p < N * T; p++) for (let e = 0; e < E; e++) y[p * E + e] = table[tokens[p] * E + e];
  },
  cases,
  tolerance: { rtol: 0, atol: 0 },
  flops: () => 0,
  gradient: [
    { backward, saved: { tokens: "tokens" }, upstream: { dy: "y" }, gradients: { dtable: "table" } },
  ],
});
