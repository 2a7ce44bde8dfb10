import { Command, Option } from "commander";
import { wordSets } from "../data/examples.ts";
import { newestCheckpoint } from "../node/checkpoints.ts";
import { nameDetails, sampleNames } from "../train/sampling.ts";
import {
  freshSeed,
  NOTEBOOK_NAMES,
  requireNumbers,
  SAMPLING_NUMBERS,
  type SamplingNumber,
  type SamplingOptions,
  samplingOf,
} from "../train/sampling_options.ts";
import { optionName } from "../train/settings.ts";
import { openFor } from "./machine.ts";
import { type CommonOptions, number, withCommonOptions } from "./options.ts";
import { integer, type Output, output } from "./output.ts";
import { likeOption, loadTrained, modelOfTrained, noteBroken, type Trained } from "./trained.ts";
import { loadCheckpointWords, loadDataset } from "./words.ts";

interface SampleOptions extends CommonOptions, Omit<SamplingOptions, "notIn"> {
  readonly checkpoint?: string;
  readonly like?: string;
  readonly newOnly: boolean;
}

export const sampleCommand = (): Command => {
  const command = withCommonOptions(
    new Command("sample"),
    "list to compare the names with (default: the one it was trained on)",
  )
    .description("Draw names from a checkpoint, on the GPU.")
    .option("--checkpoint <file>", "what to sample from (default: the newest in runs/)")
    .addOption(likeOption())
    .option("--prefix <text>", "what every name begins with")
    .option("--new-only", "only names that are not in the list", false)
    .option("--unique", "no name twice", false);
  for (const key of Object.keys(SAMPLING_NUMBERS) as SamplingNumber[]) command.addOption(numberOption(key));
  return command.action(sample);
};

function numberOption(key: SamplingNumber): Option {
  const { type, help, absent } = SAMPLING_NUMBERS[key];
  const more = key === "seed" ? `, which is printed; train draws with ${NOTEBOOK_NAMES.seed}` : "";
  const flags = `${key === "count" ? "-n, " : ""}--${optionName(key)} <${type === "whole" ? "n" : "x"}>`;
  return new Option(flags, `${help} (default: ${absent}${more})`).argParser(number);
}

async function sample(o: SampleOptions): Promise<void> {
  const out = output(o);
  requireNumbers(o);
  const file = o.checkpoint ?? newestCheckpoint();
  const trained = loadTrained(file, o.like);
  noteBroken(trained, out);
  const { vocabulary } = trained;
  const { count, temperature, topK, prefix, maxLength, unique, seed = freshSeed() } = o;
  // Refused before a device is opened.
  samplingOf(o, vocabulary);
  const known = await knownWords(o, trained, out);
  const machine = await openFor(o, out);
  try {
    const words = async () => (await loadCheckpointWords(o.words, trained, out)).dataset.train;
    const model = await modelOfTrained(machine, trained, words, out);
    const { step } = trained.best ?? trained;
    out.note(
      `names from ${file}${step === undefined ? "" : `, step ${integer(step)}`}; --seed ${seed} repeats them`,
    );
    const names = await out.phase("drawing names", (onFraction) =>
      sampleNames(machine, model, {
        count,
        temperature,
        topK,
        prefix,
        maxLength,
        unique,
        seed,
        notIn: o.newOnly ? known?.all : undefined,
        onNote: out.note,
        onNames: (found, count) => onFraction(found / count),
      }),
    );
    if (o.json) {
      const details = await out.phase("computing probabilities", (onFraction) =>
        nameDetails(machine, model, names, { training: known?.training, onFraction }),
      );
      out.event({ event: "sample", seed, checkpoint: file, names, details });
    }
    for (const name of names) out.result(name);
    if (known) out.note(howManyKnown(names, known));
  } finally {
    machine.close();
  }
}

interface Known {
  readonly source: string;
  readonly all: ReadonlySet<string>;
  /** Absent for another list than the one that the network was trained on. */
  readonly training?: ReadonlySet<string>;
}

/**
 * The words of the list that is given, or that the network was trained on; undefined, with a note, if that one is not to be found.
 * @throws FileError, DataError if a list is needed and there is none
 */
async function knownWords(
  { words, newOnly }: SampleOptions,
  trained: Trained,
  out: Output,
): Promise<Known | undefined> {
  try {
    // A list that is given may have characters that the network does not know.
    const { dataset, source } =
      words === undefined
        ? await loadCheckpointWords(undefined, trained, out)
        : await loadDataset(words, trained.config, out);
    const { all, training } = wordSets(dataset);
    return {
      source: source.source,
      all,
      training: source.sha256 === trained.words.sha256 ? training : undefined,
    };
  } catch (error) {
    if (newOnly || words !== undefined) throw error;
    out.note(`whether names are training words is not known: ${(error as Error).message}`);
    return undefined;
  }
}

function howManyKnown(names: readonly string[], { source, all, training }: Known): string {
  const among = (words: ReadonlySet<string>) => names.filter((name) => words.has(name)).length;
  const listed = `${integer(among(all))} of ${integer(names.length)} names are in ${source}`;
  return training
    ? `${listed}, ${integer(among(training))} of them among its training words`
    : `${listed}, which is not the list that the network was trained on`;
}
