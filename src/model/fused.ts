/** The fused plan, exercises 2 and 3: one kernel for softmax cross-entropy, one each way for BatchNorm. What big networks train with. */
import { batchnorm, crossEntropy } from "../ops/index.ts";
import type { Call, Plan } from "../plan/plan.ts";
import { op } from "./line.ts";
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
