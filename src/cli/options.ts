/** Options that commands share. Defaults stand in the help only: what is absent here was not given. */
import { type Command, InvalidArgumentError, Option } from "commander";
import { ALL_PATHS } from "../model/plans.ts";
import { DEFAULTS, type TrainConfig } from "../train/config.ts";
import { BACKENDS, type Backend } from "../train/open.ts";

export interface CommonOptions {
  readonly backend: Backend;
  readonly words?: string;
  readonly json: boolean;
  readonly debug: boolean;
}

/** --backend, --words, --json, --debug: every command has them. */
export const withCommonOptions = (
  command: Command,
  words = "word list, UTF-8, one word a line (default: the bundled names of 2018)",
): Command =>
  command
    .addOption(
      new Option("--backend <name>", "what computes: the GPU, the CPU reference, or the best there is")
        .choices(BACKENDS)
        .default("auto"),
    )
    .option("--words <file>", words)
    .option("--json", "one JSON object a line on stdout, and nothing else there", false)
    .option("--debug", "show the stack of an error", false);

/** A number as people write it: 64, 0.1, 1e-3. */
export function number(text: string): number {
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (!Number.isFinite(value))
    throw new InvalidArgumentError("It must be a number, such as 64, 0.1 or 1e-3.");
  return value;
}

/** The settings that make a network, a minibatch and a seed. */
export const withModelOptions = (command: Command): Command =>
  command
    .option("--hidden <n>", `neurons of the hidden layer (default: ${DEFAULTS.hidden})`, number)
    .option("--embedding <n>", `floats per character (default: ${DEFAULTS.embedding})`, number)
    .option("--context <n>", `characters a prediction looks back on (default: ${DEFAULTS.context})`, number)
    .option("--batch <n>", `examples per step, at least 2 (default: ${DEFAULTS.batch})`, number)
    .option("--seed <n>", `of C, W1, b1, W2, b2 and the minibatches (default: ${DEFAULTS.seed})`, number)
    .option("--bn-seed <n>", `of bngain and bnbias (default: ${DEFAULTS.bnSeed})`, number);

export const pathOption = (fallback: string): Option =>
  new Option("--path <name>", `how far the step is fused (default: ${fallback})`).choices([
    "auto",
    ...ALL_PATHS,
  ]);

/** Those settings of a run that were given. */
export const givenConfig = (o: Readonly<Record<string, unknown>>): Partial<TrainConfig> =>
  Object.fromEntries(
    Object.keys(DEFAULTS)
      .filter((key) => o[key] !== undefined)
      .map((key) => [key, o[key]]),
  );
