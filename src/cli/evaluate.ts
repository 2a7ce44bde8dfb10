import { Command } from "commander";
import type { Dataset } from "../data/examples.ts";
import { newestCheckpoint } from "../node/checkpoints.ts";
import type { Machine } from "../plan/machine.ts";
import { evaluate as evaluateSplit, type Model } from "../train/evaluate.ts";
import { openFor } from "./machine.ts";
import { type CommonOptions, withCommonOptions } from "./options.ts";
import { type Output, output } from "./output.ts";
import { likeOption, loadTrained, modelOfTrained, noteBroken } from "./trained.ts";
import { loadCheckpointWords } from "./words.ts";

export const evaluateCommand = (): Command =>
  withCommonOptions(new Command("evaluate"), "word list (default: the one it was trained on)")
    .description("Train, dev and test loss of a checkpoint, under its calibrated BatchNorm statistics.")
    .option("--checkpoint <file>", "what to evaluate (default: the newest in runs/)")
    .addOption(likeOption())
    .action(evaluate);

async function evaluate(o: CommonOptions & { checkpoint?: string; like?: string }): Promise<void> {
  const out = output(o);
  const trained = loadTrained(o.checkpoint ?? newestCheckpoint(), o.like);
  noteBroken(trained, out);
  const { dataset } = await loadCheckpointWords(o.words, trained, out);
  const machine = await openFor(o, out);
  try {
    const model = await modelOfTrained(machine, trained, async () => dataset.train, out);
    await reportLosses(machine, model, (trained.best ?? trained).step, dataset, out);
  } finally {
    machine.close();
  }
}

/** Evaluates the three splits and prints them, as an event or a line; weights of another program are of no known step. */
export async function reportLosses(
  machine: Machine,
  model: Model,
  step: number | undefined,
  dataset: Dataset,
  out: Output,
): Promise<void> {
  const losses: Record<string, number> = {};
  for (const split of ["train", "dev", "test"] as const)
    losses[split] = await out.phase(`evaluating ${split}`, (onFraction) =>
      evaluateSplit(machine, model, dataset[split], onFraction),
    );
  out.event({ event: "eval", step: step ?? null, ...losses });
  out.result(
    `loss   ${Object.entries(losses)
      .map(([split, loss]) => `${split} ${loss.toFixed(4)}`)
      .join("  ")}`,
  );
}
