/** The backward pass of the chunked step, line by line. A gradient is called `d` + the name of its tensor. */
import { embedding, elementwise as ew, linear, reduce, tanh } from "../ops/index.ts";
import { type Lines, op } from "./line.ts";

const r = String.raw;

export const backward = {
  dlogprobs: {
    torch: "dlogprobs = torch.zeros((n, V))\ndlogprobs[range(n), Yb] = -1/n",
    call: op(ew.pickBackward, { targets: "Yb", y: "dlogprobs" }),
    formula: r`dlogprobs_{iv} = −\frac{1}{n} [v = Yb_{i}]`,
    why: "Only the right character's log-probability enters the loss, with weight −1/n. The others have no influence.",
  },
  dprobs: {
    torch: "dprobs = dlogprobs / probs",
    call: op(ew.logBackward, { x: "probs", dy: "dlogprobs", y: "dprobs" }),
    formula: r`dprobs_{iv} = \frac{dlogprobs_{iv}}{probs_{iv}}`,
    why: "The derivative of ln x is 1/x: the less likely the right character was, the harder it is pushed up.",
  },
  dcounts_sum_inv: {
    torch: "dcounts_sum_inv = (counts * dprobs).sum(1, keepdim=True)",
    call: op(reduce.dotClasses, { x: "counts", w: "dprobs", y: "dcounts_sum_inv" }),
    formula: r`dcounts_sum_inv_{i} = \sum_{v} counts_{iv} dprobs_{iv}`,
    why: "One number was broadcast over a row, so its gradient is a sum over the row.",
  },
  dcounts_sum: {
    torch: "dcounts_sum = -dcounts_sum_inv / counts_sum**2",
    call: op(ew.reciprocalBackward, { x: "counts_sum", dy: "dcounts_sum_inv", y: "dcounts_sum" }),
    formula: r`dcounts_sum_{i} = −\frac{dcounts_sum_inv_{i}}{counts_sum_{i}^{2}}`,
    why: "The derivative of 1/x is −1/x².",
  },
  dcounts: {
    torch: "dcounts = counts_sum_inv * dprobs + dcounts_sum",
    call: op(ew.scaleShiftColumn, { x: "dprobs", k: "counts_sum_inv", b: "dcounts_sum", y: "dcounts" }),
    formula: r`dcounts_{iv} = counts_sum_inv_{i} dprobs_{iv} + dcounts_sum_{i}`,
    why: "counts is used twice, in probs and in counts_sum, so the gradients of both uses add up.",
  },
  dnorm_logits: {
    torch: "dnorm_logits = counts * dcounts",
    call: op(ew.multiply, { x: "counts", w: "dcounts", y: "dnorm_logits" }),
    formula: r`dnorm_logits_{iv} = counts_{iv} dcounts_{iv}`,
    why: "The derivative of exp is exp itself, and counts already holds it.",
  },
  dlogit_maxes: {
    torch: "dlogit_maxes = -dnorm_logits.sum(1, keepdim=True)",
    call: op(reduce.negativeSumClasses, { x: "dnorm_logits", y: "dlogit_maxes" }),
    formula: r`dlogit_maxes_{i} = −\sum_{v} dnorm_logits_{iv}`,
    why: "Should be 0, since the subtraction changes no probability: each row's terms cancel, and only rounding is left.",
  },
  dlogits: {
    torch: "dlogits = dnorm_logits + F.one_hot(logit_argmax, V) * dlogit_maxes",
    call: op(ew.addAtIndex, { x: "dnorm_logits", k: "dlogit_maxes", index: "logit_argmax", y: "dlogits" }),
    formula: r`dlogits_{iv} = dnorm_logits_{iv} + [v = logit_argmax_{i}] dlogit_maxes_{i}`,
    why: "The lines so far come to (probs − one-hot)/n, exercise 2: the right character goes up, all others go down.",
  },
  dh: {
    torch: "dh = dlogits @ W2.T",
    call: op(linear.backwardInput, { dy: "dlogits", w: "W2", dx: "dh" }),
    formula: r`dh_{ij} = \sum_{v} dlogits_{iv} W2_{jv}`,
    why: "A matrix product goes backward through the transposed weights; the shapes leave no other way.",
  },
  dW2: {
    torch: "dW2 = h.T @ dlogits",
    call: op(linear.backwardWeight, { x: "h", dy: "dlogits", dw: "dW2" }),
    formula: r`dW2_{jv} = \sum_{i} h_{ij} dlogits_{iv}`,
    why: "For each weight: its input times the gradient of its output, summed over the batch.",
  },
  db2: {
    torch: "db2 = dlogits.sum(0)",
    call: op(reduce.sumBatch, { x: "dlogits", y: "db2" }),
    formula: r`db2_{v} = \sum_{i} dlogits_{iv}`,
    why: "The bias is added to every row, so its gradient is the sum of the rows.",
  },
  dhpreact: {
    torch: "dhpreact = (1 - h**2) * dh",
    call: op(tanh.backward, { y: "h", dy: "dh", dx: "dhpreact" }),
    formula: r`dhpreact_{ij} = (1 − h_{ij}^{2}) dh_{ij}`,
    why: "tanh′ = 1 − tanh². Where h is near ±1 the gradient vanishes: the neuron is saturated.",
  },
  dbngain: {
    torch: "dbngain = (bnraw * dhpreact).sum(0, keepdim=True)",
    call: op(reduce.dotBatch, { x: "bnraw", w: "dhpreact", y: "dbngain" }),
    formula: r`dbngain_{j} = \sum_{i} bnraw_{ij} dhpreact_{ij}`,
    why: "One gain serves a whole column, so its gradient is a sum over the batch.",
  },
  dbnbias: {
    torch: "dbnbias = dhpreact.sum(0, keepdim=True)",
    call: op(reduce.sumBatch, { x: "dhpreact", y: "dbnbias" }),
    formula: r`dbnbias_{j} = \sum_{i} dhpreact_{ij}`,
    why: "One shift serves a whole column, so its gradient is a sum over the batch.",
  },
  dbnraw: {
    torch: "dbnraw = bngain * dhpreact",
    call: op(ew.multiplyRow, { x: "dhpreact", r: "bngain", y: "dbnraw" }),
    formula: r`dbnraw_{ij} = bngain_{j} dhpreact_{ij}`,
    why: "What was scaled on the way forward is scaled on the way back.",
  },
  dbnvar_inv: {
    torch: "dbnvar_inv = (bndiff * dbnraw).sum(0, keepdim=True)",
    call: op(reduce.dotBatch, { x: "bndiff", w: "dbnraw", y: "dbnvar_inv" }),
    formula: r`dbnvar_inv_{j} = \sum_{i} bndiff_{ij} dbnraw_{ij}`,
    why: "One standard deviation serves a whole column, so its gradient is a sum over the batch.",
  },
  dbnvar: {
    torch: "dbnvar = -0.5 * (bnvar + 1e-5)**-1.5 * dbnvar_inv",
    call: op(ew.inverseStdBackward, { x: "bnvar", dy: "dbnvar_inv", y: "dbnvar" }),
    formula: r`dbnvar_{j} = −\frac{1}{2} (bnvar_{j} + 10^{−5})^{−3/2} dbnvar_inv_{j}`,
    why: "The power rule for x to the power of −½.",
  },
  dbndiff2: {
    torch: "dbndiff2 = 1/(n-1) * dbnvar.expand(n, -1)",
    call: op(ew.spreadBessel, { r: "dbnvar", y: "dbndiff2" }),
    formula: r`dbndiff2_{ij} = \frac{1}{n − 1} dbnvar_{j}`,
    why: "Going backward, a sum becomes a broadcast: every square gets the same gradient.",
  },
  dbndiff: {
    torch: "dbndiff = bnvar_inv * dbnraw + 2 * bndiff * dbndiff2",
    call: op(ew.differenceBackward, {
      g: "dbnraw",
      r: "bnvar_inv",
      x: "bndiff",
      s: "dbndiff2",
      y: "dbndiff",
    }),
    formula: r`dbndiff_{ij} = bnvar_inv_{j} dbnraw_{ij} + 2 bndiff_{ij} dbndiff2_{ij}`,
    why: "bndiff is used twice, in bnraw and in its square, so the gradients of both uses add up.",
  },
  dbnmeani: {
    torch: "dbnmeani = -dbndiff.sum(0, keepdim=True)",
    call: op(reduce.negativeSumBatch, { x: "dbndiff", y: "dbnmeani" }),
    formula: r`dbnmeani_{j} = −\sum_{i} dbndiff_{ij}`,
    why: "The mean was subtracted from every row, so its gradient is minus the sum over the batch.",
  },
  dhprebn: {
    torch: "dhprebn = dbndiff + 1/n * dbnmeani",
    call: op(ew.addMean, { x: "dbndiff", r: "dbnmeani", y: "dhprebn" }),
    formula: r`dhprebn_{ij} = dbndiff_{ij} + \frac{1}{n} dbnmeani_{j}`,
    why: "Two paths again: directly, and through the mean, to which each example adds 1/n. Exercise 3 is all of this in one formula.",
  },
  dembcat: {
    torch: "dembcat = dhprebn @ W1.T",
    call: op(linear.backwardInput, { dy: "dhprebn", w: "W1", dx: "dembcat" }),
    formula: r`dembcat_{ik} = \sum_{j} dhprebn_{ij} W1_{kj}`,
    why: "Back through the first linear layer, as through the second.",
  },
  dW1: {
    torch: "dW1 = embcat.T @ dhprebn",
    call: op(linear.backwardWeight, { x: "embcat", dy: "dhprebn", dw: "dW1" }),
    formula: r`dW1_{kj} = \sum_{i} embcat_{ik} dhprebn_{ij}`,
    why: "For each weight: its input times the gradient of its output, summed over the batch.",
  },
  db1: {
    torch: "db1 = dhprebn.sum(0)",
    call: op(reduce.sumBatch, { x: "dhprebn", y: "db1" }),
    formula: r`db1_{j} = \sum_{i} dhprebn_{ij}`,
    why: "Should be 0, since BatchNorm removes whatever b1 adds: the terms cancel, and only rounding is left.",
  },
  demb: {
    torch: "demb = dembcat.view(n, T, E)",
    formula: r`demb_{ite} = dembcat_{ik}, \quad k = tE + e`,
    why: "The same numbers in the same memory, now one row per character of the context.",
  },
  dC: {
    torch: "dC = torch.zeros((V, E)).index_add_(0, Xb.view(-1), demb.view(-1, E))",
    call: op(embedding.backward, { tokens: "Xb", dy: "demb", dtable: "dC" }),
    formula: r`dC_{ve} = \sum_{it: Xb_{it} = v} demb_{ite}`,
    why: "A row of the table was copied wherever its character occurred, so the gradients of all those places add up.",
  },
} satisfies Lines;
