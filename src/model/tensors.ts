/**
 * The network's tensors by the notebook's names, with their shapes.
 *
 * V vocabulary, E embedding, T context, K = T·E, H hidden, N batch.
 */

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
/** Their values: flat row-major float32 arrays under the notebook's names. */
export type Parameters = Readonly<Record<ParameterName, Float32Array>>;

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
export const SHAPES = {
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

/** Sizes by the symbols of the shapes. */
export const symbols = (s: Sizes): Readonly<Record<string, number>> => ({
  V: s.vocabulary,
  T: s.context,
  E: s.embedding,
  K: s.context * s.embedding,
  H: s.hidden,
  N: s.batch,
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

export const isParameter = (name: string): name is ParameterName =>
  (PARAMETERS as readonly string[]).includes(name);

/** Axes of a shape in symbols; none for a scalar. */
export const axes = (shape: string): string[] => (shape === "" ? [] : shape.split(","));
/** A shape in numbers. */
export const resolve = (shape: string, sizes: Readonly<Record<string, number>>): number[] =>
  axes(shape).map((a) => sizes[a] ?? Number(a));

/** Shape of a tensor as torch has it. */
export const shapeOf = (name: CmpName, s: Sizes): number[] => resolve(SHAPES[name], symbols(s));

export const elementCount = (name: CmpName, s: Sizes): number => shapeOf(name, s).reduce((n, a) => n * a, 1);

/** Trainable numbers: 4,137 for the notebook at hidden 64. */
export const parameterCount = (s: Sizes): number =>
  PARAMETERS.reduce((n, name) => n + elementCount(name, s), 0);
