/** The stops of the walk, in their order. A stop is called what the tensor is called that it makes. */
import type { UpdateRule } from "../../model/optimizers.ts";
import type { Exercise } from "../derivations/index.ts";

export type StopName =
  | "Xb"
  | "emb"
  | "hprebn"
  | "bnvar"
  | "hpreact"
  | "h"
  | "logits"
  | "probs"
  | "loss"
  | "dlogits"
  | "dh"
  | "dhpreact"
  | "dhprebn"
  | "dembcat"
  | "dC"
  | "C";

/** A gradient of the stop, and the exercise that asks for it. */
export interface Asked {
  readonly of: string;
  readonly exercise: Exercise;
}

export interface Stop {
  readonly name: StopName;
  readonly title: string;
  readonly part: "Forward" | "Backward" | "Update";
  /** The tensors it is about: their lines of the notebook, and links to their values. */
  readonly tensors: readonly string[];
  /** A tensor of the fused step whose kernel does this stop's work, if that makes no tensor of this name. */
  readonly made?: string;
  /** In place of the notebook's formulas for its tensors, which are many small steps. */
  readonly formula?: readonly string[];
  /** Its gradients, the one that the stop is called after first. */
  readonly asked?: readonly Asked[];
  /** When the lecture comes to it. */
  readonly lecture?: string;
}

const r = String.raw;

const one = (...gradients: readonly string[]): Asked[] => gradients.map((of) => ({ of, exercise: 1 }));

export const STOPS: readonly Stop[] = [
  { name: "Xb", title: "One example", part: "Forward", tensors: ["Xb", "Yb"], formula: [], lecture: "7:26" },
  { name: "emb", title: "Embedding", part: "Forward", tensors: ["emb", "embcat"] },
  { name: "hprebn", title: "First layer", part: "Forward", tensors: ["hprebn"] },
  {
    name: "bnvar",
    title: "BatchNorm’s statistics",
    part: "Forward",
    tensors: ["bnmeani", "bndiff", "bndiff2", "bnvar"],
    formula: [
      r`bnmeani_{j} = \frac{1}{n} \sum_{i} hprebn_{ij}, \quad bnvar_{j} = \frac{1}{n − 1} \sum_{i} (hprebn_{ij} − bnmeani_{j})^{2}`,
    ],
    made: "bnvar_inv",
    lecture: "1:05:17",
  },
  {
    name: "hpreact",
    title: "BatchNorm’s output",
    part: "Forward",
    tensors: ["bnvar_inv", "bnraw", "hpreact"],
    formula: [
      r`bnraw_{ij} = \frac{hprebn_{ij} − bnmeani_{j}}{\sqrt{bnvar_{j} + 10^{−5}}}, \quad hpreact_{ij} = bngain_{j} bnraw_{ij} + bnbias_{j}`,
    ],
  },
  { name: "h", title: "tanh", part: "Forward", tensors: ["h"] },
  { name: "logits", title: "Logits", part: "Forward", tensors: ["logits"] },
  {
    name: "probs",
    title: "Softmax",
    part: "Forward",
    tensors: ["logit_maxes", "norm_logits", "counts", "counts_sum", "counts_sum_inv", "probs"],
    made: "dlogits",
    formula: [r`probs_{iv} = \frac{\exp logits_{iv}}{\sum_{v'} \exp logits_{iv'}}`],
  },
  {
    name: "loss",
    title: "Loss",
    part: "Forward",
    tensors: ["logprobs", "loss"],
    formula: [r`loss = −\frac{1}{n} \sum_{i} \ln probs_{i Yb_{i}}`],
  },
  {
    name: "dlogits",
    title: "Back through the loss",
    part: "Backward",
    tensors: ["dlogits"],
    asked: [{ of: "dlogits", exercise: 2 }],
    lecture: "1:26:31",
  },
  {
    name: "dh",
    title: "Back through the second layer",
    part: "Backward",
    tensors: ["dh", "dW2", "db2"],
    asked: one("dh", "dW2", "db2"),
    lecture: "36:16",
  },
  {
    name: "dhpreact",
    title: "Back through tanh",
    part: "Backward",
    tensors: ["dhpreact"],
    made: "dhprebn",
    asked: one("dhpreact"),
    lecture: "53:35",
  },
  {
    name: "dhprebn",
    title: "Back through BatchNorm",
    part: "Backward",
    tensors: ["dhprebn", "dbngain", "dbnbias"],
    asked: [{ of: "dhprebn", exercise: 3 }, ...one("dbngain", "dbnbias")],
    lecture: "1:36:37",
  },
  {
    name: "dembcat",
    title: "Back through the first layer",
    part: "Backward",
    tensors: ["dembcat", "dW1", "db1"],
    asked: one("dembcat", "dW1", "db1"),
    lecture: "1:18:34",
  },
  {
    name: "dC",
    title: "Back to the embedding",
    part: "Backward",
    tensors: ["demb", "dC"],
    asked: one("demb", "dC"),
    lecture: "1:21:58",
  },
  {
    name: "C",
    title: "The update",
    part: "Update",
    tensors: ["C"],
    lecture: "1:50:02",
  },
];

export const stopAt = (name: string | undefined): number =>
  name === undefined ? 0 : STOPS.findIndex((stop) => stop.name === name);

/** How each rule moves a parameter p by its gradient g. */
export const UPDATES: Readonly<Record<UpdateRule, { readonly formula: string; readonly says: string }>> = {
  sgd: { formula: r`p \leftarrow p - \text{lr} \cdot g`, says: "For each weight $p$ and its gradient $g$." },
  momentum: {
    formula: r`b \leftarrow \text{momentum} \cdot b + g, \quad p \leftarrow p - \text{lr} \cdot b`,
    says: "For each weight $p$ and its gradient $g$; the sum $b$ begins at 0.",
  },
  adamw: {
    formula: r`m \leftarrow \beta_1 m + (1 - \beta_1) g, \quad s \leftarrow \beta_2 s + (1 - \beta_2) g^2, \quad p \leftarrow (1 - \text{lr} \cdot \lambda) p - \text{lr} \cdot \frac{\hat{m}}{\sqrt{\hat{s}} + \epsilon}`,
    says: r`For each weight $p$ and its gradient $g$. The hats make up for means that begin at 0, $\lambda$ is the weight decay, and $\epsilon$ keeps the division from going wrong.`,
  },
};
