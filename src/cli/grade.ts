import { Command, Option } from "commander";
import { loadBundledWords } from "../data/bundled.ts";
import { buildDataset } from "../data/examples.ts";
import { readSource, type Source } from "../exercises/files.ts";
import { Judgement } from "../exercises/judge.ts";
import { MOST_STEPS, type Trained, trainBeside, withTraining } from "../exercises/train.ts";
import { readBytes } from "../node/files.ts";
import { ConfigError, DEFAULTS } from "../train/config.ts";
import { formatHints, spellingsOf, wantedHints } from "./hints.ts";
import { number } from "./options.ts";
import { type Output, output } from "./output.ts";
import { aside, formatRows, formatTraining, toHint, verdictOf } from "./verdicts.ts";

interface GradeOptions {
  readonly exercise?: string;
  readonly train?: number;
  readonly hint?: string;
  readonly spellings: boolean;
  readonly json: boolean;
  readonly debug: boolean;
}

export const gradeCommand = (): Command =>
  new Command("grade")
    .description(
      "Judges your own backward pass: every gradient in a file of the notebook's lines, with the mistake you made. Nothing in the file is executed but its lines on tensors.",
    )
    .argument(
      "<file>",
      "a .py or .txt file, or a notebook (.ipynb), whose code cells are read in their order",
    )
    .addOption(
      new Option(
        "--exercise <number>",
        "the notebook's exercise, with what the file lacks of it (default: whatever the file defines)",
      ).choices(["1", "2", "3", "4"]),
    )
    .option(
      "--train <steps>",
      "exercise 4: train a network with the file's gradients beside one with the right ones, on the CPU",
      number,
    )
    .option("--hint <tensor>", "a hint for one gradient, such as dprobs; dprobs:2 opens two of its six")
    .option("--spellings", "below each line that is right, how the notebook and others write it", false)
    .option("--json", "one JSON object on stdout, and nothing else there", false)
    .option("--debug", "show the stack of an error", false)
    .action(grade);

async function grade(file: string, o: GradeOptions): Promise<void> {
  requireSteps(o);
  const wanted = o.hint === undefined ? undefined : wantedHints(o.hint);
  if (o.json && (o.hint !== undefined || o.spellings))
    throw new ConfigError("--hint and --spellings are for people; leave them or --json out");
  const out = output(o.json);
  const source = readSource(readBytes(file, "file"), file);
  const exercise = o.exercise === undefined ? undefined : (Number(o.exercise) as 1 | 2 | 3 | 4);
  const judgement = new Judgement(source, { exercise });
  let { report } = judgement;
  const print = (lines: readonly string[]): void => lines.forEach(out.result);
  if (!o.json) print(aside(judgement.shown(), report));
  print(formatRows(report, o.spellings ? spellingsOf : () => []));
  if (o.train !== undefined) {
    const trained = await train(source, o.train, out);
    if (trained) {
      report = withTraining(report, trained);
      print(formatTraining(trained));
    } else out.note("nothing trains: no line of the file gives a gradient");
  }
  if (wanted) print(formatHints(wanted, report, exercise));
  out.event({ ...report });
  const next = o.hint === undefined ? toHint(report) : undefined;
  out.result(`${verdictOf(report)}${next === undefined ? "" : `. For a hint: --hint ${next}`}`);
  if (!report.ok) process.exitCode = 1;
}

/** @throws ConfigError */
function requireSteps({ train, exercise }: GradeOptions): void {
  if (train === undefined) return;
  if (!Number.isInteger(train) || train < 1 || train > MOST_STEPS)
    throw new ConfigError(`--train is ${train}; it must be a whole number from 1 to ${MOST_STEPS}`);
  if (exercise !== undefined && exercise !== "4")
    throw new ConfigError(
      `--train cannot go with --exercise ${exercise}, since training is exercise 4; leave one of them out`,
    );
}

async function train(source: Source, steps: number, out: Output): Promise<Trained | undefined> {
  const { train, vocabulary } = buildDataset(await loadBundledWords(), { context: DEFAULTS.context });
  const bar = out.bar(steps);
  try {
    return await trainBeside(source, {
      steps,
      train,
      vocabulary: vocabulary.size,
      onStep: (done) => bar.update(done, "training beside the right gradients"),
    });
  } finally {
    bar.stop();
  }
}
