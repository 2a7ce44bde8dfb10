/** `grade` for a file of the notebook's lines. */
import { bundledExamples } from "../exercises/examples.ts";
import { readSource, type Source } from "../exercises/files.ts";
import { Judgement } from "../exercises/judge.ts";
import { type Trained, trainBeside, withTraining } from "../exercises/train.ts";
import { readBytes } from "../node/files.ts";
import { formatHints, requireNoHints, spellingsOf, wantedHints } from "./hints.ts";
import type { GradeOptions } from "./options.ts";
import { type Output, output } from "./output.ts";
import { aside, formatRows, formatTraining, toHint, verdictOf } from "./verdicts.ts";

export async function gradeLinesFile(file: string, o: GradeOptions): Promise<void> {
  const wanted = o.hint === undefined ? undefined : wantedHints(o.hint);
  if (o.json) requireNoHints(o);
  const out = output(o);
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

async function train(source: Source, steps: number, out: Output): Promise<Trained | undefined> {
  const examples = await bundledExamples();
  const bar = out.bar(steps);
  try {
    return await trainBeside(source, {
      ...examples,
      steps,
      onStep: (done) => bar.update(done, "training beside the right gradients"),
    });
  } finally {
    bar.stop();
  }
}
