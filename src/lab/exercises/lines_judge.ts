/** What the exercises' worker computes: verdicts on lines, their values, and trainings. No DOM. */
import { answers } from "../../exercises/answers.ts";
import { bundledExamples } from "../../exercises/examples.ts";
import type { Source } from "../../exercises/files.ts";
import { Judgement, type LineValues, type Shown } from "../../exercises/judge.ts";
import type { LinesReport, LinesRow } from "../../exercises/report.ts";
import { type Trained, trainBeside } from "../../exercises/train.ts";
import { LossMessages, type OnLosses } from "./loss_messages.ts";
import { notebookText } from "./notebook.ts";
import type { ExerciseNumber } from "./sheets.ts";

export interface Question {
  readonly text: string;
  /** Undefined for whatever the text defines. */
  readonly exercise: ExerciseNumber | undefined;
}

export interface Judged {
  readonly text: string;
  readonly report: LinesReport;
  readonly shown: Shown;
}

export class LinesJudge {
  #last: Judgement | undefined;

  /** What the first judgement would have to wait for. */
  prepare(): void {
    answers();
  }

  judge({ text, exercise }: Question): Judged {
    this.#last = new Judgement(text, { exercise });
    const { prints, skipped, errors, notes } = this.#last.shown();
    return { text, report: this.#last.report, shown: { prints, skipped, errors, notes } };
  }

  /** Values of a gradient in the text that was judged last. */
  values(row: Pick<LinesRow, "name" | "exercise">): LineValues | undefined {
    return this.#last?.values(row);
  }

  /** What {@link notebookText} makes of a file's code. */
  found(source: Source): string | undefined {
    return notebookText(source);
  }

  /** Exercise 4. Undefined if the text computes no gradient. */
  async train(text: string, steps: number, onLosses: OnLosses): Promise<Trained | undefined> {
    const examples = await bundledExamples();
    const losses = new LossMessages(onLosses);
    const trained = await trainBeside(text, {
      ...examples,
      steps,
      onStep: (_, { yours, right }) => losses.add(yours, right),
    });
    losses.send();
    return trained;
  }
}
