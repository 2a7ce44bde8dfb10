/**
 * The training step that a learner's kernel runs in: the notebook with exercises 2 and 3, in plain kernels. `src/model/fused.ts` fuses more, and
 * has not all of the operations that the exercises ask for.
 */
import { op } from "../../model/line.ts";
import { plan } from "../../model/plan.ts";
import type { Sizes } from "../../model/tensors.ts";
import { batchnorm, crossEntropy, embedding, linear, reduce, sgd, tanh } from "../../ops/index.ts";
import { type Dims, defineOp, type Op, read, write } from "../../plan/contract.ts";
import { bindPlan, type Call, type Plan, type Tensor } from "../../plan/plan.ts";

const step: readonly Call[] = [
  op(embedding.gather, { tokens: "Xb", table: "C", y: "emb" }),
  op(linear.forward, { x: "embcat", w: "W1", b: "b1", y: "hprebn" }),
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

  op(linear.backwardInput, { dy: "dlogits", w: "W2", dx: "dh" }),
  op(linear.backwardWeight, { x: "h", dy: "dlogits", dw: "dW2" }),
  op(reduce.sumBatch, { x: "dlogits", y: "db2" }),
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
  op(linear.backwardInput, { dy: "dhprebn", w: "W1", dx: "dembcat" }),
  op(linear.backwardWeight, { x: "embcat", dy: "dhprebn", dw: "dW1" }),
  op(reduce.sumBatch, { x: "dhprebn", y: "db1" }),
  op(embedding.backward, { tokens: "Xb", dy: "demb", dtable: "dC" }),
  op(sgd.step, { p: "parameters", g: "gradients", coefficients: "coefficients" }),
];

/** The loss from the rows' losses: the second pass of {@link crossEntropy.fused}, for a first one that comes from elsewhere. */
const meanLoss = defineOp({
  name: "cross_entropy.mean_loss",
  math: "loss = Σ rowLoss / N",
  bindings: { rowLoss: read("N"), loss: write("") },
  plain: (d) => [{ ...meanPass(d), scratch: undefined }],
  twin: ({ rowLoss, loss }, { N }) => {
    let sum = 0;
    for (let n = 0; n < N; n++) sum += rowLoss[n];
    loss[0] = sum / N;
  },
  cases: [],
  tolerance: { rtol: 0, atol: 0 },
  flops: ({ N }) => N,
});

const meanPass = (d: Dims) => crossEntropy.fused.plain!(d)[1];

/** What runs behind a learner's pass, where an exercise asks for the first pass of an operation only. */
const REST: Readonly<Record<string, Call>> = {
  "cross_entropy.fused": op(meanLoss, { rowLoss: "row_loss", loss: "loss" }),
};

/** Tensors of what a learner's pass leaves for the next one, by their bindings. */
const BETWEEN: Readonly<Record<string, string>> = { rowLoss: "row_loss" };

/** A step with nothing but this package's plain kernels. */
export const referencePlan = (s: Sizes): Plan => plan("reference", s, step, { update: "sgd", rung: "plain" });

/**
 * The same step with another operation in the place of one.
 * @param name the operation that is replaced, wherever it stands
 * @param by what takes its place: with its bindings, or those of its first pass
 * @param flags a tensor of `by` that no other operation has; its binding has the same name
 */
export function planWith(s: Sizes, name: string, by: Op, flags?: Tensor): Plan {
  const rest = REST[name];
  const { tensors, sizeNames } = plan("learner", s, rest ? [...step, rest] : step, { update: "sgd" });
  const replaced = ({ args }: Call): Call[] => {
    const tensorOf = (formal: string) => args[formal] ?? BETWEEN[formal] ?? formal;
    const own = Object.keys(by.bindings).map((formal) => [formal, tensorOf(formal)] as const);
    return [{ op: by, args: Object.fromEntries(own) }, ...(rest ? [rest] : [])];
  };
  const calls = step.flatMap((c) => (c.op.name === name ? replaced(c) : [c]));
  return bindPlan("learner", flags ? [...tensors.values(), flags] : [...tensors.values()], calls, {
    rung: "plain",
    sizeNames,
  });
}
