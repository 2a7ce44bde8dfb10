/** Calibration, evaluation and sampling on the CPU reference against the notebook's lines in plain float64 loops. */
import { expect, it } from "vitest";
import { cpuMachine } from "../../src/cpu/machine.ts";
import { compareTensors, explain } from "../oracle/compare.ts";
import { runEvaluation } from "./evaluation.ts";

const run = await runEvaluation(cpuMachine("float64"));
const { sizes, parameters: p, X, Y, examples } = run;
const { V, E, T, H, N } = sizes;
const range = (n: number) => Array.from({ length: n }, (_, i) => i);
const sum = (terms: number[]) => terms.reduce((a, b) => a + b, 0);

/** emb.view(−1) @ W1 + b1 of one context (T). */
const hprebn = (context: ArrayLike<number>) =>
  range(H).map(
    (j) =>
      p.b1[j] + sum(range(T * E).map((k) => p.C[context[Math.floor(k / E)] * E + (k % E)] * p.W1[k * H + j])),
  );
const rows = range(examples).map((i) => hprebn(X.subarray(i * T, (i + 1) * T)));
const bnmean = range(H).map((j) => sum(rows.map((r) => r[j])) / examples);
const bnvar = range(H).map((j) => sum(rows.map((r) => (r[j] - bnmean[j]) ** 2)) / (examples - 1));

/** softmax(tanh(bngain·(x − bnmean)·(bnvar + 1e-5)^−½ + bnbias) @ W2 + b2) (V). */
function probabilities(x: number[]): number[] {
  const h = x.map((v, j) =>
    Math.tanh((p.bngain[j] * (v - bnmean[j])) / Math.sqrt(bnvar[j] + 1e-5) + p.bnbias[j]),
  );
  const counts = range(V).map((v) => Math.exp(p.b2[v] + sum(h.map((x, j) => x * p.W2[j * V + v]))));
  return counts.map((c) => c / sum(counts));
}

it.each([
  ["bnmean", run.bnmean, bnmean],
  ["bnvar", run.bnvar, bnvar],
  ["loss of every row", run.losses, rows.map((x, i) => -Math.log(probabilities(x)[Y[i]]))],
])("%s, whatever the padding holds", (name, got, want) => {
  const comparison = compareTensors(name, got, want, { rtol: 1e-11, atol: 1e-13 });
  expect(comparison.ok, explain(comparison)).toBe(true);
});

it("draws by the inverse distribution function and shifts each name's context", () => {
  for (const name of range(N)) {
    let context: number[] = new Array(T).fill(0);
    for (const step of range(6)) {
      const u = run.uniforms[step * N + name];
      let cumulative = 0;
      const next = probabilities(hprebn(context)).findIndex((q) => {
        cumulative += q;
        return cumulative > u;
      });
      expect(run.drawn[step * N + name], `name ${name}, character ${step}`).toBe(next);
      context = [...context.slice(1), next];
    }
    expect(Array.from(run.contexts.subarray(name * T, (name + 1) * T))).toEqual(context);
  }
});
