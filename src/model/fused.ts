/**
 * The fused plan: five operations forward, the same five backward, and the update. Each activation is written once, and read once in each
 * direction. What big networks train with.
 */
import { batchnormTanh, crossEntropy, linear } from "../ops/index.ts";
import type { Call, Plan } from "../plan/plan.ts";
import { atOnce } from "./at_once.ts";
import { type Lines, op } from "./line.ts";
import { callsFor } from "./notebook.ts";
import type { UpdateRule } from "./optimizers.ts";
import { planWithUpdate } from "./plan.ts";
import type { Sizes } from "./tensors.ts";

const fused: readonly Call[] = [
  ...callsFor("emb", "hprebn"),
  op(batchnormTanh.forward, {
    x: "hprebn",
    gain: "bngain",
    bias: "bnbias",
    invStd: "bnvar_inv",
    y: "h",
  }),
  ...callsFor("logits"),
  op(crossEntropy.fused, { logits: "logits", targets: "Yb", dlogits: "dlogits", loss: "loss" }),

  op(linear.backward, { dy: "dlogits", x: "h", w: "W2", dx: "dh", dw: "dW2", db: "db2" }),
  op(batchnormTanh.backward, {
    dy: "dh",
    y: "h",
    x: "hprebn",
    invStd: "bnvar_inv",
    gain: "bngain",
    dx: "dhprebn",
    dgain: "dbngain",
    dbias: "dbnbias",
  }),
  op(linear.backward, { dy: "dhprebn", x: "embcat", w: "W1", dx: "dembcat", dw: "dW1", db: "db1" }),
  ...callsFor("dC"),
];

/** Forward, backward and the update by a rule, unless that is left out. */
export const fusedPlan = (s: Sizes, update: UpdateRule | false): Plan =>
  planWithUpdate("fused", s, fused, update);

const r = String.raw;

/** The tensors that the fused step computes from others than the notebook's exercise 1 does. Its exercises 2 and 3 are among them. */
export const FUSED = {
  bnvar_inv: {
    torch: "bnvar_inv = (hprebn.var(0, keepdim=True) + 1e-5)**-0.5",
    formula: r`bnvar_inv_{j} = \left( \frac{1}{n − 1} \sum_{i} (hprebn_{ij} − \mu_{j})^{2} + 10^{−5} \right)^{−1/2}, \quad \mu_{j} = \frac{1}{n} \sum_{i} hprebn_{ij}`,
    why: "Mean and variance of a column in one kernel: nothing in between is written to memory.",
  },
  h: {
    torch: "h = torch.tanh(bngain * (hprebn - hprebn.mean(0, keepdim=True)) * bnvar_inv + bnbias)",
    formula: r`h_{ij} = \tanh \left( bngain_{j} (hprebn_{ij} − \mu_{j}) bnvar_inv_{j} + bnbias_{j} \right), \quad \mu_{j} = \frac{1}{n} \sum_{i} hprebn_{ij}`,
    why: "BatchNorm and tanh in one kernel: bnraw and hpreact are not written to memory. The backward pass computes bnraw again, from hprebn.",
  },
  loss: {
    torch: "loss = F.cross_entropy(logits, Yb)",
    formula: r`loss = \frac{1}{n} \sum_{i} \left( \ln \sum_{v} \exp logits_{iv} − logits_{i Yb_{i}} \right)`,
    why: "Softmax, logarithm and mean in one operation. The logarithm of a quotient is a difference, so no probability that is too small for float32 is ever needed.",
  },
  dlogits: atOnce.dlogits,
  dbngain: {
    torch:
      "dbngain = ((hprebn - hprebn.mean(0, keepdim=True)) * bnvar_inv * (1 - h**2) * dh).sum(0, keepdim=True)",
    formula: r`dbngain_{j} = \sum_{i} (hprebn_{ij} − \mu_{j}) bnvar_inv_{j} (1 − h_{ij}^{2}) dh_{ij}, \quad \mu_{j} = \frac{1}{n} \sum_{i} hprebn_{ij}`,
    why: "One gain serves a whole column. The first two factors are bnraw, the last two dhpreact: both are computed on the spot.",
  },
  dbnbias: {
    torch: "dbnbias = ((1 - h**2) * dh).sum(0, keepdim=True)",
    formula: r`dbnbias_{j} = \sum_{i} (1 − h_{ij}^{2}) dh_{ij}`,
    why: "One shift serves a whole column. The terms are dhpreact, which is computed on the spot.",
  },
  dhprebn: {
    torch:
      "dhprebn = bngain*bnvar_inv/n * (n*(1 - h**2)*dh - dbnbias - n/(n-1)*(hprebn - hprebn.mean(0, keepdim=True))*bnvar_inv*dbngain)",
    formula: r`\begin{aligned} dhprebn_{ij} &= \frac{bngain_{j} bnvar_inv_{j}}{n} \Bigl( n \, (1 − h_{ij}^{2}) dh_{ij} − dbnbias_{j} \\ & − \frac{n}{n − 1} (hprebn_{ij} − \mu_{j}) bnvar_inv_{j} dbngain_{j} \Bigr) \\ \mu_{j} &= \frac{1}{n} \sum_{i} hprebn_{ij} \end{aligned}`,
    why: "Exercise 3 with tanh's slope in it: (1 − h²) dh is dhpreact, and the last product is bnraw times dbngain.",
  },
} satisfies Lines;
