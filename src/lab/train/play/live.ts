/** What the network makes of a beginning right now: the characters that may follow, and names. No DOM. */
import type { Machine } from "../../../plan/machine.ts";
import type { Model } from "../../../train/model.ts";
import { probabilities } from "../../../train/probability.ts";
import { sampleNames } from "../../../train/sampling.ts";
import type { SamplingOptions } from "../../../train/sampling_options.ts";

export type LiveRequest = Pick<SamplingOptions, "count" | "temperature" | "topK" | "maxLength"> & {
  readonly prefix: string;
  readonly seed: number;
};

export interface Live {
  /** Of the weights. */
  readonly step: number;
  readonly prefix: string;
  /** Every character, in the vocabulary's order; the terminator, which ends a name, first. At temperature 1 and among all. */
  readonly next: readonly Next[];
  readonly names: readonly LiveName[];
}

export interface Next {
  readonly character: string;
  readonly probability: number;
}

export interface LiveName {
  readonly name: string;
  readonly inTraining: boolean;
}

/** @throws ConfigError for what is not allowed, such as a character that the network does not know */
export async function liveOf(
  machine: Machine,
  model: Model,
  training: ReadonlySet<string>,
  request: LiveRequest,
): Promise<Omit<Live, "step">> {
  const { prefix } = request;
  const names = await sampleNames(machine, model, request);
  const next = await probabilities(machine, model, prefix);
  return {
    prefix,
    next: Array.from(next, ([character, probability]) => ({ character, probability })),
    names: names.map((name) => ({ name, inTraining: training.has(name) })),
  };
}
