/** What the tests of training train on, and the notebook's inference in plain float64, with no use of `ops`. */
import { buildDataset, type Split } from "../../src/data/examples.ts";
import { parseWords } from "../../src/data/words.ts";
import type { Parameters } from "../../src/model/tensors.ts";
import { type TrainConfig, trainConfig } from "../../src/train/config.ts";
import type { Model, Statistics } from "../../src/train/evaluate.ts";

/** 1,000 words of three to eight letters out of nine, which do not repeat in any simple way. */
const list = Array.from({ length: 1000 }, (_, i) =>
  Array.from(
    { length: 3 + ((i * i) % 6) },
    (_, j) => "abcdefghi"[(i * (7 + j) + 5 * j + ((i * j) >> 2)) % 9],
  ).join(""),
);

/** Its training set is longer than a batch of evaluation (4,096 rows), and no multiple of it. */
export const dataset = buildDataset(parseWords(new TextEncoder().encode(list.join("\n")), "test words"), {
  context: 3,
});
export const words = { source: "test words", sha256: "0".repeat(64) };

/** A network of 9 × 8 weights and little more: as fast as can be, ragged all over. */
export const tinyConfig = (o: Partial<TrainConfig> = {}): TrainConfig =>
  trainConfig({ hidden: 11, embedding: 3, batch: 7, steps: 1000, ...o });

const range = (n: number) => Array.from({ length: n }, (_, i) => i);
const sum = (terms: readonly number[]) => terms.reduce((a, b) => a + b, 0);

/** emb.view(−1) @ W1 + b1 (H) of one context (T). */
function hprebn({ C, W1, b1 }: Parameters, context: ArrayLike<number>): number[] {
  const [T, H] = [context.length, b1.length];
  const E = W1.length / H / T;
  return range(H).map(
    (j) => b1[j] + sum(range(T * E).map((k) => C[context[Math.floor(k / E)] * E + (k % E)] * W1[k * H + j])),
  );
}

/** softmax(tanh(bngain·(x − bnmean)·(bnvar + 1e-5)^−½ + bnbias) @ W2 + b2) (V) after a context. */
export function probabilities(
  { parameters: p, bnmean, bnvar }: Omit<Model, "sizes">,
  context: ArrayLike<number>,
) {
  const h = hprebn(p, context).map((x, j) =>
    Math.tanh((p.bngain[j] * (x - bnmean[j])) / Math.sqrt(bnvar[j] + 1e-5) + p.bnbias[j]),
  );
  const V = p.b2.length;
  const logits = range(V).map((v) => p.b2[v] + sum(h.map((x, j) => x * p.W2[j * V + v])));
  const top = Math.max(...logits);
  const counts = logits.map((x) => Math.exp(x - top));
  const total = sum(counts);
  return counts.map((c) => c / total);
}

function examples(split: Split): { X: Uint32Array; Y: Uint32Array } {
  const X = new Uint32Array(split.length * split.context);
  const Y = new Uint32Array(split.length);
  split.gatherRange(0, split.length, X, Y);
  return { X, Y };
}

/** Mean and variance (n − 1) of every row's hprebn. */
export function plainStatistics(p: Parameters, split: Split): { bnmean: number[]; bnvar: number[] } {
  const { X } = examples(split);
  const T = split.context;
  const rows = range(split.length).map((i) => hprebn(p, X.subarray(i * T, (i + 1) * T)));
  const bnmean = range(p.b1.length).map((j) => sum(rows.map((r) => r[j])) / rows.length);
  const bnvar = bnmean.map((mean, j) => sum(rows.map((r) => (r[j] - mean) ** 2)) / (rows.length - 1));
  return { bnmean, bnvar };
}

/** Mean cross-entropy of every row. */
export function plainLoss(model: { parameters: Parameters } & Statistics, split: Split): number {
  const { X, Y } = examples(split);
  const T = split.context;
  return (
    sum(
      range(split.length).map((i) => -Math.log(probabilities(model, X.subarray(i * T, (i + 1) * T))[Y[i]])),
    ) / split.length
  );
}
