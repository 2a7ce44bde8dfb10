/** dtable: a token may stand in many places, and their gradients add up. */
import { embedding } from "../../../ops/index.ts";
import type { KernelTask } from "../types.ts";
import { repeated } from "./embedding_gather.ts";
import {
  changed,
  each,
  gridOverAll,
  holes,
  indivisible,
  LONG,
  noMultiple,
  plainText,
  stub,
  sumTolerance,
  type Twin,
  wrong,
} from "./entry.ts";

const kernel = `@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = id.x;
  if (i >= V * E) { return; }
  let v = i / E;
  let e = i % E;
  var sum = 0.0;
  for (var p = 0u; p < N * T; p++) {
    if (tokens[p] == v) { sum += dy[p * E + e]; }
  }
  dtable[i] = sum;
}`;

interface Row {
  /** The token, and which of its row's numbers. */
  readonly v: number;
  readonly e: number;
  readonly N: number;
  readonly T: number;
  readonly E: number;
  /** The positions at which the token stands, in order. */
  readonly positions: readonly number[];
  token(i: number): number;
  dy(i: number): number;
}

/** Element (v, e) of dtable, made in another way. */
const rows = (f: (r: Row) => number): Twin =>
  each("dtable", ({ tokens, dy }, i, { N, T, E }) => {
    const [v, e] = [Math.floor(i / E), i % E];
    const positions = [...tokens.keys()].filter((p) => tokens[p] === v);
    return f({ v, e, N, T, E, positions, token: (i) => tokens[i], dy: (i) => dy[i] });
  });

const total = (terms: readonly number[]): number => terms.reduce((sum, term) => sum + term, 0);

/** The gradients of these positions, added up. */
const over = ({ e, E, dy }: Row, positions: readonly number[]): number =>
  total(positions.map((p) => dy(p * E + e)));

export const embeddingBackward: KernelTask = {
  name: "embedding.backward",
  op: "embedding.backward",
  title: "Backward through the embedding",
  asked:
    "Each position (n, t) took a row of the table, and `dy[n, t]` is that row's gradient there. Write the gradient of the whole table: row v of `dtable` is the sum over all positions whose token is v, and 0 if there are none.",
  computation: embedding.backward,
  grid: gridOverAll("element of `dtable`", "V · E", ({ V, E }) => V * E),
  cases: ([x, y, z]) => {
    const all = x * y * z;
    const [T, E] = indivisible([x, y, z]);
    const V = noMultiple(Math.ceil(all / E) + 3, all);
    const cases = [
      // The same token at all positions of an example, and one that does not occur.
      { name: "two examples", dims: { N: 2, T: 3, V: 3, E: 2 }, tokens: Uint32Array.of(1, 1, 1, 1, 2, 1) },
      { name: "ragged", dims: { N: LONG, T, V, E }, tokens: repeated(LONG, T, V) },
      { name: "whole workgroups", dims: { N: LONG, T: 2, V: all, E: 2 }, tokens: repeated(LONG, 2, all) },
    ];
    return cases.map(({ name, dims, tokens }) => ({
      name,
      dims,
      inputs: { tokens },
      tolerance: sumTolerance(dims.N * dims.T),
    }));
  },
  hints: [
    {
      title: "what an invocation does",
      text: "If each position added its gradient to its token's row, two positions with the same token would write to one place at the same time, and one of the two would be lost. So turn it round: one invocation has one element of `dtable`, looks through all positions for its token, and adds up what it finds. Nobody else writes there.",
    },
    {
      title: "the indices",
      text: "Element i of `dtable` belongs to token v = i / E and is number e = i % E in its row. Position p, which counts through `tokens` from 0 to N · T − 1, has its E gradients from `dy[p * E]` on.",
    },
    {
      title: "the guard",
      text: "The invocations behind the last of the V · E elements must write nothing. And a token that occurs nowhere has to be written too: its gradient is 0.",
    },
    { title: "the kernel with holes", text: holes(kernel, "tokens[p] == v", "dy[p * E + e]", "dtable[i]") },
    { title: "the kernel", text: kernel },
  ],
  stub: stub("Which token's row does this invocation write to, and where does that token occur?"),
  spellings: [
    plainText(embedding.backward, { N: 32, T: 3, V: 27, E: 10 }),
    kernel,
    `@compute @workgroup_size(8, 4)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) index: u32) {
  let i = group.x * 32u + index;
  if (i < V * E) {
    var sum = 0.0;
    for (var n = 0u; n < N; n++) {
      for (var t = 0u; t < T; t++) {
        let p = n * T + t;
        sum += select(0.0, dy[p * E + i % E], tokens[p] == i / E);
      }
    }
    dtable[i] = sum;
  }
}`,
    `var<workgroup> seen: array<u32, 64>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(local_invocation_index) index: u32) {
  let v = id.x / E;
  let e = id.x % E;
  var sum = 0.0;
  for (var first = 0u; first < N * T; first += 64u) {
    workgroupBarrier();
    if (first + index < N * T) { seen[index] = tokens[first + index]; }
    workgroupBarrier();
    for (var k = 0u; k < min(64u, N * T - first); k++) {
      if (seen[k] == v) { sum += dy[(first + k) * E + e]; }
    }
  }
  if (id.x < V * E) { dtable[id.x] = sum; }
}`,
    `@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= V * E) { return; }
  dtable[id.x] = 0.0;
  for (var p = 0u; p < N * T; p++) {
    if (tokens[p] != id.x / E) { continue; }
    dtable[id.x] += dy[p * E + id.x % E];
  }
}`,
  ],
  mistakes: [
    wrong(
      "embedding.backward.last-position",
      "Where a token occurs more than once, yours has the gradient of its last position alone.",
      rows((r) => over(r, r.positions.slice(-1))),
      changed(kernel, ["sum += dy", "sum = dy"]),
    ),
    wrong(
      "embedding.backward.first-position",
      "Where a token occurs more than once, yours has the gradient of its first position alone.",
      rows((r) => over(r, r.positions.slice(0, 1))),
      changed(kernel, ["sum += dy[p * E + e];", "sum += dy[p * E + e]; break;"]),
    ),
    wrong(
      "embedding.backward.mean",
      "A token that occurs k times gets a gradient that is k times too small.",
      rows((r) => over(r, r.positions) / Math.max(1, r.positions.length)),
      changed(
        kernel,
        ["var sum = 0.0;", "var sum = 0.0;\n  var times = 0.0;"],
        ["sum += dy[p * E + e];", "sum += dy[p * E + e]; times += 1.0;"],
        ["= sum;", "= sum / max(times, 1.0);"],
      ),
    ),
    wrong(
      "embedding.backward.over-n",
      ({ N }) => `Every number of yours is ${N} times too small, and N is ${N} here.`,
      rows((r) => over(r, r.positions) / r.N),
      changed(kernel, ["= sum;", "= sum / f32(N);"]),
    ),
    wrong(
      "embedding.backward.count",
      "Yours counts how often each token occurs, and `dy` makes no difference.",
      rows((r) => r.positions.length),
      changed(kernel, ["dy[p * E + e]", "1.0"]),
    ),
    wrong(
      "embedding.backward.starts-at-one",
      "Every number of yours is too large by 1, also for tokens that occur nowhere.",
      rows((r) => 1 + over(r, r.positions)),
      changed(kernel, ["var sum = 0.0", "var sum = 1.0"]),
    ),
    wrong(
      "embedding.backward.every-token",
      "All rows of yours are equal: each has the gradients of all tokens in it.",
      rows((r) =>
        over(
          r,
          Array.from({ length: r.N * r.T }, (_, p) => p),
        ),
      ),
      changed(kernel, ["if (tokens[p] == v) { sum += dy[p * E + e]; }", "sum += dy[p * E + e];"]),
    ),
    wrong(
      "embedding.backward.tokens-transposed",
      "Yours reads `tokens` as if it were (T, N): gradients arrive at tokens that stand elsewhere in the batch.",
      rows(({ v, e, N, T, E, token, dy }) => {
        const all = Array.from({ length: N * T }, (_, p) => p);
        return total(
          all.filter((p) => token((p % T) * N + Math.floor(p / T)) === v).map((p) => dy(p * E + e)),
        );
      }),
      changed(kernel, ["tokens[p]", "tokens[p % T * N + p / T]"]),
    ),
    wrong(
      "embedding.backward.dy-transposed",
      "Yours reads `dy` as if it were (E, N, T): a token gets numbers that belong to other positions.",
      rows(({ e, N, T, positions, dy }) => total(positions.map((p) => dy(e * N * T + p)))),
      changed(kernel, ["dy[p * E + e]", "dy[e * N * T + p]"]),
    ),
    wrong(
      "embedding.backward.first-number",
      ({ E }) => `All ${E} numbers of a row are equal in yours: each is made of the first numbers of \`dy\`.`,
      rows(({ E, positions, dy }) => total(positions.map((p) => dy(p * E)))),
      changed(kernel, ["dy[p * E + e]", "dy[p * E]"]),
    ),
    wrong(
      "embedding.backward.first-positions",
      ({ N, T }) => `Yours looks at the first ${N} of the ${N * T} positions only.`,
      rows((r) =>
        over(
          r,
          r.positions.filter((p) => p < r.N),
        ),
      ),
      changed(kernel, ["p < N * T", "p < N"]),
    ),
    wrong(
      "embedding.backward.ends-early",
      ({ N, T }) => `The last of the ${N * T} positions is missing: its token lacks that gradient.`,
      rows((r) =>
        over(
          r,
          r.positions.filter((p) => p < r.N * r.T - 1),
        ),
      ),
      changed(kernel, ["p < N * T", "p < N * T - 1u"]),
    ),
    wrong(
      "embedding.backward.starts-late",
      ({ N, T }) => `The first of the ${N * T} positions is missing: its token lacks that gradient.`,
      rows((r) =>
        over(
          r,
          r.positions.filter((p) => p > 0),
        ),
      ),
      changed(kernel, ["p = 0u", "p = 1u"]),
    ),
    wrong(
      "embedding.backward.last-character",
      ({ T }) => `Only the last of an example's ${T} positions reaches the table.`,
      rows((r) =>
        over(
          r,
          r.positions.filter((p) => p % r.T === r.T - 1),
        ),
      ),
      changed(kernel, ["p = 0u", "p = T - 1u"], ["p++", "p += T"]),
    ),
    wrong(
      "embedding.backward.first-character",
      ({ T }) => `Only the first of an example's ${T} positions reaches the table.`,
      rows((r) =>
        over(
          r,
          r.positions.filter((p) => p % r.T === 0),
        ),
      ),
      changed(kernel, ["p++", "p += T"]),
    ),
  ],
};
