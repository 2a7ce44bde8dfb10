/** The step at its levels of fusion, and the plans for evaluation and sampling: lists that read like the notebook. */
import { batchnorm, crossEntropy, elementwise, embedding, linear, sample } from "../ops/index.ts";
import { type Plan, PlanError } from "../plan/plan.ts";
import { fusedPlan } from "./fused.ts";
import { op } from "./line.ts";
import { callsFor, chunked } from "./notebook.ts";
import type { UpdateRule } from "./optimizers.ts";
import { plan, planWithUpdate } from "./plan.ts";
import { whyNotSingle } from "./single/layout.ts";
import { singlePlan } from "./single/plan.ts";
import type { Sizes } from "./tensors.ts";

/** Levels of fusion with a tensor for every intermediate value they make; `single` has none. */
export const PATHS = ["chunked", "fused"] as const;
export type Path = (typeof PATHS)[number];

/** What `train` and `check` can use. */
export const ALL_PATHS = [...PATHS, "single"] as const;
export type AnyPath = (typeof ALL_PATHS)[number];

export interface StepOptions {
  /** How the parameters are updated, by default with plain SGD. With `false` the step ends with its gradients `dC`, `dW1`, … */
  readonly update?: UpdateRule | false;
  /** How many networks train side by side (1), which only the single path offers. */
  readonly networks?: number;
}

/** A level of fusion. */
interface Level {
  plan(s: Sizes, update: UpdateRule | false, networks: number): Plan;
  /** Why it does not take these sizes; undefined if it does. */
  whyNot?(s: Sizes): string | undefined;
  /** The level whose tensors show the values in between, if this one keeps none. */
  readonly shownBy?: Path;
}

const LEVELS: Readonly<Record<AnyPath, Level>> = {
  // Every line of the notebook is one operation, all 26 gradients are kept. Its kernels are the plain ones.
  chunked: { plan: (s, update) => planWithUpdate("chunked", s, chunked, update, "plain") },
  fused: { plan: fusedPlan },
  single: { plan: singlePlan, whyNot: whyNotSingle, shownBy: "fused" },
};

/** Why a path does not take these sizes; undefined if it does. */
export const whyNot = (s: Sizes, path: AnyPath): string | undefined =>
  LEVELS[path] ? LEVELS[path].whyNot?.(s) : `the paths are ${ALL_PATHS.join(", ")}`;

/** The path whose tensors show the values in between: the path itself, if it keeps them. */
export const shownBy = (path: AnyPath): Path => LEVELS[path].shownBy ?? (path as Path);

/**
 * A training step; on the single path, {@link stepsOf} of them.
 * @throws PlanError where the path does not take these sizes, or so many networks
 */
export function stepPlan(s: Sizes, path: AnyPath, { update = "sgd", networks = 1 }: StepOptions = {}): Plan {
  const why = whyNot(s, path);
  if (why !== undefined) throw new PlanError(`no ${path} path: ${why}`);
  if (networks > 1 && path !== "single")
    throw new PlanError(`the ${path} path takes one network at a time, and not ${networks}`);
  return LEVELS[path].plan(s, update, networks);
}

/** Training steps of one run of a step's plan: more than one where a dispatch holds many. */
export const stepsOf = ({ tensors }: Plan): number => tensors.get("loss")?.shape[0] ?? 1;

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

/** Mean and summed squared deviations of hprebn over a batch. Those of a whole split are merged from them on the host, in float64. */
export const calibrationPlan = (s: Sizes): Plan =>
  plan("calibrate", s, [
    ...inputLayer,
    op(batchnorm.statistics, {
      x: "hprebn",
      rows: "rows",
      mean: "batch_mean",
      m2: "batch_m2",
    }),
  ]);

/** A loss per row under fixed BatchNorm statistics. */
export const evaluationPlan = (s: Sizes): Plan =>
  plan("evaluate", s, [
    ...inputLayer,
    ...inferenceTail,
    op(crossEntropy.perRow, { logits: "logits", targets: "Yb", rowLoss: "row_loss" }),
  ]);

/** The logits of the next character under fixed BatchNorm statistics. */
export const predictionPlan = (s: Sizes): Plan => plan("predict", s, [...inputLayer, ...inferenceTail]);

/** What is done to logits before a character is drawn from them. */
export interface Drawing {
  /** Multiplies them by `inverse_temperature`. */
  readonly tempered?: boolean;
  /** Leaves the `top_k` largest of each row. */
  readonly limited?: boolean;
}

/** The next character of N names: one step a character. */
export function samplingPlan(s: Sizes, { tempered = false, limited = false }: Drawing = {}): Plan {
  const scaled = tempered ? "tempered" : "logits";
  return plan("sample", s, [
    op(embedding.gather, { tokens: "contexts", table: "C", y: "emb" }),
    op(linear.forward, { x: "embcat", w: "W1", b: "b1", y: "hprebn" }),
    ...inferenceTail,
    ...(tempered
      ? [op(elementwise.multiplyColumn, { x: "logits", k: "inverse_temperature", y: "tempered" })]
      : []),
    ...(limited ? [op(sample.topK, { x: scaled, k: "top_k", y: "kept" })] : []),
    op(sample.draw, {
      logits: limited ? "kept" : scaled,
      u: "uniforms",
      tokens: "contexts",
      drawn: "drawn",
    }),
  ]);
}
