import * as shader from "../../shaders/sample.wgsl.ts";
import { defineOp, read, writeIndex } from "../plan/contract.ts";
import { perItem } from "./grids.ts";

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
