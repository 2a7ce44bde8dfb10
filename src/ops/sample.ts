import * as shader from "../../shaders/sample.wgsl.ts";
import { defineOp, read, readIndex, write, writeIndex } from "../plan/contract.ts";
import { perItem } from "./grids.ts";

/** After it, only the k likeliest characters of a row can be drawn. Those that are as likely as the k-th stay too, as in makemore. */
export const topK = defineOp({
  name: "sample.top_k",
  math: "y = x where x is at least the k-th largest of its row, else so low that exp gives 0",
  // With k = V nothing would change.
  bindings: { x: read("N,V"), k: readIndex("", "V", 1), y: write("N,V") },
  plain: ({ N }) => [perItem(shader.topK, N)],
  twin: ({ x, k, y }, { N, V }) => {
    for (let n = 0; n < N; n++) {
      const row = x.subarray(n * V, (n + 1) * V);
      const kth = row.slice().sort()[V - k[0]];
      for (let c = 0; c < V; c++) y[n * V + c] = row[c] >= kth ? row[c] : shader.NEVER;
    }
  },
  cases: [
    { N: 20, V: 27 },
    { N: 19, V: 31 },
    { N: 1, V: 2 },
    { N: 384, V: 5 },
  ],
  // It only compares and copies.
  tolerance: { rtol: 0, atol: 0 },
  flops: ({ N, V }) => 33 * N * V,
});

export const draw = defineOp({
  name: "sample.draw",
  math: "drawn ~ softmax(logits) by the inverse distribution function at u; tokens shift by one",
  bindings: {
    logits: read("N,V"),
    u: read("N", "unit"),
    tokens: writeIndex("N,T", "V", "update"),
    drawn: writeIndex("N", "V"),
  },
  plain: ({ N }) => [perItem(shader.draw, N)],
  twin: ({ logits, u, tokens, drawn }, { N, V, T }) => {
    for (let n = 0; n < N; n++) {
      const row = Array.from(logits.subarray(n * V, (n + 1) * V));
      const top = row.reduce((a, b) => Math.max(a, b));
      const total = row.reduce((sum, x) => sum + Math.exp(x - top), 0);
      let next = V - 1;
      let cumulative = 0;
      for (let c = 0; c < V; c++) {
        cumulative += Math.exp(row[c] - top);
        if (cumulative > u[n] * total) {
          next = c;
          break;
        }
      }
      tokens.copyWithin(n * T, n * T + 1, (n + 1) * T);
      tokens[(n + 1) * T - 1] = next;
      drawn[n] = next;
    }
  },
  cases: [
    { N: 20, V: 27, T: 3 },
    { N: 19, V: 31, T: 5 },
    { N: 1, V: 2, T: 1 },
    { N: 384, V: 5, T: 2 },
  ],
  // A draw is an index: kernel and twin agree unless u falls within rounding of a boundary.
  tolerance: { rtol: 0, atol: 0 },
  flops: ({ N, V }) => 6 * N * V,
});
