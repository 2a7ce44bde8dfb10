/** The step at its levels of fusion, and the plans for evaluation and sampling: lists that read like the notebook. */
import { batchnorm, crossEntropy, embedding, linear, sample } from "../ops/index.ts";
import type { Plan } from "../plan/plan.ts";
import { fusedPlan } from "./fused.ts";
import { op } from "./line.ts";
import { callsFor, chunked } from "./notebook.ts";
import { type OptimizerName, updateCall } from "./optimizers.ts";
import { plan } from "./plan.ts";
import { singlePlan } from "./single/plan.ts";
import type { Sizes } from "./tensors.ts";

/** Levels of fusion with a tensor for every intermediate value they make; `single` has none. */
export const PATHS = ["chunked", "fused"] as const;
export type Path = (typeof PATHS)[number];

/** What `train` and `check` can be told to use. */
export const ALL_PATHS = [...PATHS, "single"] as const;
export type AnyPath = (typeof ALL_PATHS)[number];

export interface StepOptions {
  /** Without the update the step ends with its gradients: `dC`, `dW1`, … at the weights there are. */
  readonly update?: boolean;
  readonly optimizer?: OptimizerName;
}

const STEP_PLANS: Readonly<Record<AnyPath, (s: Sizes, o: StepOptions) => Plan>> = {
  // Every line of the notebook is one operation, all 26 gradients are kept. Its kernels are the plain ones.
  chunked: (s, { update = true, optimizer = "sgd" }) =>
    plan("chunked", s, update ? [...chunked, updateCall(optimizer)] : chunked, { optimizer, rung: "plain" }),
  fused: fusedPlan,
  single: singlePlan,
};

/** One training step; of the single path {@link stepsOf} it. */
export const stepPlan = (s: Sizes, path: AnyPath, o: StepOptions = {}): Plan => STEP_PLANS[path](s, o);

/** Training steps of one run of a step's plan: more than one where a dispatch holds many. */
export const stepsOf = ({ tensors }: Plan): number => tensors.get("loss")?.shape[0] ?? 1;

/** The path whose tensors tell what a step of this path does in between: the single path's are the fused one's. */
export const visiblePath = (path: AnyPath): Path => (path === "single" ? "fused" : path);

const inputLayer = callsFor("emb", "hprebn");

const inferenceTail = [
  op(batchnorm.inference, {
    x: "hprebn",
    mean: "bnmean",
    variance: "bnvar_all",
    gain: "bngain",
    bias: "bnbias",
    y: "hpreact",
  }),
  ...callsFor("h", "logits"),
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
