/**
 * The notebook's exercise 1 in float64, one line of ours below each of its own.
 *
 * A judge: it shares no code with what it judges, and it never trades a line of the notebook for a simpler formula.
 *
 * Source: https://github.com/karpathy/nn-zero-to-hero, lectures/makemore/makemore_part4_backprop.ipynb
 */

/** Vocabulary, embedding, context (T), hidden, batch (N). */
export interface Sizes {
  V: number;
  E: number;
  T: number;
  H: number;
  N: number;
}

/** C (V,E), W1 (T·E,H), b1 (H), W2 (H,V), b2 (V), bngain (1,H), bnbias (1,H), row-major. */
export type Parameters = Record<"C" | "W1" | "b1" | "W2" | "b2" | "bngain" | "bnbias", ArrayLike<number>>;

export interface Tensor {
  shape: number[];
  data: Float64Array;
}

/** A tensor that can be read as it is written in mathematics: `W1(k, j)`. */
interface Readable extends Tensor {
  (i?: number, j?: number, k?: number): number;
}

/** The tensor of up to three axes whose element (i, j, k) is `value(i, j, k)`. */
function tensor(shape: number[], value: (i: number, j: number, k: number) => number): Readable {
  const [I = 1, J = 1, K = 1] = shape;
  const data = new Float64Array(I * J * K);
  for (let i = 0; i < I; i++)
    for (let j = 0; j < J; j++) for (let k = 0; k < K; k++) data[(i * J + j) * K + k] = value(i, j, k);
  return Object.assign((i = 0, j = 0, k = 0) => data[(i * J + j) * K + k], { shape, data });
}

/** Σ term(i), i from 0 up to `count`. */
function sum(count: number, term: (i: number) => number): number {
  let total = 0;
  for (let i = 0; i < count; i++) total += term(i);
  return total;
}

/** The values given, as a tensor of this shape. */
function given(name: string, shape: number[], values: ArrayLike<number>): Readable {
  const [I = 1, J = 1] = shape;
  if (values.length !== I * J)
    throw new Error(`${name} has ${values.length} elements, expected ${I * J} for shape (${shape})`);
  return tensor(shape, (i, j) => values[i * J + j]);
}

/**
 * Every tensor of one step by its name: the intermediates, `loss`, and the 26 gradients as `d` + name. Shapes are
 * torch's. `Xb` (N,T) and `Yb` (N) are tokens below V.
 *
 * @throws Error if an input does not have as many elements as the sizes say.
 */
export function exercise1(
  parameters: Parameters,
  Xb: ArrayLike<number>,
  Yb: ArrayLike<number>,
  { V, E, T, H, N }: Sizes,
): Record<string, Tensor> {
  const K = T * E;
  const n = N;
  const x = given("Xb", [N, T], Xb);
  const y = given("Yb", [N], Yb);
  const C = given("C", [V, E], parameters.C);
  const W1 = given("W1", [K, H], parameters.W1);
  const b1 = given("b1", [H], parameters.b1);
  const W2 = given("W2", [H, V], parameters.W2);
  const b2 = given("b2", [V], parameters.b2);
  const bngain = given("bngain", [1, H], parameters.bngain);
  const bnbias = given("bnbias", [1, H], parameters.bnbias);

  // Indices: i example, t position in the context, e embedding, k = t·E + e, j hidden unit, v token.

  // emb = C[Xb]
  const emb = tensor([N, T, E], (i, t, e) => C(x(i, t), e));
  // embcat = emb.view(emb.shape[0], -1)
  const embcat = tensor([N, K], (i, k) => emb(i, Math.floor(k / E), k % E));
  // hprebn = embcat @ W1 + b1
  const hprebn = tensor([N, H], (i, j) => sum(K, (k) => embcat(i, k) * W1(k, j)) + b1(j));
  // bnmeani = 1/n*hprebn.sum(0, keepdim=True)
  const bnmeani = tensor([1, H], (_, j) => (1 / n) * sum(N, (i) => hprebn(i, j)));
  // bndiff = hprebn - bnmeani
  const bndiff = tensor([N, H], (i, j) => hprebn(i, j) - bnmeani(0, j));
  // bndiff2 = bndiff**2
  const bndiff2 = tensor([N, H], (i, j) => bndiff(i, j) ** 2);
  // bnvar = 1/(n-1)*(bndiff2).sum(0, keepdim=True)
  const bnvar = tensor([1, H], (_, j) => (1 / (n - 1)) * sum(N, (i) => bndiff2(i, j)));
  // bnvar_inv = (bnvar + 1e-5)**-0.5
  const bnvar_inv = tensor([1, H], (_, j) => (bnvar(0, j) + 1e-5) ** -0.5);
  // bnraw = bndiff * bnvar_inv
  const bnraw = tensor([N, H], (i, j) => bndiff(i, j) * bnvar_inv(0, j));
  // hpreact = bngain * bnraw + bnbias
  const hpreact = tensor([N, H], (i, j) => bngain(0, j) * bnraw(i, j) + bnbias(0, j));
  // h = torch.tanh(hpreact)
  const h = tensor([N, H], (i, j) => Math.tanh(hpreact(i, j)));
  // logits = h @ W2 + b2
  const logits = tensor([N, V], (i, v) => sum(H, (j) => h(i, j) * W2(j, v)) + b2(v));
  // logit_maxes = logits.max(1, keepdim=True).values
  const logit_maxes = tensor([N, 1], (i) => Math.max(...logits.data.subarray(i * V, (i + 1) * V)));
  // norm_logits = logits - logit_maxes
  const norm_logits = tensor([N, V], (i, v) => logits(i, v) - logit_maxes(i));
  // counts = norm_logits.exp()
  const counts = tensor([N, V], (i, v) => Math.exp(norm_logits(i, v)));
  // counts_sum = counts.sum(1, keepdims=True)
  const counts_sum = tensor([N, 1], (i) => sum(V, (v) => counts(i, v)));
  // counts_sum_inv = counts_sum**-1
  const counts_sum_inv = tensor([N, 1], (i) => counts_sum(i) ** -1);
  // probs = counts * counts_sum_inv
  const probs = tensor([N, V], (i, v) => counts(i, v) * counts_sum_inv(i));
  // logprobs = probs.log()
  const logprobs = tensor([N, V], (i, v) => Math.log(probs(i, v)));
  // loss = -logprobs[range(n), Yb].mean()
  const loss = tensor([], () => -sum(N, (i) => logprobs(i, y(i))) / n);

  // dlogprobs = torch.zeros_like(logprobs); dlogprobs[range(n), Yb] = -1.0/n
  const dlogprobs = tensor([N, V], (i, v) => (v === y(i) ? -1 / n : 0));
  // dprobs = (1.0 / probs) * dlogprobs
  const dprobs = tensor([N, V], (i, v) => (1 / probs(i, v)) * dlogprobs(i, v));
  // dcounts_sum_inv = (counts * dprobs).sum(1, keepdim=True)
  const dcounts_sum_inv = tensor([N, 1], (i) => sum(V, (v) => counts(i, v) * dprobs(i, v)));
  // dcounts = counts_sum_inv * dprobs
  let dcounts = tensor([N, V], (i, v) => counts_sum_inv(i) * dprobs(i, v));
  // dcounts_sum = (-counts_sum**-2) * dcounts_sum_inv
  const dcounts_sum = tensor([N, 1], (i) => -(counts_sum(i) ** -2) * dcounts_sum_inv(i));
  // dcounts += torch.ones_like(counts) * dcounts_sum
  dcounts = tensor([N, V], (i, v) => dcounts(i, v) + dcounts_sum(i));
  // dnorm_logits = counts * dcounts
  const dnorm_logits = tensor([N, V], (i, v) => counts(i, v) * dcounts(i, v));
  // dlogits = dnorm_logits.clone()
  let dlogits = dnorm_logits;
  // dlogit_maxes = (-dnorm_logits).sum(1, keepdim=True)
  const dlogit_maxes = tensor([N, 1], (i) => sum(V, (v) => -dnorm_logits(i, v)));
  // dlogits += F.one_hot(logits.max(1).indices, num_classes=logits.shape[1]) * dlogit_maxes
  const argmax = tensor([N], (i) => logits.data.subarray(i * V, (i + 1) * V).indexOf(logit_maxes(i)));
  dlogits = tensor([N, V], (i, v) => dnorm_logits(i, v) + (v === argmax(i) ? dlogit_maxes(i) : 0));
  // dh = dlogits @ W2.T
  const dh = tensor([N, H], (i, j) => sum(V, (v) => dlogits(i, v) * W2(j, v)));
  // dW2 = h.T @ dlogits
  const dW2 = tensor([H, V], (j, v) => sum(N, (i) => h(i, j) * dlogits(i, v)));
  // db2 = dlogits.sum(0)
  const db2 = tensor([V], (v) => sum(N, (i) => dlogits(i, v)));
  // dhpreact = (1.0 - h**2) * dh
  const dhpreact = tensor([N, H], (i, j) => (1 - h(i, j) ** 2) * dh(i, j));
  // dbngain = (bnraw * dhpreact).sum(0, keepdim=True)
  const dbngain = tensor([1, H], (_, j) => sum(N, (i) => bnraw(i, j) * dhpreact(i, j)));
  // dbnraw = bngain * dhpreact
  const dbnraw = tensor([N, H], (i, j) => bngain(0, j) * dhpreact(i, j));
  // dbnbias = dhpreact.sum(0, keepdim=True)
  const dbnbias = tensor([1, H], (_, j) => sum(N, (i) => dhpreact(i, j)));
  // dbndiff = bnvar_inv * dbnraw
  let dbndiff = tensor([N, H], (i, j) => bnvar_inv(0, j) * dbnraw(i, j));
  // dbnvar_inv = (bndiff * dbnraw).sum(0, keepdim=True)
  const dbnvar_inv = tensor([1, H], (_, j) => sum(N, (i) => bndiff(i, j) * dbnraw(i, j)));
  // dbnvar = (-0.5*(bnvar + 1e-5)**-1.5) * dbnvar_inv
  const dbnvar = tensor([1, H], (_, j) => -0.5 * (bnvar(0, j) + 1e-5) ** -1.5 * dbnvar_inv(0, j));
  // dbndiff2 = (1.0/(n-1))*torch.ones_like(bndiff2) * dbnvar
  const dbndiff2 = tensor([N, H], (_, j) => (1 / (n - 1)) * dbnvar(0, j));
  // dbndiff += (2*bndiff) * dbndiff2
  dbndiff = tensor([N, H], (i, j) => dbndiff(i, j) + 2 * bndiff(i, j) * dbndiff2(i, j));
  // dhprebn = dbndiff.clone()
  let dhprebn = dbndiff;
  // dbnmeani = (-dbndiff).sum(0), and keepdim, so that it has bnmeani's shape as autograd's gradient does
  const dbnmeani = tensor([1, H], (_, j) => sum(N, (i) => -dbndiff(i, j)));
  // dhprebn += 1.0/n * (torch.ones_like(hprebn) * dbnmeani)
  dhprebn = tensor([N, H], (i, j) => dbndiff(i, j) + (1 / n) * dbnmeani(0, j));
  // dembcat = dhprebn @ W1.T
  const dembcat = tensor([N, K], (i, k) => sum(H, (j) => dhprebn(i, j) * W1(k, j)));
  // dW1 = embcat.T @ dhprebn
  const dW1 = tensor([K, H], (k, j) => sum(N, (i) => embcat(i, k) * dhprebn(i, j)));
  // db1 = dhprebn.sum(0)
  const db1 = tensor([H], (j) => sum(N, (i) => dhprebn(i, j)));
  // demb = dembcat.view(emb.shape)
  const demb = tensor([N, T, E], (i, t, e) => dembcat(i, t * E + e));
  // dC = torch.zeros_like(C)
  const dC = tensor([V, E], () => 0);
  // for k in range(Xb.shape[0]): for j in range(Xb.shape[1]): ix = Xb[k,j]; dC[ix] += demb[k,j]
  for (let i = 0; i < N; i++)
    for (let t = 0; t < T; t++) for (let e = 0; e < E; e++) dC.data[x(i, t) * E + e] += demb(i, t, e);

  const everything: Record<string, Tensor> = {
    ...{ emb, embcat, hprebn, bnmeani, bndiff, bndiff2, bnvar, bnvar_inv, bnraw, hpreact, h },
    ...{ logits, logit_maxes, norm_logits, counts, counts_sum, counts_sum_inv, probs, logprobs, loss },
    ...{ dlogprobs, dprobs, dcounts_sum_inv, dcounts_sum, dcounts, dnorm_logits, dlogit_maxes, dlogits },
    ...{ dh, dW2, db2, dhpreact, dbngain, dbnbias, dbnraw, dbnvar_inv, dbnvar, dbndiff2, dbndiff },
    ...{ dbnmeani, dhprebn, dembcat, dW1, db1, demb, dC },
  };
  return Object.fromEntries(
    Object.entries(everything).map(([name, { shape, data }]) => [name, { shape, data }]),
  );
}
