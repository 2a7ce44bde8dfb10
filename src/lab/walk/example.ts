/** One example's way through a step, read from the step's tensors. */

import { lengths, softmax, type ValueName, type Walked } from "./batch.ts";
import { strongest } from "./pick.ts";

/** Tensors of the hidden layer, (N,H). */
const HIDDEN = [
  "hprebn",
  "bnraw",
  "hpreact",
  "h",
  "dh",
  "dhpreact",
  "dhprebn",
] as const satisfies ValueName[];
export type HiddenName = (typeof HIDDEN)[number];

export interface Example {
  readonly index: number;
  /** (T) characters' indices. */
  readonly context: Uint32Array;
  readonly target: number;
  /** Its row of embcat, (K). */
  readonly embedding: Float32Array;
  /** Its rows of the hidden layer's tensors, (H) each. */
  readonly hidden: Readonly<Record<HiddenName, Float32Array>>;
  /** The hidden unit that is followed. */
  readonly unit: Unit;
  /** Its row, (V). */
  readonly logits: Float32Array;
  readonly probs: Float64Array;
  readonly loss: number;
  readonly dlogits: Float32Array;
  /** (K) */
  readonly dembcat: Float32Array;
  /** Its characters, each once, as they come. */
  readonly letters: readonly Letter[];
  /** The target's probability after the update. */
  readonly probAfter: number;
}

/** One hidden unit in one example. */
export interface Unit {
  /** Its index. */
  readonly at: number;
  /** What each place of the context adds to hprebn, (T), and the bias. */
  readonly shares: Float64Array;
  readonly bias: number;
  /** hprebn over the batch, (N), its mean and its variance, by n − 1. */
  readonly column: Float32Array;
  readonly mean: number;
  readonly variance: number;
  readonly gain: number;
  readonly shift: number;
  /** What each logit adds to dh: dlogits · W2, (V). */
  readonly pulls: Float64Array;
  /** dhprebn by the paths on which it comes: straight, through the batch's mean, through its variance. They add up to dhprebn. */
  readonly paths: { readonly straight: number; readonly mean: number; readonly variance: number };
}

/** A character of the context and its row of C. */
export interface Letter {
  readonly token: number;
  /** How often it stands in this context, and in all contexts of the minibatch. */
  readonly here: number;
  readonly everywhere: number;
  /** What this example adds to its row of dC, and the whole row, (E). */
  readonly own: Float32Array;
  readonly gradient: Float32Array;
  /** What the update adds to its row of C, (E), and how far that is. */
  readonly change: Float32Array;
  readonly moved: number;
}

const sum = (values: ArrayLike<number>): number => {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i];
  return total;
};

/** @throws RangeError if the minibatch has no example of this index */
export function exampleOf(walked: Walked, index: number): Example {
  const { step, values, batch, logitsAfter } = walked;
  const { vocabulary: V, context: T, embedding: E, hidden: H, batch: N } = step.sizes;
  if (!(Number.isInteger(index) && index >= 0 && index < N))
    throw new RangeError(`the minibatch has no example ${index + 1}; it has ${N}`);
  const row = (name: ValueName, width: number): Float32Array =>
    Float32Array.from(values[name].subarray(index * width, (index + 1) * width));
  const context = step.Xb.slice(index * T, (index + 1) * T);
  const target = step.Yb[index];
  const hidden = Object.fromEntries(HIDDEN.map((name) => [name, row(name, H)])) as Example["hidden"];
  const logits = row("logits", V);
  const probs = softmax(logits);
  const dlogits = row("dlogits", V);
  const dembcat = row("dembcat", T * E);
  const embedding = new Float32Array(T * E);
  context.forEach((token, t) => {
    embedding.set(step.parameters.C.subarray(token * E, (token + 1) * E), t * E);
  });
  return {
    index,
    context,
    target,
    embedding,
    hidden,
    unit: unitOf(walked, followed(hidden), { embedding, hidden, dlogits }),
    logits,
    probs,
    loss: batch.losses[index],
    dlogits,
    dembcat,
    letters: [...new Set(context)].map((token) => letterOf(walked, token, context, dembcat)),
    probAfter: softmax(logitsAfter.subarray(index * V, (index + 1) * V))[target],
  };
}

/** Of the eight units through which most gradient comes back, the one that tanh bends most: it has something to show at every stop. */
const followed = ({ dhprebn, h }: Example["hidden"]): number =>
  strongest(dhprebn, 8).reduce((best, j) => (Math.abs(h[j]) > Math.abs(h[best]) ? j : best));

type Rows = Pick<Example, "embedding" | "hidden" | "dlogits">;

function unitOf({ step, values }: Walked, j: number, { embedding, hidden, dlogits }: Rows): Unit {
  const { vocabulary: V, context: T, embedding: E, hidden: H, batch: N } = step.sizes;
  const { W1, b1, W2, bngain, bnbias } = step.parameters;
  const column = (name: ValueName) => Float32Array.from({ length: N }, (_, i) => values[name][i * H + j]);
  const shares = Float64Array.from({ length: T }, (_, t) =>
    sum(Float64Array.from({ length: E }, (_, e) => embedding[t * E + e] * W1[(t * E + e) * H + j])),
  );
  const before = column("hprebn");
  const mean = sum(before) / N;
  const variance = sum(Float64Array.from(before, (x) => (x - mean) ** 2)) / (N - 1);
  return {
    at: j,
    shares,
    bias: b1[j],
    column: before,
    mean,
    variance,
    gain: bngain[j],
    shift: bnbias[j],
    pulls: Float64Array.from({ length: V }, (_, v) => dlogits[v] * W2[j * V + v]),
    paths: pathsOf({
      dy: column("dhpreact"),
      xHat: column("bnraw"),
      own: { dy: hidden.dhpreact[j], xHat: hidden.bnraw[j] },
      slope: bngain[j] * values.bnvar_inv[j],
    }),
  };
}

/** The three paths through BatchNorm, from what comes back to hpreact down a column. */
function pathsOf(o: {
  dy: Float32Array;
  xHat: Float32Array;
  own: { dy: number; xHat: number };
  /** bngain · bnvar_inv: what a unit's value is multiplied by if mean and variance stay. */
  slope: number;
}): Unit["paths"] {
  const { dy, xHat, own, slope } = o;
  const n = dy.length;
  const along = sum(Float64Array.from(dy, (d, i) => d * xHat[i]));
  return {
    straight: slope * own.dy,
    mean: (-slope * sum(dy)) / n,
    variance: (-slope * own.xHat * along) / (n - 1),
  };
}

function letterOf(
  { values, change, batch }: Walked,
  token: number,
  context: Uint32Array,
  dembcat: Float32Array,
) {
  const E = batch.sizes.embedding;
  const rowOf = (table: ArrayLike<number>): Float32Array =>
    Float32Array.from({ length: E }, (_, e) => table[token * E + e]);
  const places = [...context.keys()].filter((t) => context[t] === token);
  const moves = rowOf(change);
  return {
    token,
    here: places.length,
    everywhere: batch.occurs[token],
    own: Float32Array.from({ length: E }, (_, e) => sum(places.map((t) => dembcat[t * E + e]))),
    gradient: rowOf(values.dC),
    change: moves,
    moved: lengths(moves, E)[0],
  };
}
