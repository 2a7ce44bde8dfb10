import { Command } from "commander";
import type { Dataset, Split } from "../data/examples.ts";
import { loadCheckpoint, newestCheckpoint } from "../node/checkpoints.ts";
import type { Machine } from "../plan/machine.ts";
import { type Checkpoint, modelOf } from "../train/checkpoint.ts";
import { evaluate as evaluateSplit, type OnFraction } from "../train/evaluate.ts";
import { openMachine } from "../train/open.ts";
import { type CommonOptions, withCommonOptions } from "./options.ts";
import { type Output, output } from "./output.ts";
import { loadCheckpointWords } from "./words.ts";

export const evaluateCommand = (): Command =>
  withCommonOptions(new Command("evaluate"), "word list (default: the one it was trained on)")
    .description("Train, dev and test loss of a checkpoint, under its calibrated BatchNorm statistics.")
    .option("--checkpoint <file>", "what to evaluate (default: the newest in runs/)")
    .action(evaluate);

async function evaluate(o: CommonOptions & { checkpoint?: string }): Promise<void> {
  const out = output(o.json);
  const checkpoint = loadCheckpoint(o.checkpoint ?? newestCheckpoint());
  const { dataset } = await loadCheckpointWords(o.words, checkpoint, out);
  const machine = await openMachine(o.backend, { onNote: out.note });
  try {
    await reportLosses(machine, checkpoint, dataset, out);
  } finally {
    machine.close();
  }
}

/** Evaluates the three splits and prints them, as an event or a line. */
export async function reportLosses(
  machine: Machine,
  checkpoint: Checkpoint,
  dataset: Dataset,
  out: Output,
): Promise<void> {
  const model = modelOf(checkpoint);
  const losses: Record<string, number> = {};
  for (const split of ["train", "dev", "test"] as const)
    losses[split] = await withBar(out, `evaluating ${split}`, dataset[split], (onFraction) =>
      evaluateSplit(machine, model, dataset[split], onFraction),
    );
  out.event({ event: "eval", step: checkpoint.step, ...losses });
  out.result(
    `loss   ${Object.entries(losses)
      .map(([split, loss]) => `${split} ${loss.toFixed(4)}`)
      .join("  ")}`,
  );
}

/** From this many examples on, a pass takes long enough to show its progress. */
const MANY = 1e6;

/** Does `work` over a split under a progress bar, if the split is a big one. */
export async function withBar<T>(
  out: Output,
  what: string,
  { length }: Split,
  work: (onFraction: OnFraction) => Promise<T>,
): Promise<T> {
  if (length < MANY) return work(() => {});
  const bar = out.bar(length);
  try {
    return await work((fraction) => bar.update(Math.round(fraction * length), what));
  } finally {
    bar.stop();
  }
}
