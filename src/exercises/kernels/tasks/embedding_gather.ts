/** y = table[tokens]: an index that leads to an index. */
import { embedding } from "../../../ops/index.ts";
import type { KernelTask } from "../types.ts";
import {
  changed,
  each,
  gridOverAll,
  holes,
  indivisible,
  noMultiple,
  plainText,
  stub,
  type Twin,
  wrong,
} from "./entry.ts";

const kernel = `@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = id.x;
  if (i >= N * T * E) { return; }
  let token = tokens[i / E];
  y[i] = table[token * E + i % E];
}`;

interface Place {
  readonly n: number;
  readonly t: number;
  readonly e: number;
  readonly i: number;
  readonly N: number;
  readonly T: number;
  readonly V: number;
  readonly E: number;
  /** What lies at this place in memory. */
  token(i: number): number;
  table(i: number): number;
}

/** Element (n, t, e) of y, taken from another place. */
const taken = (f: (p: Place) => number): Twin =>
  each("y", ({ tokens, table }, i, { N, T, V, E }) =>
    f({
      n: Math.floor(i / (T * E)),
      t: Math.floor(i / E) % T,
      e: i % E,
      i,
      N,
      T,
      V,
      E,
      token: (i) => tokens[i],
      table: (i) => table[i],
    }),
  );

/** Tokens as a text has them: some many times, others never. */
export const repeated = (N: number, T: number, V: number): Uint32Array =>
  Uint32Array.from({ length: N * T }, (_, p) => (p * p + 2 * p) % Math.min(V, 7));

export const embeddingGather: KernelTask = {
  name: "embedding.gather",
  op: "embedding.gather",
  title: "Looking up the embedding",
  asked:
    "For each position (n, t), copy the row of `table` that its token names: `y[n, t]` is `table[tokens[n, t]]`, E numbers long.",
  computation: embedding.gather,
  grid: gridOverAll("element of `y`", "N · T · E", ({ N, T, E }) => N * T * E),
  cases: ([x, y, z]) => {
    const all = x * y * z;
    // If T and E had no factor in common, i % T and i % E would be enough to tell all elements of an example apart.
    const [T] = indivisible([x, y, z]);
    const E = T * T;
    const N = noMultiple(Math.ceil(all / (T * E)) + 3, all);
    // What is copied is copied bit for bit.
    const tolerance = { rtol: 0, atol: 0 };
    return [
      { name: "two examples", dims: { N: 2, T: 3, V: 3, E: 2 }, tolerance },
      { name: "ragged", dims: { N, T, V: 8, E }, inputs: { tokens: repeated(N, T, 8) }, tolerance },
      { name: "whole workgroups", dims: { N: 2 * all, T: 1, V: 5, E: 3 }, tolerance },
    ];
  },
  hints: [
    {
      title: "what an invocation does",
      text: "One invocation has one element of `y`, a single number: it finds out which position that belongs to, looks up the position's token, and copies one number of the token's row.",
    },
    {
      title: "the indices",
      text: "`y` is (N, T, E), and its last index moves fastest. So element i belongs to position i / E, a whole number, and is number i % E in its row. The positions are numbered like `tokens`, which is (N, T).",
    },
    {
      title: "the guard",
      text: "The invocations behind the last of the N · T · E elements must write nothing.",
    },
    { title: "the kernel with holes", text: holes(kernel, "tokens[i / E]", "token * E + i % E") },
    { title: "the kernel", text: kernel },
  ],
  stub: stub("Which element of `y` is this invocation's, and which token does it belong to?"),
  spellings: [
    plainText(embedding.gather, { N: 1, T: 1, V: 1, E: 1 }),
    kernel,
    `@compute @workgroup_size(128)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let n = id.x / (T * E);
  let t = id.x / E % T;
  let e = id.x % E;
  if (n < N) { y[(n * T + t) * E + e] = table[tokens[n * T + t] * E + e]; }
}`,
    `@compute @workgroup_size(16, 2)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) index: u32) {
  let i = group.x * 32u + index;
  if (i >= arrayLength(&y)) { return; }
  let position = i / E;
  y[i] = table[tokens[position] * E + (i - position * E)];
}`,
    `@compute @workgroup_size(32)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) grid: vec3u) {
  for (var p = id.x; p < N * T; p += grid.x * 32u) {
    let row = tokens[p] * E;
    for (var e = 0u; e < E; e++) { y[p * E + e] = table[row + e]; }
  }
}`,
  ],
  mistakes: [
    wrong(
      "embedding.gather.first-number",
      ({ E }) => `All ${E} numbers of a position are equal in yours: each is the first of the token's row.`,
      taken(({ n, t, T, E, token, table }) => table(token(n * T + t) * E)),
      changed(kernel, ["token * E + i % E", "token * E"]),
    ),
    wrong(
      "embedding.gather.tokens-transposed",
      "Yours reads `tokens` as if it were (T, N): most positions get the row of a token that stands elsewhere in the batch.",
      taken(({ n, t, e, N, E, token, table }) => table(token(t * N + n) * E + e)),
      changed(kernel, ["tokens[i / E]", "tokens[i / E % T * N + i / (T * E)]"]),
    ),
    wrong(
      "embedding.gather.table-transposed",
      "Yours reads `table` as if it were (E, V): the numbers of a position come from different rows.",
      taken(({ n, t, e, T, V, token, table }) => table(e * V + token(n * T + t))),
      changed(kernel, ["token * E + i % E", "i % E * V + token"]),
    ),
    wrong(
      "embedding.gather.first-token",
      ({ T }) => `All ${T} positions of an example get the row of its first token.`,
      taken(({ n, e, T, E, token, table }) => table(token(n * T) * E + e)),
      changed(kernel, ["tokens[i / E]", "tokens[i / (T * E) * T]"]),
    ),
    wrong(
      "embedding.gather.last-token",
      ({ T }) => `All ${T} positions of an example get the row of its last token.`,
      taken(({ n, e, T, E, token, table }) => table(token(n * T + T - 1) * E + e)),
      changed(kernel, ["tokens[i / E]", "tokens[i / (T * E) * T + T - 1u]"]),
    ),
    wrong(
      "embedding.gather.number-of-example",
      ({ N, T }) =>
        `Yours uses only the first ${N} of the ${N * T} tokens, and gives all ${T} positions of an example the same row.`,
      taken(({ n, e, E, token, table }) => table(token(n) * E + e)),
      changed(kernel, ["tokens[i / E]", "tokens[i / (T * E)]"]),
    ),
    wrong(
      "embedding.gather.y-transposed",
      ({ N, T }) =>
        `The ${N * T} first numbers of all rows come first in yours, then the second ones: they stand where they belong only if \`y\` is (E, N, T).`,
      taken(({ i, N, T, E, token, table }) => table(token(i % (N * T)) * E + Math.floor(i / (N * T)))),
      changed(kernel, ["tokens[i / E]", "tokens[i % (N * T)]"], ["i % E", "i / (N * T)"]),
    ),
    wrong(
      "embedding.gather.token-itself",
      "Yours holds the numbers of the tokens, and `table` makes no difference.",
      taken(({ n, t, T, token }) => token(n * T + t)),
      changed(kernel, ["table[token * E + i % E]", "f32(token)"]),
    ),
  ],
};
