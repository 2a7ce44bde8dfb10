import { Command, Option } from "commander";
import { describeLoss } from "../gpu/lasting.ts";
import { parameterCount } from "../model/tensors.ts";
import { loadCheckpoint, newCheckpointPath } from "../node/checkpoints.ts";
import { ensureWritable } from "../node/files.ts";
import { started } from "../node/started.ts";
import { brokenText } from "../train/broken.ts";
import { type Checkpoint, modelOf, modelStep } from "../train/checkpoint.ts";
import {
  ConfigError,
  firstOtherRate,
  fixedDifference,
  learningRate,
  PRESETS,
  sizesOf,
  type TrainConfig,
  trainConfig,
} from "../train/config.ts";
import type { Look } from "../train/look.ts";
import type { OpenedMachine } from "../train/open.ts";
import { Overfitting } from "../train/overfitting.ts";
import { sampleNames } from "../train/sampling.ts";
import { NOTEBOOK_NAMES } from "../train/sampling_options.ts";
import { SETTING_KEYS } from "../train/settings.ts";
import { type RunOptions, Trainer } from "../train/trainer.ts";
import { reportLosses } from "./evaluate.ts";
import { catchInterrupt, type Interrupt } from "./interrupt.ts";
import { openFor } from "./machine.ts";
import { type CommonOptions, givenConfig, number, withCommonOptions, withSettings } from "./options.ts";
import { integer, output } from "./output.ts";
import { rescue, type Saved, saveOnTheWay, saveSomewhere, take } from "./saving.ts";
import { loadCheckpointWords, loadDataset } from "./words.ts";

interface TrainOptions extends CommonOptions, Partial<TrainConfig> {
  readonly preset?: string;
  readonly out?: string;
  readonly resume?: string;
  readonly logEvery: number;
  readonly stopAt?: number;
  /** Seconds. */
  readonly saveEvery: number;
}

export const trainCommand = (): Command =>
  withCommonOptions(withSettings(new Command("train"), SETTING_KEYS))
    .description("Train the network, evaluate it, sample names from it, and save a checkpoint.")
    .addOption(
      new Option(
        "--preset <name>",
        "notebook: exercise 4 (hidden 200, 200,000 steps, lr 0.1 then 0.01)",
      ).choices(Object.keys(PRESETS)),
    )
    .option("--out <file>", "checkpoint to write (default: a new file in runs/)")
    .option(
      "--resume <file>",
      "checkpoint to go on from, up to --steps, with its settings unless others are given; other --steps are another schedule",
    )
    .option("--stop-at <step>", "stop and save at this step, on the schedule of the whole run", number)
    .option(
      "--save-every <seconds>",
      "time between automatic saves, which take a twentieth of the time at most; 0 saves after every submit; a save that fails is tried again, and a last one that fails goes to the temporary folder, with exit code 1",
      number,
      60,
    )
    .option("--log-every <n>", "steps between the losses that --json reports", number, 1000)
    .action(train);

function configure(o: TrainOptions, resumed?: Checkpoint): TrainConfig {
  const given = { ...(o.preset ? PRESETS[o.preset] : {}), ...givenConfig({ ...o }) };
  if (resumed) refuseFixed(resumed.config, given);
  const config = trainConfig({ ...resumed?.config, ...given });
  if (!Number.isInteger(o.logEvery) || o.logEvery < 1)
    throw new ConfigError(`--log-every is ${o.logEvery}; it must be a whole number from 1`);
  if (o.stopAt !== undefined && !(Number.isInteger(o.stopAt) && o.stopAt >= 1 && o.stopAt <= config.steps))
    throw new ConfigError(
      `--stop-at is ${o.stopAt}; it must be a whole number from 1 to the ${integer(config.steps)} of --steps`,
    );
  if (!(o.saveEvery >= 0)) throw new ConfigError(`--save-every is ${o.saveEvery}; it must be 0 or more`);
  if (resumed && resumed.step >= (o.stopAt ?? config.steps))
    throw new ConfigError(
      `${o.resume} has ${integer(resumed.step)} steps already, and the run ends at ${integer(o.stopAt ?? config.steps)}; give a larger --steps`,
    );
  return config;
}

/** @throws ConfigError for the first setting that a run begun with `resumed` cannot change */
function refuseFixed(resumed: TrainConfig, given: Partial<TrainConfig>): void {
  const key = fixedDifference(resumed, { ...resumed, ...given });
  if (key !== undefined)
    throw new ConfigError(
      `--resume has ${key} ${resumed[key]}, which cannot change to ${given[key]}; leave it out, or start a new run`,
    );
}

async function train(o: TrainOptions): Promise<void> {
  const out = output(o);
  const resumed = o.resume === undefined ? undefined : loadCheckpoint(o.resume);
  const config = configure(o, resumed);
  const file = o.out ?? o.resume ?? newCheckpointPath();
  ensureWritable(file);
  const words = resumed
    ? await loadCheckpointWords(o.words, resumed, out)
    : await loadDataset(o.words, config, out);
  let trainer: Trainer | undefined;
  const machine = await openFor(o, out, {
    onLost: (loss) => out.notice(describeLoss(loss, trainer?.step)),
  });
  try {
    const options = { machine, config, data: words.dataset, state: resumed };
    trainer = await out.phase("compiling the kernels", () => Trainer.create(options));
    const r = { ...words, machine, config, file, resumed, out, options: o };
    announce(r, trainer);
    noteSchedule(r);
    noteMended(r);
    await run(r, trainer);
  } finally {
    machine.close();
  }
}

interface Run extends Saved {
  readonly machine: OpenedMachine;
  readonly config: TrainConfig;
  readonly options: TrainOptions;
}

async function run(r: Run, trainer: Trainer): Promise<void> {
  const { config, out } = r;
  const interrupt = catchInterrupt();
  const seconds = await trainWithBar(r, trainer, interrupt).catch((error: unknown) =>
    rescue(r, trainer, error),
  );
  const checkpoint = await take(r, trainer);
  const { file, error } = saveSomewhere(r.file, checkpoint);
  const interrupted = interrupt.asked;
  // From here on nothing can be lost.
  interrupt.release();
  trainer.close();
  const { step, best } = checkpoint;
  const kept = best && best.step < step ? ` with the weights of step ${integer(best.step)}` : "";
  out.notice(`saved ${file} at step ${integer(step)}${kept}; training took ${seconds.toFixed(1)} s`);
  if (!interrupted) await report(r, checkpoint);

  const stepsPerSecond = seconds > 0 ? (step - (r.resumed?.step ?? 0)) / seconds : 0;
  out.event({ event: "done", steps: step, seconds, stepsPerSecond, checkpoint: file });
  if (interrupted && step < config.steps) {
    out.notice(`to go on: ${started("train", `--resume ${file}`)}`);
    process.exitCode = 130;
  }
  if (error) throw error;
}

/** A line if the steps so far had other learning rates than this run gives them: what comes is then no run in one go. */
function noteSchedule({ resumed, config, out }: Run): void {
  const step = resumed && firstOtherRate(resumed.config, config, resumed.step);
  if (!resumed || step === undefined) return;
  const [had, has] = [resumed.config, config].map((c) => Number(learningRate(c, step).toPrecision(6)));
  out.notice(
    `the ${integer(resumed.step)} steps so far had another schedule: from step ${integer(step)} a learning rate of ${had}, where this one has ${has}. So this is not the run that never stopped; for that, begin with the --steps of the whole run, and stop at a part of them with --stop-at`,
  );
}

/** A line if the steps so far had a gradient that was broken on purpose: the ones that come are right. */
function noteMended({ resumed, out }: Run): void {
  if (resumed?.broken)
    out.notice(
      `the ${integer(resumed.step)} steps so far were trained ${brokenText(resumed.broken)}; the steps from here on are right`,
    );
}

function announce({ machine, config, dataset, out }: Run, trainer: Trainer): void {
  const { train, dev, test, vocabulary, words } = dataset;
  const parameters = parameterCount(sizesOf(config, vocabulary.size));
  const { path, pathNote } = trainer;
  if (pathNote) out.note(pathNote);
  const examples = { train: train.length, dev: dev.length, test: test.length };
  out.event({
    event: "start",
    adapter: machine.name,
    backend: machine.backend,
    path,
    config,
    words,
    vocabulary: vocabulary.size,
    examples,
    parameters,
  });
  out.note(
    `${integer(words)} words, ${integer(vocabulary.size)} characters; examples: ${Object.entries(examples)
      .map(([split, n]) => `${integer(n)} ${split}`)
      .join(", ")}`,
  );
  const how =
    machine.kind === "cpu"
      ? ""
      : ` (${machine.kind}), ${Number(trainer.dispatchesPerStep.toFixed(3))} dispatches a step`;
  out.note(`${machine.name}${how}; ${path} path, ${integer(parameters)} parameters`);
}

/** Beyond this many times the loss of guessing, nothing is learnt. On all paths but chunked even a rate of 1e6 keeps it finite. */
const WILD = 30;

/**
 * Trains with a progress bar and automatic saves; an interrupt ends it after the submit under way.
 * @returns seconds of training alone
 */
async function trainWithBar(r: Run, trainer: Trainer, interrupt: Interrupt): Promise<number> {
  const { options, out, config } = r;
  const until = options.stopAt ?? config.steps;
  const bar = out.bar(until);
  let seconds = 0;
  const guessing = Math.log(r.dataset.vocabulary.size);
  const overfitting = new Overfitting(config, r.dataset.vocabulary.size);
  let warned = false;
  let [text, dev] = ["", ""];
  const onLosses = (first: number, losses: ArrayLike<number>) => {
    for (let i = 0; i < losses.length; i++)
      if ((first + i) % options.logEvery === 0)
        out.event({ event: "step", step: first + i, loss: losses[i] });
    const loss = mean(losses);
    if (!warned && loss > WILD * guessing) {
      warned = true;
      out.notice(
        `the loss is ${loss.toPrecision(3)} at step ${integer(first)}, where guessing gives ${guessing.toFixed(2)}: lower --lr (it is ${config.lr})`,
      );
    }
    text = `loss ${loss.toFixed(4)}`;
    bar.update(first + losses.length, text + dev);
  };
  const onLook = (look: Look) => {
    out.event({ event: "dev", step: look.step, dev: look.dev, sampled: look.sampled });
    dev = ` | dev ${look.dev.toFixed(4)}`;
    bar.update(look.step, text + dev);
    const note = overfitting.note(look);
    if (note) out.notice(note);
  };
  const during: RunOptions["during"] = async (work) => {
    const start = performance.now();
    try {
      return await bar.aside("looking at the dev loss", work);
    } finally {
      seconds -= (performance.now() - start) / 1000;
    }
  };
  const interval = 1000 * options.saveEvery;
  let nextSave = performance.now() + interval;
  try {
    while (trainer.step < until && !interrupt.asked) {
      const start = performance.now();
      const from = trainer.step;
      await trainer.run(onLosses, {
        until,
        onLook,
        during,
        stopped: () => interrupt.asked || (trainer.step > from && performance.now() > nextSave),
      });
      const end = performance.now();
      seconds += (end - start) / 1000;
      if (trainer.step < until && !interrupt.asked) {
        saveOnTheWay(r, await take(r, trainer, bar.aside));
        const took = performance.now() - end;
        nextSave = performance.now() + (interval && Math.max(interval, 20 * took));
      }
    }
  } finally {
    bar.stop();
  }
  if (interrupt.asked) out.notice("stopping and saving; a second Ctrl-C ends at once, without saving");
  return seconds;
}

function mean(losses: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < losses.length; i++) sum += losses[i];
  return sum / losses.length;
}

/** The three losses, and names drawn from the model. */
async function report({ machine, dataset, out }: Run, checkpoint: Checkpoint): Promise<void> {
  await reportLosses(machine, modelOf(checkpoint), modelStep(checkpoint), dataset, out);
  const names = await out.phase("drawing names", () =>
    sampleNames(machine, modelOf(checkpoint), dataset.vocabulary, NOTEBOOK_NAMES),
  );
  out.event({ event: "sample", names });
  // One line, unless it could not be told where a name ends.
  if (names.some((name) => /\s/.test(name))) for (const line of ["names", ...names]) out.result(line);
  else out.result(`names  ${names.join(" ")}`);
}
