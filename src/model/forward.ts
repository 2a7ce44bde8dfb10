/** The forward pass of the chunked step: every line of the notebook's exercise 1 beside the operation that computes it. */
import { crossEntropy, embedding, elementwise as ew, linear, reduce, tanh } from "../ops/index.ts";
import { type Lines, op } from "./line.ts";

const r = String.raw;

export const forward = {
  Xb: {
    torch: "ix = torch.randint(0, Xtr.shape[0], (n,), generator=g)\nXb = Xtr[ix]",
    formula: r`Xb_{it} \in \{0, …, V − 1\}`,
    why: "The minibatch: the last T characters before each of the n targets, as numbers.",
  },
  Yb: {
    torch: "Yb = Ytr[ix]",
    formula: r`Yb_{i} \in \{0, …, V − 1\}`,
    why: "The targets: the character that came next, which the network should predict.",
  },
  emb: {
    torch: "emb = C[Xb]",
    call: op(embedding.gather, { tokens: "Xb", table: "C", y: "emb" }),
    formula: r`emb_{ite} = C_{Xb_{it} e}`,
    why: "Looks up each character's row of the table. This only copies: nothing is computed, so nothing is rounded.",
  },
  embcat: {
    torch: "embcat = emb.view(n, -1)",
    formula: r`embcat_{ik} = emb_{ite}, \quad k = tE + e`,
    why: "The same numbers in the same memory, now one row per example.",
  },
  hprebn: {
    torch: "hprebn = embcat @ W1 + b1",
    call: op(linear.forward, { x: "embcat", w: "W1", b: "b1", y: "hprebn" }),
    formula: r`hprebn_{ij} = \sum_{k} embcat_{ik} W1_{kj} + b1_{j}`,
    why: "The first linear layer.",
  },
  bnmeani: {
    torch: "bnmeani = 1/n * hprebn.sum(0, keepdim=True)",
    call: op(reduce.meanBatch, { x: "hprebn", y: "bnmeani" }),
    formula: r`bnmeani_{j} = \frac{1}{n} \sum_{i} hprebn_{ij}`,
    why: "Each neuron's mean over the batch. From here on, the examples of a batch depend on one another.",
  },
  bndiff: {
    torch: "bndiff = hprebn - bnmeani",
    call: op(ew.subtractRow, { x: "hprebn", r: "bnmeani", y: "bndiff" }),
    formula: r`bndiff_{ij} = hprebn_{ij} − bnmeani_{j}`,
    why: "Centred around 0. This is where b1 cancels.",
  },
  bndiff2: {
    torch: "bndiff2 = bndiff**2",
    call: op(ew.square, { x: "bndiff", y: "bndiff2" }),
    formula: r`bndiff2_{ij} = bndiff_{ij}^{2}`,
    why: "Squared, for the variance.",
  },
  bnvar: {
    torch: "bnvar = 1/(n-1) * bndiff2.sum(0, keepdim=True)",
    call: op(reduce.besselBatch, { x: "bndiff2", y: "bnvar" }),
    formula: r`bnvar_{j} = \frac{1}{n − 1} \sum_{i} bndiff2_{ij}`,
    why: "The variance over the batch. It divides by n − 1 (Bessel) because the mean came from the same examples.",
  },
  bnvar_inv: {
    torch: "bnvar_inv = (bnvar + 1e-5)**-0.5",
    call: op(ew.inverseStd, { x: "bnvar", y: "bnvar_inv" }),
    formula: r`bnvar_inv_{j} = (bnvar_{j} + 10^{−5})^{−1/2}`,
    why: "One over the standard deviation. The small term prevents a division by zero where a neuron is constant.",
  },
  bnraw: {
    torch: "bnraw = bndiff * bnvar_inv",
    call: op(ew.multiplyRow, { x: "bndiff", r: "bnvar_inv", y: "bnraw" }),
    formula: r`bnraw_{ij} = bndiff_{ij} bnvar_inv_{j}`,
    why: "Every neuron now has mean 0 and variance 1 over the batch.",
  },
  hpreact: {
    torch: "hpreact = bngain * bnraw + bnbias",
    call: op(ew.scaleShift, { x: "bnraw", gain: "bngain", bias: "bnbias", y: "hpreact" }),
    formula: r`hpreact_{ij} = bngain_{j} bnraw_{ij} + bnbias_{j}`,
    why: "The network may learn another scale and another mean.",
  },
  h: {
    torch: "h = torch.tanh(hpreact)",
    call: op(tanh.forward, { x: "hpreact", y: "h" }),
    formula: r`h_{ij} = \tanh hpreact_{ij}`,
    why: "The hidden layer's activations, between −1 and 1. Near either end tanh is flat, and little gradient comes back.",
  },
  logits: {
    torch: "logits = h @ W2 + b2",
    call: op(linear.forward, { x: "h", w: "W2", b: "b2", y: "logits" }),
    formula: r`logits_{iv} = \sum_{j} h_{ij} W2_{jv} + b2_{v}`,
    why: "The second linear layer: a score for every character.",
  },
  logit_maxes: {
    torch: "logit_maxes = logits.max(1, keepdim=True).values",
    call: op(reduce.maxClasses, { x: "logits", y: "logit_maxes", index: "logit_argmax" }),
    formula: r`logit_maxes_{i} = \max_{v} logits_{iv}`,
    why: "Each row's largest score. Softmax stays the same whatever is subtracted; this keeps exp from overflowing.",
  },
  logit_argmax: {
    torch: "logit_argmax = logits.max(1).indices",
    formula: r`logit_argmax_{i} = \argmax_{v} logits_{iv}`,
    why: "Where the largest score was, which the backward pass will need to know.",
  },
  norm_logits: {
    torch: "norm_logits = logits - logit_maxes",
    call: op(ew.subtractColumn, { x: "logits", k: "logit_maxes", y: "norm_logits" }),
    formula: r`norm_logits_{iv} = logits_{iv} − logit_maxes_{i}`,
    why: "Now the largest score of each row is exactly 0, and all others are below it.",
  },
  counts: {
    torch: "counts = norm_logits.exp()",
    call: op(ew.exp, { x: "norm_logits", y: "counts" }),
    formula: r`counts_{iv} = \exp norm_logits_{iv}`,
    why: "Scores turned into something like counts: positive, the largest exactly 1.",
  },
  counts_sum: {
    torch: "counts_sum = counts.sum(1, keepdim=True)",
    call: op(reduce.sumClasses, { x: "counts", y: "counts_sum" }),
    formula: r`counts_sum_{i} = \sum_{v} counts_{iv}`,
    why: "The total of each row.",
  },
  counts_sum_inv: {
    torch: "counts_sum_inv = counts_sum**-1",
    call: op(ew.reciprocal, { x: "counts_sum", y: "counts_sum_inv" }),
    formula: r`counts_sum_inv_{i} = \frac{1}{counts_sum_{i}}`,
    why: "One over the total.",
  },
  probs: {
    torch: "probs = counts * counts_sum_inv",
    call: op(ew.multiplyColumn, { x: "counts", k: "counts_sum_inv", y: "probs" }),
    formula: r`probs_{iv} = counts_{iv} counts_sum_inv_{i}`,
    why: "Probabilities: each row adds up to 1.",
  },
  logprobs: {
    torch: "logprobs = probs.log()",
    call: op(ew.log, { x: "probs", y: "logprobs" }),
    formula: r`logprobs_{iv} = \ln probs_{iv}`,
    why: "Their logarithms: 0 for a character that is certain, and lower the less likely it is.",
  },
  loss: {
    torch: "loss = -logprobs[range(n), Yb].mean()",
    call: op(crossEntropy.pick, { logprobs: "logprobs", targets: "Yb", loss: "loss" }),
    formula: r`loss = −\frac{1}{n} \sum_{i} logprobs_{i Yb_{i}}`,
    why: "How much the right characters surprised the network, on average. The backward pass asks what would lower it.",
  },
} satisfies Lines;
