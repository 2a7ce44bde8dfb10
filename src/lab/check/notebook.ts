/**
 * What the notebook says about each tensor of the step: its formula, its line of PyTorch, and why it is so.
 *
 * Formulas are in the little notation of `formula.ts`. Indices: i example, t place in the context, e float of an embedding,
 * k = tE + e, j hidden neuron, v character. n examples, E floats per character; a gradient is `d` + the name.
 * Tests hold every formula and every line against the plan, and run the lines in PyTorch.
 */
export interface Entry {
  readonly formula: string;
  /** One or more lines that make the tensor out of those it is computed from. */
  readonly torch: string;
  readonly why: string;
}

const entry = (formula: string, torch: string, why: string): Entry => ({ formula, torch, why });
const r = String.raw;

const sources: Readonly<Record<string, Entry>> = {
  Xb: entry(
    r`Xb_{it} \in {0, …, V − 1}`,
    "ix = torch.randint(0, Xtr.shape[0], (n,), generator=g)\nXb = Xtr[ix]",
    "The minibatch: for each of the n examples the last T characters, as numbers.",
  ),
  Yb: entry(
    r`Yb_{i} \in {0, …, V − 1}`,
    "Yb = Ytr[ix]",
    "The character that came next: what the network should have said.",
  ),
  C: entry(
    r`C_{ve} ~ N(0, 1) \text{ at first}`,
    "C = torch.randn((V, E), generator=g)",
    "The embedding table: a row of E floats for every character.",
  ),
  W1: entry(
    r`W1_{kj} ~ \frac{5/3}{\sqrt{TE}} N(0, 1) \text{ at first}`,
    "W1 = torch.randn((T*E, H), generator=g) * (5/3) / (T*E)**0.5",
    "Weights of the hidden layer, scaled (Kaiming) so that its sums start with the spread that tanh wants.",
  ),
  b1: entry(
    r`b1_{j} ~ 0.1 N(0, 1) \text{ at first}`,
    "b1 = torch.randn(H, generator=g) * 0.1",
    "Useless, on purpose: BatchNorm takes the mean away again, and its gradient is nothing but rounding.",
  ),
  W2: entry(
    r`W2_{jv} ~ 0.1 N(0, 1) \text{ at first}`,
    "W2 = torch.randn((H, V), generator=g) * 0.1",
    "Weights of the output layer, small at first, so that no character starts as a favourite.",
  ),
  b2: entry(
    r`b2_{v} ~ 0.1 N(0, 1) \text{ at first}`,
    "b2 = torch.randn(V, generator=g) * 0.1",
    "How likely each character is before the network has looked at anything.",
  ),
  bngain: entry(
    r`bngain_{j} ~ 1 + 0.1 N(0, 1) \text{ at first}`,
    "bngain = torch.randn((1, H)) * 0.1 + 1.0",
    "BatchNorm's own scale, one per neuron, learned. Not exactly 1 at first, since ones hide wrong gradients.",
  ),
  bnbias: entry(
    r`bnbias_{j} ~ 0.1 N(0, 1) \text{ at first}`,
    "bnbias = torch.randn((1, H)) * 0.1",
    "BatchNorm's own shift, one per neuron, learned. It does the work that b1 cannot.",
  ),
};

const forward: Readonly<Record<string, Entry>> = {
  emb: entry(
    r`emb_{ite} = C_{Xb_{it} e}`,
    "emb = C[Xb]",
    "Looks up each character's row of the table. A copy: nothing is computed, so nothing is rounded.",
  ),
  embcat: entry(
    r`embcat_{ik} = emb_{ite}, \quad k = tE + e`,
    "embcat = emb.view(n, -1)",
    "The same numbers in the same memory, a row per example.",
  ),
  hprebn: entry(
    r`hprebn_{ij} = \sum_{k} embcat_{ik} W1_{kj} + b1_{j}`,
    "hprebn = embcat @ W1 + b1",
    "The first linear layer.",
  ),
  bnmeani: entry(
    r`bnmeani_{j} = \frac{1}{n} \sum_{i} hprebn_{ij}`,
    "bnmeani = 1/n * hprebn.sum(0, keepdim=True)",
    "Each neuron's mean over the batch: here the examples of a batch begin to depend on one another.",
  ),
  bndiff: entry(
    r`bndiff_{ij} = hprebn_{ij} − bnmeani_{j}`,
    "bndiff = hprebn - bnmeani",
    "Centred: b1 has just cancelled.",
  ),
  bndiff2: entry(r`bndiff2_{ij} = bndiff_{ij}^{2}`, "bndiff2 = bndiff**2", "Squared, for the variance."),
  bnvar: entry(
    r`bnvar_{j} = \frac{1}{n − 1} \sum_{i} bndiff2_{ij}`,
    "bnvar = 1/(n-1) * bndiff2.sum(0, keepdim=True)",
    "The variance over the batch. n − 1 (Bessel) because the mean came from the same examples.",
  ),
  bnvar_inv: entry(
    r`bnvar_inv_{j} = (bnvar_{j} + 10^{−5})^{−1/2}`,
    "bnvar_inv = (bnvar + 1e-5)**-0.5",
    "One over the standard deviation. The small term keeps a constant neuron from dividing by zero.",
  ),
  bnraw: entry(
    r`bnraw_{ij} = bndiff_{ij} bnvar_inv_{j}`,
    "bnraw = bndiff * bnvar_inv",
    "Every neuron now has mean 0 and variance 1 over the batch.",
  ),
  hpreact: entry(
    r`hpreact_{ij} = bngain_{j} bnraw_{ij} + bnbias_{j}`,
    "hpreact = bngain * bnraw + bnbias",
    "Scaled and shifted as the network likes it.",
  ),
  h: entry(
    r`h_{ij} = \tanh hpreact_{ij}`,
    "h = torch.tanh(hpreact)",
    "The hidden layer's activations, between −1 and 1. Near the ends tanh is flat and little gradient returns.",
  ),
  logits: entry(
    r`logits_{iv} = \sum_{j} h_{ij} W2_{jv} + b2_{v}`,
    "logits = h @ W2 + b2",
    "The second linear layer: a score for every character.",
  ),
  logit_maxes: entry(
    r`logit_maxes_{i} = \max_{v} logits_{iv}`,
    "logit_maxes = logits.max(1, keepdim=True).values",
    "Each row's largest score. Softmax is the same whatever is subtracted; this keeps exp from overflowing.",
  ),
  logit_argmax: entry(
    r`logit_argmax_{i} = \argmax_{v} logits_{iv}`,
    "logit_argmax = logits.max(1).indices",
    "Where that largest score was: the backward pass will need to know.",
  ),
  norm_logits: entry(
    r`norm_logits_{iv} = logits_{iv} − logit_maxes_{i}`,
    "norm_logits = logits - logit_maxes",
    "Scores below or at 0, the largest exactly 0.",
  ),
  counts: entry(
    r`counts_{iv} = \exp norm_logits_{iv}`,
    "counts = norm_logits.exp()",
    "Scores as something like counts: positive, the largest exactly 1.",
  ),
  counts_sum: entry(
    r`counts_sum_{i} = \sum_{v} counts_{iv}`,
    "counts_sum = counts.sum(1, keepdim=True)",
    "What the counts of a row add up to.",
  ),
  counts_sum_inv: entry(
    r`counts_sum_inv_{i} = \frac{1}{counts_sum_{i}}`,
    "counts_sum_inv = counts_sum**-1",
    "One over it.",
  ),
  probs: entry(
    r`probs_{iv} = counts_{iv} counts_sum_inv_{i}`,
    "probs = counts * counts_sum_inv",
    "Probabilities: each row adds up to 1.",
  ),
  logprobs: entry(
    r`logprobs_{iv} = \ln probs_{iv}`,
    "logprobs = probs.log()",
    "Their logarithms; a certain character would have 0.",
  ),
  loss: entry(
    r`loss = −\frac{1}{n} \sum_{i} logprobs_{i Yb_{i}}`,
    "loss = -logprobs[range(n), Yb].mean()",
    "How surprised the network was by the right characters, on average. Everything after this asks what would lower it.",
  ),
};

const backward: Readonly<Record<string, Entry>> = {
  dlogprobs: entry(
    r`dlogprobs_{iv} = −\frac{1}{n} [v = Yb_{i}]`,
    "dlogprobs = torch.zeros((n, V))\ndlogprobs[range(n), Yb] = -1/n",
    "Only the log-probability of the right character is in the loss, with weight −1/n; all the others have no say.",
  ),
  dprobs: entry(
    r`dprobs_{iv} = \frac{dlogprobs_{iv}}{probs_{iv}}`,
    "dprobs = dlogprobs / probs",
    "The derivative of ln x is 1/x: the less likely the right character was, the harder it is pushed.",
  ),
  dcounts_sum_inv: entry(
    r`dcounts_sum_inv_{i} = \sum_{v} counts_{iv} dprobs_{iv}`,
    "dcounts_sum_inv = (counts * dprobs).sum(1, keepdim=True)",
    "One number was broadcast over a row, so its gradient is the sum over the row.",
  ),
  dcounts_sum: entry(
    r`dcounts_sum_{i} = −\frac{dcounts_sum_inv_{i}}{counts_sum_{i}^{2}}`,
    "dcounts_sum = -dcounts_sum_inv / counts_sum**2",
    "The derivative of 1/x is −1/x².",
  ),
  dcounts: entry(
    r`dcounts_{iv} = counts_sum_inv_{i} dprobs_{iv} + dcounts_sum_{i}`,
    "dcounts = counts_sum_inv * dprobs + dcounts_sum",
    "counts is used twice, in probs and in counts_sum: the gradients of both uses add up.",
  ),
  dnorm_logits: entry(
    r`dnorm_logits_{iv} = counts_{iv} dcounts_{iv}`,
    "dnorm_logits = counts * dcounts",
    "The derivative of exp is exp itself, which is there already.",
  ),
  dlogit_maxes: entry(
    r`dlogit_maxes_{i} = −\sum_{v} dnorm_logits_{iv}`,
    "dlogit_maxes = -dnorm_logits.sum(1, keepdim=True)",
    "Should be 0, since the subtraction changes no probability: each row's terms cancel, and what is left is rounding.",
  ),
  dlogits: entry(
    r`dlogits_{iv} = dnorm_logits_{iv} + [v = logit_argmax_{i}] dlogit_maxes_{i}`,
    "dlogits = dnorm_logits + F.one_hot(logit_argmax, V) * dlogit_maxes",
    "What all these lines come to is (probs − one-hot)/n, exercise 2: up with the right character, down with the rest.",
  ),
  dh: entry(
    r`dh_{ij} = \sum_{v} dlogits_{iv} W2_{jv}`,
    "dh = dlogits @ W2.T",
    "A matrix product goes backward through the transposed weights; the shapes leave no other way.",
  ),
  dW2: entry(
    r`dW2_{jv} = \sum_{i} h_{ij} dlogits_{iv}`,
    "dW2 = h.T @ dlogits",
    "Each weight: what went into it times what was wanted of its output, over the batch.",
  ),
  db2: entry(
    r`db2_{v} = \sum_{i} dlogits_{iv}`,
    "db2 = dlogits.sum(0)",
    "A bias is added to every row, so its gradient is the sum of the rows.",
  ),
  dhpreact: entry(
    r`dhpreact_{ij} = (1 − h_{ij}^{2}) dh_{ij}`,
    "dhpreact = (1 - h**2) * dh",
    "tanh′ = 1 − tanh². Where h is near ±1 the gradient dies: a saturated neuron.",
  ),
  dbngain: entry(
    r`dbngain_{j} = \sum_{i} bnraw_{ij} dhpreact_{ij}`,
    "dbngain = (bnraw * dhpreact).sum(0, keepdim=True)",
    "One gain for all rows of its column: the sum over the batch.",
  ),
  dbnbias: entry(
    r`dbnbias_{j} = \sum_{i} dhpreact_{ij}`,
    "dbnbias = dhpreact.sum(0, keepdim=True)",
    "One shift for all rows of its column: the sum over the batch.",
  ),
  dbnraw: entry(
    r`dbnraw_{ij} = bngain_{j} dhpreact_{ij}`,
    "dbnraw = bngain * dhpreact",
    "Scaled on the way, scaled on the way back.",
  ),
  dbnvar_inv: entry(
    r`dbnvar_inv_{j} = \sum_{i} bndiff_{ij} dbnraw_{ij}`,
    "dbnvar_inv = (bndiff * dbnraw).sum(0, keepdim=True)",
    "One standard deviation for the whole column: the sum over the batch.",
  ),
  dbnvar: entry(
    r`dbnvar_{j} = −\frac{1}{2} (bnvar_{j} + 10^{−5})^{−3/2} dbnvar_inv_{j}`,
    "dbnvar = -0.5 * (bnvar + 1e-5)**-1.5 * dbnvar_inv",
    "The power rule on x to the −½.",
  ),
  dbndiff2: entry(
    r`dbndiff2_{ij} = \frac{1}{n − 1} dbnvar_{j}`,
    "dbndiff2 = 1/(n-1) * dbnvar.expand(n, -1)",
    "Backward, a sum is a broadcast: every square gets the same share.",
  ),
  dbndiff: entry(
    r`dbndiff_{ij} = bnvar_inv_{j} dbnraw_{ij} + 2 bndiff_{ij} dbndiff2_{ij}`,
    "dbndiff = bnvar_inv * dbnraw + 2 * bndiff * dbndiff2",
    "bndiff is used twice, in bnraw and in its own square: the two gradients add up.",
  ),
  dbnmeani: entry(
    r`dbnmeani_{j} = −\sum_{i} dbndiff_{ij}`,
    "dbnmeani = -dbndiff.sum(0, keepdim=True)",
    "The mean was subtracted from every row: minus the sum over the batch.",
  ),
  dhprebn: entry(
    r`dhprebn_{ij} = dbndiff_{ij} + \frac{1}{n} dbnmeani_{j}`,
    "dhprebn = dbndiff + 1/n * dbnmeani",
    "Two ways again: directly, and through the mean, of which each example is an n-th. Exercise 3 is this in one formula.",
  ),
  dembcat: entry(
    r`dembcat_{ik} = \sum_{j} dhprebn_{ij} W1_{kj}`,
    "dembcat = dhprebn @ W1.T",
    "Back through the first linear layer, as through the second.",
  ),
  dW1: entry(
    r`dW1_{kj} = \sum_{i} embcat_{ik} dhprebn_{ij}`,
    "dW1 = embcat.T @ dhprebn",
    "What went in times what was wanted of the output, over the batch.",
  ),
  db1: entry(
    r`db1_{j} = \sum_{i} dhprebn_{ij}`,
    "db1 = dhprebn.sum(0)",
    "Should be 0, since BatchNorm takes away whatever b1 adds: the terms cancel, and what is left is rounding.",
  ),
  demb: entry(
    r`demb_{ite} = dembcat_{ik}, \quad k = tE + e`,
    "demb = dembcat.view(n, T, E)",
    "The same numbers in the same memory, a row per character of the context.",
  ),
  dC: entry(
    r`dC_{ve} = \sum_{it: Xb_{it} = v} demb_{ite}`,
    "dC = torch.zeros((V, E)).index_add_(0, Xb.view(-1), demb.view(-1, E))",
    "A row of the table was copied wherever its character stood; all those places' gradients are added up in it.",
  ),
};

/** Every tensor of the chunked step by name. */
export const NOTEBOOK: Readonly<Record<string, Entry>> = { ...sources, ...forward, ...backward };

/** The names among `tensors` that a line of PyTorch or a formula mentions; attributes (`.sum`) are none. */
export function mentioned(text: string, tensors: Iterable<string>): string[] {
  const known = new Set(tensors);
  const code = text.replace(/#.*|\\text\{[^}]*\}|\\[a-z]+/g, "");
  return [...new Set(code.match(/(?<![.\w])[A-Za-z][A-Za-z0-9]*(?:_[a-z]+)*/g))].filter((word) =>
    known.has(word),
  );
}
