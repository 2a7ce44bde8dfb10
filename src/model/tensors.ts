/**
 * The network, said once: its tensors by the notebook's names, with shape and role.
 *
 * V vocabulary, E embedding, T context, K = T·E, H hidden, N batch.
 */

import { layOut } from "../ops/train_step.ts";
import type { ElementType } from "../plan/contract.ts";
import type { Role, Tensor } from "../plan/plan.ts";

/** The sizes that make a network and its minibatch. */
export interface Sizes {
  /** Characters, with the boundary `.`. */
  readonly vocabulary: number;
  /** Characters a prediction looks back on. */
  readonly context: number;
  /** Floats per character. */
  readonly embedding: number;
  /** Neurons of the hidden layer. */
  readonly hidden: number;
  /** Examples per step. */
  readonly batch: number;
}

/** The seven parameters, in the notebook's order. */
export const PARAMETERS = ["C", "W1", "b1", "W2", "b2", "bngain", "bnbias"] as const;
export type ParameterName = (typeof PARAMETERS)[number];

/** Every tensor of exercise 1 that has a gradient, in the order of the notebook's `cmp` calls. */
export const CMP = [
  "logprobs",
  "probs",
  "counts_sum_inv",
  "counts_sum",
  "counts",
  "norm_logits",
  "logit_maxes",
  "logits",
  "h",
  "W2",
  "b2",
  "hpreact",
  "bngain",
  "bnbias",
  "bnraw",
  "bnvar_inv",
  "bnvar",
  "bndiff2",
  "bndiff",
  "bnmeani",
  "hprebn",
  "embcat",
  "W1",
  "b1",
  "emb",
  "C",
] as const;
export type CmpName = (typeof CMP)[number];

/** Shape of every tensor with a gradient; symbols as in {@link symbols}, `1` is a literal. Order: the notebook's. */
const SHAPES = {
  C: "V,E",
  W1: "K,H",
  b1: "H",
  W2: "H,V",
  b2: "V",
  bngain: "1,H",
  bnbias: "1,H",
  emb: "N,T,E",
  embcat: "N,K",
  hprebn: "N,H",
  bnmeani: "1,H",
  bndiff: "N,H",
  bndiff2: "N,H",
  bnvar: "1,H",
  bnvar_inv: "1,H",
  bnraw: "N,H",
  hpreact: "N,H",
  h: "N,H",
  logits: "N,V",
  logit_maxes: "N,1",
  norm_logits: "N,V",
  counts: "N,V",
  counts_sum: "N,1",
  counts_sum_inv: "N,1",
  probs: "N,V",
  logprobs: "N,V",
} as const satisfies Record<CmpName, string>;

/** Forward intermediates: what is neither parameter nor gradient. */
export const INTERMEDIATES = (Object.keys(SHAPES) as CmpName[]).filter(
  (name) => !(PARAMETERS as readonly string[]).includes(name),
);

/** Tensors without a gradient. */
const OTHERS = {
  Xb: { shape: "N,T", role: "input", type: "u32" },
  Yb: { shape: "N", role: "input", type: "u32" },
  /** Learning rate of the step. */
  lr: { shape: "1", role: "input", type: "f32" },
  loss: { shape: "", role: "output", type: "f32" },
  logit_argmax: { shape: "N", role: "activation", type: "u32" },
  /** Evaluation: rows seen before this batch, and rows of it that count. */
  rows: { shape: "2", role: "input", type: "u32" },
  row_loss: { shape: "N", role: "output", type: "f32" },
  /** Statistics of a whole split. */
  bnmean: { shape: "1,H", role: "state", type: "f32" },
  bnm2: { shape: "1,H", role: "state", type: "f32" },
  bnvar_all: { shape: "1,H", role: "state", type: "f32" },
  /** Sampling: the contexts so far, a uniform draw per name, the characters drawn. */
  contexts: { shape: "N,T", role: "state", type: "u32" },
  uniforms: { shape: "N", role: "input", type: "f32" },
  drawn: { shape: "N", role: "output", type: "u32" },
  /** Many steps at once, for the single-dispatch path: S minibatches, their learning rates (0 ends), their losses. */
  Xbs: { shape: "S,N,T", role: "input", type: "u32" },
  Ybs: { shape: "S,N", role: "input", type: "u32" },
  lrs: { shape: "S", role: "input", type: "f32" },
  losses: { shape: "S", role: "output", type: "f32" },
} as const satisfies Record<string, { shape: string; role: Role; type: ElementType }>;

/** A tensor of the network, its gradient, or one of the two arenas. */
export type TensorName = CmpName | `d${CmpName}` | keyof typeof OTHERS | "parameters" | "gradients" | "tail";

/** Most steps that one dispatch of the single path runs. */
export const STEPS_PER_DISPATCH = 64;

export const symbols = (s: Sizes): Readonly<Record<string, number>> => ({
  V: s.vocabulary,
  T: s.context,
  E: s.embedding,
  K: s.context * s.embedding,
  H: s.hidden,
  N: s.batch,
  S: STEPS_PER_DISPATCH,
});

/** What the sizes are called on the command line. */
export const SIZE_NAMES: Readonly<Record<string, string>> = {
  V: "vocabulary",
  T: "context",
  E: "embedding",
  K: "context × embedding",
  H: "hidden",
  N: "batch",
};

const isParameter = (name: string): name is ParameterName => (PARAMETERS as readonly string[]).includes(name);

/** Where each parameter lies in the arena (in floats), and the arena's length. Gaps stay zero. */
export function arena(s: Sizes): { offsets: Readonly<Record<ParameterName, number>>; length: number } {
  const sizes = symbols(s);
  const counts = PARAMETERS.map((name) => [name, elementCount(SHAPES[name], sizes)]);
  return layOut(Object.fromEntries(counts) as Record<ParameterName, number>);
}

/** Trainable numbers, without the arena's gaps: 4,137 for the notebook at hidden 64. */
export const parameterCount = (s: Sizes): number =>
  PARAMETERS.reduce((n, name) => n + elementCount(SHAPES[name], symbols(s)), 0);

/** Shape of a tensor as torch has it. */
export const shapeOf = (name: CmpName, s: Sizes): number[] => resolve(SHAPES[name], symbols(s));

const axes = (shape: string): string[] => (shape === "" ? [] : shape.split(","));
const resolve = (shape: string, sizes: Readonly<Record<string, number>>): number[] =>
  axes(shape).map((a) => sizes[a] ?? Number(a));
const elementCount = (shape: string, sizes: Readonly<Record<string, number>>): number =>
  resolve(shape, sizes).reduce((n, a) => n * a, 1);

/** Every tensor there can be; a plan keeps those its calls name. */
export function describeTensors(s: Sizes): ReadonlyMap<TensorName, Tensor> {
  const sizes = symbols(s);
  const { offsets, length } = arena(s);
  const tensors = new Map<TensorName, Tensor>();
  const put = (name: TensorName, shape: string, role: Role, type: ElementType, view?: Tensor["view"]) =>
    tensors.set(name, { name, shape: resolve(shape, sizes), symbols: axes(shape), role, type, view });

  for (const [name, role] of [
    ["parameters", "parameter"],
    ["gradients", "gradient"],
  ] as const)
    tensors.set(name, { name, shape: [length], symbols: ["P"], role, type: "f32" });
  // What follows C and W1, as one tensor: the single path has not buffers enough for seven.
  const tail = {
    shape: [length - offsets.b1],
    symbols: ["R"],
    view: { of: "parameters", offset: offsets.b1 },
  };
  tensors.set("tail", { name: "tail", ...tail, role: "parameter", type: "f32" });
  for (const [name, shape] of Object.entries(SHAPES) as [CmpName, string][]) {
    if (isParameter(name)) {
      put(name, shape, "parameter", "f32", { of: "parameters", offset: offsets[name] });
      put(`d${name}`, shape, "gradient", "f32", { of: "gradients", offset: offsets[name] });
    } else {
      const view = (prefix: "" | "d") => (name === "embcat" ? { of: `${prefix}emb`, offset: 0 } : undefined);
      put(name, shape, "activation", "f32", view(""));
      put(`d${name}`, shape, "gradient", "f32", view("d"));
    }
  }
  for (const [name, o] of Object.entries(OTHERS)) put(name as keyof typeof OTHERS, o.shape, o.role, o.type);
  return tensors;
}
