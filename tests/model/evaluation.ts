/** Runs the plans that follow training on any machine. */
import { calibrationPlan, type Drawing, evaluationPlan, samplingPlan } from "../../src/model/plans.ts";
import type { StepInputs } from "../../src/plan/executable.ts";
import type { Machine } from "../../src/plan/machine.ts";
import type { Plan } from "../../src/plan/plan.ts";
import { TorchGenerator } from "../../src/random/torch.ts";
import { Moments } from "../../src/train/evaluate.ts";
import { readStepFixture } from "../oracle/fixtures.ts";
import { namedSizes, uploadParameters } from "./steps.ts";

export type Evaluation = Awaited<ReturnType<typeof runEvaluation>>;

/** 45 examples in batches of 19, the last one padded: calibration, evaluation, then six characters of 19 names, and of 19 at temperature 0.7 among the 5 likeliest. */
export async function runEvaluation(machine: Machine) {
  const { sizes, parameters } = readStepFixture("odd");
  const { V, T, H, N } = sizes;
  const examples = 45;
  const batches = Math.ceil(examples / N);
  const g = new TorchGenerator(5);
  const X = g.randint(V, batches * N * T);
  const Y = g.randint(V, batches * N);
  const uniforms = g.rand(6 * N);
  const valid = (batch: number) => Math.min(N, examples - batch * N);
  const fillBatch = (inputs: StepInputs, i: number) => {
    inputs.Xb.set(X.subarray(i * N * T, (i + 1) * N * T));
    inputs.Yb?.set(Y.subarray(i * N, (i + 1) * N));
    inputs.rows?.set([valid(i)]);
  };
  const compile = async (plan: Plan) => {
    const executable = await machine.compile(plan);
    uploadParameters(executable, parameters);
    return executable;
  };

  const calibration = await compile(calibrationPlan(namedSizes(sizes)));
  const { batch_mean, batch_m2 } = await calibration.run(batches, fillBatch);
  const moments = new Moments(H);
  for (let i = 0; i < batches; i++)
    moments.merge(valid(i), batch_mean.slice(i * H, (i + 1) * H), batch_m2.slice(i * H, (i + 1) * H));
  const [bnmean, bnvar] = [moments.mean, moments.variance()];
  calibration.close();

  const evaluation = await compile(evaluationPlan(namedSizes(sizes)));
  evaluation.upload("bnmean", bnmean);
  evaluation.upload("bnvar_all", bnvar);
  const { row_loss } = await evaluation.run(batches, fillBatch);
  evaluation.close();

  const sample = async (drawing: Drawing) => {
    const sampling = await compile(samplingPlan(namedSizes(sizes), drawing));
    sampling.upload("bnmean", bnmean);
    sampling.upload("bnvar_all", bnvar);
    if (drawing.tempered) sampling.upload("inverse_temperature", new Float32Array(N).fill(1 / 0.7));
    if (drawing.limited) sampling.upload("top_k", [5]);
    const { drawn } = await sampling.run(6, (inputs, i) => {
      inputs.uniforms.set(uniforms.subarray(i * N, (i + 1) * N));
    });
    const { contexts } = await sampling.download(["contexts"]);
    sampling.close();
    return { drawn, contexts };
  };
  const { drawn, contexts } = await sample({});
  const chosen = await sample({ tempered: true, limited: true });

  const losses = row_loss.slice(0, examples);
  return { sizes, parameters, X, Y, uniforms, examples, bnmean, bnvar, losses, drawn, contexts, chosen };
}
