/** Names as the reader of the page asks for them. No DOM. */
import { type Dataset, wordSets } from "../../../data/examples.ts";
import type { Machine } from "../../../plan/machine.ts";
import { type Checkpoint, modelOf, modelStep } from "../../../train/checkpoint.ts";
import { type NameDetails, nameDetails, sampleNames } from "../../../train/sampling.ts";
import { freshSeed, type SamplingOptions } from "../../../train/sampling_options.ts";

export interface DrawRequest extends Omit<SamplingOptions, "notIn"> {
  /** Only names that are not in the list that the run is trained on. */
  readonly newOnly?: boolean;
}

export interface Drawn {
  readonly step: number;
  readonly seed: number;
  readonly names: readonly NameDetails[];
  /** If fewer were found than were asked for. */
  readonly note?: string;
}

/** @throws ConfigError for what is not allowed */
export async function drawNames(
  machine: Machine,
  checkpoint: Checkpoint,
  dataset: Dataset,
  { newOnly, ...request }: DrawRequest,
): Promise<Drawn> {
  const model = modelOf(checkpoint);
  const { all, training } = wordSets(dataset);
  const seed = request.seed ?? freshSeed();
  let note: string | undefined;
  const names = await sampleNames(machine, model, {
    ...request,
    seed,
    notIn: newOnly ? all : undefined,
    onNote: (line) => {
      note = line;
    },
  });
  const details = await nameDetails(machine, model, names, { training });
  return { step: modelStep(checkpoint), seed, names: details, note };
}
