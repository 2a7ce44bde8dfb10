/** The step at its levels of fusion, and the plans for evaluation and sampling: lists that read like the notebook. */

import { batchnorm, crossEntropy, embedding, linear, sample, sgd, trainStep } from "../ops/index.ts";
import { bindPlan, type Call, type Plan, storage } from "../plan/plan.ts";
import { op } from "./line.ts";
import { callsFor, chunked } from "./notebook.ts";
import { describeTensors, SIZE_NAMES, type Sizes, symbols } from "./tensors.ts";

/** Levels of fusion with a tensor for every intermediate value they make; `single` has none. */
export const PATHS = ["chunked", "fused"] as const;
export type Path = (typeof PATHS)[number];

const inputLayer = callsFor("emb", "hprebn");
const outputLayer = callsFor("h", "logits");
const update = [op(sgd.step, { p: "parameters", g: "gradients", lr: "lr" })];

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
  ...outputLayer,
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
  ...outputLayer,
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
