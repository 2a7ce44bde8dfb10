/** What the page shows of a network's weights now and then. */
import type { Split } from "../../data/examples.ts";
import type { Vocabulary } from "../../data/vocabulary.ts";
import type { Machine } from "../../plan/machine.ts";
import { evaluate, type OnFraction, OverflowError } from "../../train/evaluate.ts";
import type { Model } from "../../train/model.ts";
import { sampleNames } from "../../train/sampling.ts";
import { NOTEBOOK_NAMES } from "../../train/sampling_options.ts";

export interface Sampled {
  /** Over the examples that it was given; Infinity where it overflows. */
  readonly devLoss: number;
  /** Always with the same random numbers. */
  readonly names: readonly string[];
}

export async function sampled(
  machine: Machine,
  model: Model & { readonly vocabulary: Vocabulary },
  dev: Split,
  onFraction?: OnFraction,
): Promise<Sampled> {
  const devLoss = await evaluate(machine, model, dev, onFraction).catch((error: Error) => {
    if (error instanceof OverflowError) return Number.POSITIVE_INFINITY;
    throw error;
  });
  return { devLoss, names: await sampleNames(machine, model, model.vocabulary, NOTEBOOK_NAMES) };
}
