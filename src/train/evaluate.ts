/** Losses over whole splits, under BatchNorm statistics of the whole training set. */
import type { Split } from "../data/examples.ts";
import { calibrationPlan, evaluationPlan } from "../model/plans.ts";
import type { Parameters, Sizes } from "../model/tensors.ts";
import type { Executable } from "../plan/executable.ts";
import { type Machine, withPlan } from "../plan/machine.ts";
import { uploadParameters } from "./parameters.ts";

/** Mean and Bessel-corrected variance of hprebn, (1,H) each: the notebook's `bnmean` and `bnvar`. */
export interface Statistics {
  readonly bnmean: Float32Array;
  readonly bnvar: Float32Array;
}

/** What inference needs. */
export interface Model extends Statistics {
  /** `batch` is not used: inference chooses its own. */
  readonly sizes: Sizes;
  readonly parameters: Parameters;
}

/** Finite weights whose loss is not. */
export class OverflowError extends Error {
  override name = "OverflowError";
}

/** Share of the work done, 0 to 1. */
export type OnFraction = (fraction: number) => void;

/** Rows per dispatch: activations of at most 16 MiB. The same for every split, so that they share pipelines. */
const rowsPerBatch = (s: Sizes): number =>
  Math.max(
    2,
    Math.min(4096, Math.floor(2 ** 22 / Math.max(s.hidden, s.vocabulary, s.context * s.embedding))),
  );

/** Runs a plan over every row of a split; `rows` (if the plan has it) says how many rows came before and how many count. */
async function sweep(
  executable: Executable,
  split: Split,
  batch: number,
  onFraction: OnFraction,
  each: (outputs: Record<string, ArrayLike<number>>, valid: number) => void = () => {},
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
      inputs.rows?.set([start, valid]);
    });
    each(outputs, valid);
    onFraction((start + valid) / split.length);
  }
}

/** Exercise 4: `calibrate the batch norm at the end of training`, over all of `split`. */
export async function calibrate(
  machine: Machine,
  sizes: Sizes,
  parameters: Parameters,
  split: Split,
  onFraction: OnFraction = () => {},
): Promise<Statistics> {
  const batch = rowsPerBatch(sizes);
  return withPlan(machine, calibrationPlan({ ...sizes, batch }), async (executable) => {
    uploadParameters(executable, parameters);
    await sweep(executable, split, batch, onFraction);
    const { bnmean, bnvar_all } = await executable.download(["bnmean", "bnvar_all"]);
    return { bnmean: Float32Array.from(bnmean), bnvar: Float32Array.from(bnvar_all) };
  });
}

/**
 * Mean cross-entropy of a split, in nats per character.
 * @throws OverflowError if it is not finite
 */
export async function evaluate(
  machine: Machine,
  model: Model,
  split: Split,
  onFraction: OnFraction = () => {},
): Promise<number> {
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
