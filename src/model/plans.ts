/** The step at its levels of fusion, and the plans for evaluation and sampling: lists that read like the notebook. */

import {
  batchnorm,
  crossEntropy,
  embedding,
  elementwise as ew,
  linear,
  reduce,
  sample,
  sgd,
  tanh,
  trainStep,
} from "../ops/index.ts";
import type { Bindings, Op } from "../plan/contract.ts";
import { bindPlan, type Call, call, type Plan, storage } from "../plan/plan.ts";
import { describeTensors, SIZE_NAMES, type Sizes, symbols, type TensorName } from "./tensors.ts";

const op = <B extends Bindings>(spec: Op<B>, args: { readonly [K in keyof B]: TensorName }): Call =>
  call<B, TensorName>(spec, args);

/** Levels of fusion with a tensor for every intermediate value they make; `single` has none. */
export const PATHS = ["chunked", "fused"] as const;
export type Path = (typeof PATHS)[number];

const inputLayer = [
  op(embedding.gather, { tokens: "Xb", table: "C", y: "emb" }),
  op(linear.forward, { x: "embcat", w: "W1", b: "b1", y: "hprebn" }),
];
const update = [op(sgd.step, { p: "parameters", g: "gradients", lr: "lr" })];

const backwardOutputLayer = [
  op(linear.backwardInput, { dy: "dlogits", w: "W2", dx: "dh" }),
  op(linear.backwardWeight, { x: "h", dy: "dlogits", dw: "dW2" }),
  op(reduce.sumBatch, { x: "dlogits", y: "db2" }),
];
const backwardInputLayer = [
  op(linear.backwardInput, { dy: "dhprebn", w: "W1", dx: "dembcat" }),
  op(linear.backwardWeight, { x: "embcat", dy: "dhprebn", dw: "dW1" }),
  op(reduce.sumBatch, { x: "dhprebn", y: "db1" }),
  op(embedding.backward, { tokens: "Xb", dy: "demb", dtable: "dC" }),
];

/** Exercise 1: every line of the notebook is one operation, all 26 gradients are materialised. */
const chunked: readonly Call[] = [
  ...inputLayer,
  op(reduce.meanBatch, { x: "hprebn", y: "bnmeani" }),
  op(ew.subtractRow, { x: "hprebn", r: "bnmeani", y: "bndiff" }),
  op(ew.square, { x: "bndiff", y: "bndiff2" }),
  op(reduce.besselBatch, { x: "bndiff2", y: "bnvar" }),
  op(ew.inverseStd, { x: "bnvar", y: "bnvar_inv" }),
  op(ew.multiplyRow, { x: "bndiff", r: "bnvar_inv", y: "bnraw" }),
  op(ew.scaleShift, { x: "bnraw", gain: "bngain", bias: "bnbias", y: "hpreact" }),
  op(tanh.forward, { x: "hpreact", y: "h" }),
  op(linear.forward, { x: "h", w: "W2", b: "b2", y: "logits" }),
  op(reduce.maxClasses, { x: "logits", y: "logit_maxes", index: "logit_argmax" }),
  op(ew.subtractColumn, { x: "logits", k: "logit_maxes", y: "norm_logits" }),
  op(ew.exp, { x: "norm_logits", y: "counts" }),
  op(reduce.sumClasses, { x: "counts", y: "counts_sum" }),
  op(ew.reciprocal, { x: "counts_sum", y: "counts_sum_inv" }),
  op(ew.multiplyColumn, { x: "counts", k: "counts_sum_inv", y: "probs" }),
  op(ew.log, { x: "probs", y: "logprobs" }),
  op(crossEntropy.pick, { logprobs: "logprobs", targets: "Yb", loss: "loss" }),

  op(ew.pickBackward, { targets: "Yb", y: "dlogprobs" }),
  op(ew.logBackward, { x: "probs", dy: "dlogprobs", y: "dprobs" }),
  op(reduce.dotClasses, { x: "counts", w: "dprobs", y: "dcounts_sum_inv" }),
  op(ew.reciprocalBackward, { x: "counts_sum", dy: "dcounts_sum_inv", y: "dcounts_sum" }),
  op(ew.scaleShiftColumn, { x: "dprobs", k: "counts_sum_inv", b: "dcounts_sum", y: "dcounts" }),
  op(ew.multiply, { x: "counts", w: "dcounts", y: "dnorm_logits" }),
  op(reduce.negativeSumClasses, { x: "dnorm_logits", y: "dlogit_maxes" }),
  op(ew.addAtIndex, { x: "dnorm_logits", k: "dlogit_maxes", index: "logit_argmax", y: "dlogits" }),
  ...backwardOutputLayer,
  op(tanh.backward, { y: "h", dy: "dh", dx: "dhpreact" }),
  op(reduce.dotBatch, { x: "bnraw", w: "dhpreact", y: "dbngain" }),
  op(reduce.sumBatch, { x: "dhpreact", y: "dbnbias" }),
  op(ew.multiplyRow, { x: "dhpreact", r: "bngain", y: "dbnraw" }),
  op(reduce.dotBatch, { x: "bndiff", w: "dbnraw", y: "dbnvar_inv" }),
  op(ew.inverseStdBackward, { x: "bnvar", dy: "dbnvar_inv", y: "dbnvar" }),
  op(ew.spreadBessel, { r: "dbnvar", y: "dbndiff2" }),
  op(ew.differenceBackward, { g: "dbnraw", r: "bnvar_inv", x: "bndiff", s: "dbndiff2", y: "dbndiff" }),
  op(reduce.negativeSumBatch, { x: "dbndiff", y: "dbnmeani" }),
  op(ew.addMean, { x: "dbndiff", r: "dbnmeani", y: "dhprebn" }),
  ...backwardInputLayer,
];

/** Exercises 2 and 3: one kernel for softmax-cross-entropy, one for BatchNorm and one for its backward. */
const fused: readonly Call[] = [
  ...inputLayer,
  op(batchnorm.forward, {
    x: "hprebn",
    gain: "bngain",
    bias: "bnbias",
    invStd: "bnvar_inv",
    xHat: "bnraw",
    y: "hpreact",
  }),
  op(tanh.forward, { x: "hpreact", y: "h" }),
  op(linear.forward, { x: "h", w: "W2", b: "b2", y: "logits" }),
  op(crossEntropy.fused, { logits: "logits", targets: "Yb", dlogits: "dlogits", loss: "loss" }),

  ...backwardOutputLayer,
  op(tanh.backward, { y: "h", dy: "dh", dx: "dhpreact" }),
  op(batchnorm.backward, {
    dy: "dhpreact",
    xHat: "bnraw",
    gain: "bngain",
    invStd: "bnvar_inv",
    dx: "dhprebn",
    dgain: "dbngain",
    dbias: "dbnbias",
  }),
  ...backwardInputLayer,
];

const steps: Readonly<Record<Path, readonly Call[]>> = { chunked, fused };

/** A plan of these calls, with just the tensors they name (and the storage those are views of). */
function plan(name: string, s: Sizes, calls: readonly Call[]): Plan {
  const all: ReadonlyMap<string, ReturnType<typeof storage>["root"]> = describeTensors(s);
  const used = new Set<string>();
  for (const c of calls)
    for (const tensor of Object.values(c.args)) {
      used.add(tensor);
      used.add(storage(all, tensor).root.name);
    }
  return bindPlan(
    name,
    // With the arena come all parameters, so that they can be uploaded and read by name.
    [...all.values()].filter(
      (t) => used.has(t.name) || (t.view && used.has(t.view.of) && t.role === "parameter"),
    ),
    calls,
    SIZE_NAMES,
  );
}

/** Forward and backward, and the SGD update unless it is left out (for checking gradients at fixed weights). */
export const stepPlan = (s: Sizes, path: Path, o: { update: boolean } = { update: true }): Plan =>
  plan(path, s, o.update ? [...steps[path], ...update] : steps[path]);

/** What `train` and `check` can be told to use. */
export const ALL_PATHS = [...PATHS, "single"] as const;
export type AnyPath = (typeof ALL_PATHS)[number];

const wholeStep = {
  tokens: "Xbs",
  targets: "Ybs",
  lr: "lrs",
  C: "C",
  W1: "W1",
  tail: "tail",
  loss: "losses",
} as const;

/**
 * Exercise 4 at speed: up to STEPS_PER_DISPATCH whole steps in one dispatch of one workgroup. With `gradients`, one step
 * whose gradients take the parameters' places.
 */
export const singlePlan = (s: Sizes, o: { gradients: boolean } = { gradients: false }): Plan =>
  plan("single", s, [op(o.gradients ? trainStep.gradients : trainStep.single, wholeStep)]);

/** Why these sizes do not fit the single path; undefined if they do. */
export const whyNotSingle = (s: Sizes): string | undefined => trainStep.whyNotSingle(symbols(s));

const inferenceTail = [
  op(batchnorm.inference, {
    x: "hprebn",
    mean: "bnmean",
    variance: "bnvar_all",
    gain: "bngain",
    bias: "bnbias",
    y: "hpreact",
  }),
  op(tanh.forward, { x: "hpreact", y: "h" }),
  op(linear.forward, { x: "h", w: "W2", b: "b2", y: "logits" }),
];

/** Mean and variance of hprebn over a whole split: `calibrate the batch norm at the end of training`. */
export const calibrationPlan = (s: Sizes): Plan =>
  plan("calibrate", s, [
    ...inputLayer,
    op(batchnorm.statistics, {
      x: "hprebn",
      rows: "rows",
      mean: "bnmean",
      m2: "bnm2",
      variance: "bnvar_all",
    }),
  ]);

/** A loss per row under fixed BatchNorm statistics. */
export const evaluationPlan = (s: Sizes): Plan =>
  plan("evaluate", s, [
    ...inputLayer,
    ...inferenceTail,
    op(crossEntropy.perRow, { logits: "logits", targets: "Yb", rowLoss: "row_loss" }),
  ]);

/** The next character of N names: one step a character. */
export const samplingPlan = (s: Sizes): Plan =>
  plan("sample", s, [
    op(embedding.gather, { tokens: "contexts", table: "C", y: "emb" }),
    op(linear.forward, { x: "embcat", w: "W1", b: "b1", y: "hprebn" }),
    ...inferenceTail,
    op(sample.draw, { logits: "logits", u: "uniforms", tokens: "contexts", drawn: "drawn" }),
  ]);
