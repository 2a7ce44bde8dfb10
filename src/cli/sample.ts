import { Command } from "commander";
import { readWordFile } from "../data/file.ts";
import { loadCheckpoint, newestCheckpoint } from "../node/checkpoints.ts";
import { modelOf } from "../train/checkpoint.ts";
import { ConfigError } from "../train/config.ts";
import { openMachine } from "../train/open.ts";
import { NOTEBOOK_NAMES, sampleNames } from "../train/sampling.ts";
import { type CommonOptions, number, withCommonOptions } from "./options.ts";
import { output } from "./output.ts";

export const sampleCommand = (): Command =>
  withCommonOptions(new Command("sample"), "say how many of the names this list holds")
    .description("Draw names from a checkpoint, on the GPU.")
    .option("--checkpoint <file>", "what to sample from (default: the newest in runs/)")
    .option("-n, --count <n>", "how many names", number, NOTEBOOK_NAMES.count)
    .option("--seed <n>", "seed of the draws", number, NOTEBOOK_NAMES.seed)
    .action(sample);

async function sample(
  o: CommonOptions & { checkpoint?: string; count: number; seed: number },
): Promise<void> {
  const out = output(o.json);
  if (!Number.isInteger(o.count) || o.count < 1 || o.count > 1e6)
    throw new ConfigError(`-n is ${o.count}; it must be a whole number from 1 to 1000000`);
  if (!Number.isSafeInteger(o.seed) || o.seed < 0)
    throw new ConfigError(
      `--seed is ${o.seed}; it must be a whole number from 0 to ${Number.MAX_SAFE_INTEGER}`,
    );
  const known = o.words === undefined ? undefined : new Set((await readWordFile(o.words)).words);
  const checkpoint = loadCheckpoint(o.checkpoint ?? newestCheckpoint());
  const machine = await openMachine(o.backend, { onNote: out.note });
  try {
    const { count, seed } = o;
    const names = await sampleNames(machine, modelOf(checkpoint), checkpoint.vocabulary, { count, seed });
    out.event({ event: "sample", names });
    for (const name of names) out.result(name);
    if (known) out.note(`${names.filter((n) => known.has(n)).length} of ${names.length} are in ${o.words}`);
  } finally {
    machine.close();
  }
}
