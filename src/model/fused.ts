/** The fused plan, exercises 2 and 3: one kernel for softmax cross-entropy, one each way for BatchNorm. What big networks train with. */
import { batchnorm, crossEntropy } from "../ops/index.ts";
import type { Call, Plan } from "../plan/plan.ts";
import { atOnce } from "./at_once.ts";
import { type Lines, op } from "./line.ts";
import { callsFor } from "./notebook.ts";
import type { UpdateRule } from "./optimizers.ts";
import { planWithUpdate } from "./plan.ts";
import type { Sizes } from "./tensors.ts";

const fused: readonly Call[] = [
  ...callsFor("emb", "hprebn"),
  op(batchnorm.forward, {
    x: "hprebn",
    gain: "bngain",
    bias: "bnbias",
    invStd: "bnvar_inv",
    xHat: "bnraw",
    y: "hpreact",
  }),
  ...callsFor("h", "logits"),
  op(crossEntropy.fused, { logits: "logits", targets: "Yb", dlogits: "dlogits", loss: "loss" }),

  ...callsFor("dh", "dW2", "db2", "dhpreact"),
  op(batchnorm.backward, {
    dy: "dhpreact",
    xHat: "bnraw",
    gain: "bngain",
    invStd: "bnvar_inv",
    dx: "dhprebn",
    dgain: "dbngain",
    dbias: "dbnbias",
  }),
  ...callsFor("dembcat", "dW1", "db1", "dC"),
];

/** Forward, backward and the update by a rule, unless that is left out. */
export const fusedPlan = (s: Sizes, update: UpdateRule | false): Plan =>
  planWithUpdate("fused", s, fused, update);

const r = String.raw;

/** The tensors that the fused step computes from others than the notebook's exercise 1 does: exercises 2 and 3. */
export const FUSED = {
  bnvar_inv: {
    torch: "bnvar_inv = (hprebn.var(0, keepdim=True) + 1e-5)**-0.5",
    formula: r`bnvar_inv_{j} = \left( \frac{1}{n - 1} \sum_{i} (hprebn_{ij} - \mu_{j})^{2} + 10^{-5} \right)^{-1/2}, \quad \mu_{j} = \frac{1}{n} \sum_{i} hprebn_{ij}`,
    why: "Mean and variance of a column in one kernel: nothing in between is written to memory.",
  },
  bnraw: {
    torch: "bnraw = (hprebn - hprebn.mean(0, keepdim=True)) * bnvar_inv",
    formula: r`bnraw_{ij} = (hprebn_{ij} - \mu_{j}) \, bnvar_inv_{j}, \quad \mu_{j} = \frac{1}{n} \sum_{i} hprebn_{ij}`,
    why: "Every neuron now has mean 0 and variance 1 over the batch. The backward pass needs it, so it is kept.",
  },
  loss: {
    torch: "loss = F.cross_entropy(logits, Yb)",
    formula: r`loss = \frac{1}{n} \sum_{i} \left( \ln \sum_{v} e^{logits_{iv}} - logits_{i Yb_{i}} \right)`,
    why: "Softmax, logarithm and mean in one operation. The logarithm of a quotient is a difference, so no probability that is too small for float32 is ever needed.",
  },
  ...atOnce,
} satisfies Lines;
