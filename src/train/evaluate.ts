/** Losses over whole splits, under BatchNorm statistics of the whole training set. */
import type { Split } from "../data/examples.ts";
import { calibrationPlan, evaluationPlan } from "../model/plans.ts";
import type { Parameters, Sizes } from "../model/tensors.ts";
import type { Executable } from "../plan/executable.ts";
import { type Machine, withPlan } from "../plan/machine.ts";
import { configuration, requireParameters, requireSplit } from "./belong.ts";
import { type Model, requireExamples, type Statistics } from "./model.ts";
import { uploadParameters } from "./parameters.ts";

export type { Model, Statistics } from "./model.ts";

/** Finite weights whose loss is not. */
export class OverflowError extends Error {
  override name = "OverflowError";
}

/** Share of the work done, 0 to 1. */
export type OnFraction = (fraction: number) => void;

/** Rows per dispatch: activations of at most 16 MiB. The same for every split, so that they share pipelines. */
export const rowsPerBatch = (s: Sizes): number =>
  Math.max(
    2,
    Math.min(4096, Math.floor(2 ** 22 / Math.max(s.hidden, s.vocabulary, s.context * s.embedding))),
  );

/** Runs a plan over every row of a split; `rows` (if the plan has it) says how many count. */
export async function sweep(
  executable: Executable,
  split: Split,
  batch: number,
  onFraction: OnFraction,
  each: (outputs: Record<string, ArrayLike<number>>, valid: number) => void,
): Promise<void> {
  for (let start = 0; start < split.length; start += batch) {
    const valid = Math.min(batch, split.length - start);
    const outputs = await executable.run(1, (inputs) => {
      // Rows past the end keep the previous batch's tokens: valid, and not counted.
      split.gatherRange(
        start,
        valid,
        inputs.Xb as Uint32Array,
        (inputs.Yb ?? new Uint32Array(valid)) as Uint32Array,
      );
      inputs.rows?.set([valid]);
    });
    each(outputs, valid);
    onFraction((start + valid) / split.length);
  }
}

/** Mean and summed squared deviations of every hidden unit over the rows seen so far. In float64: a training set has hundreds of batches. */
export class Moments {
  readonly mean: Float64Array;
  #rows = 0;
  readonly #m2: Float64Array;

  constructor(hidden: number) {
    this.mean = new Float64Array(hidden);
    this.#m2 = new Float64Array(hidden);
  }

  /**
   * Chan, Golub & LeVeque 1979: δ = mean_b − mean_a, mean = mean_a + δ·n_b/n, m2 = m2_a + m2_b + δ²·n_a·n_b/n.
   * @param rows of the batch
   */
  merge(rows: number, mean: ArrayLike<number>, m2: ArrayLike<number>): void {
    const before = this.#rows;
    this.#rows += rows;
    for (let h = 0; h < this.mean.length; h++) {
      const delta = mean[h] - this.mean[h];
      this.mean[h] += (delta * rows) / this.#rows;
      this.#m2[h] += m2[h] + (delta * delta * before * rows) / this.#rows;
    }
  }

  /** With Bessel's n−1. */
  variance(): Float64Array {
    return this.#m2.map((m2) => m2 / (this.#rows - 1));
  }
}

/**
 * Exercise 4: `calibrate the batch norm at the end of training`, over all of `split`.
 * @throws MismatchError for parameters or examples of other sizes
 */
export async function calibrate(
  machine: Machine,
  sizes: Sizes,
  parameters: Parameters,
  split: Split,
  onFraction: OnFraction = () => {},
): Promise<Statistics> {
  requireParameters(parameters, sizes, "the network");
  requireSplit(split, configuration(sizes));
  const batch = rowsPerBatch(sizes);
  return withPlan(machine, calibrationPlan({ ...sizes, batch }), async (executable) => {
    uploadParameters(executable, parameters);
    const moments = new Moments(sizes.hidden);
    await sweep(executable, split, batch, onFraction, ({ batch_mean, batch_m2 }, valid) =>
      moments.merge(valid, batch_mean, batch_m2),
    );
    return { bnmean: Float32Array.from(moments.mean), bnvar: Float32Array.from(moments.variance()) };
  });
}

/**
 * Mean cross-entropy of a split, in nats per character.
 * @throws OverflowError if it is not finite; MismatchError for examples that are not for this model
 */
export async function evaluate(
  machine: Machine,
  model: Model,
  split: Split,
  onFraction: OnFraction = () => {},
): Promise<number> {
  requireExamples(model, split);
  const batch = rowsPerBatch(model.sizes);
  return withPlan(machine, evaluationPlan({ ...model.sizes, batch }), async (executable) => {
    uploadModel(executable, model);
    let sum = 0;
    await sweep(executable, split, batch, onFraction, ({ row_loss }, valid) => {
      for (let i = 0; i < valid; i++) sum += row_loss[i];
    });
    if (!Number.isFinite(sum))
      throw new OverflowError(
        `the loss over a split is ${sum}: these weights overflow float32; train again with a lower --lr`,
      );
    return sum / split.length;
  });
}

/** Uploads the parameters and statistics that inference needs. */
export function uploadModel(executable: Executable, model: Model): void {
  uploadParameters(executable, model.parameters);
  executable.upload("bnmean", model.bnmean);
  executable.upload("bnvar_all", model.bnvar);
}
