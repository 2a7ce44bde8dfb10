/** Exercise 4: the losses of a training, step by step. */
import { type ReadonlySignal, signal } from "@preact/signals";
import type { Trained } from "../../exercises/train.ts";
import type { TrainingUnderWay } from "./judge_lines.ts";
import type { OnLosses } from "./loss_messages.ts";

/** {@link trainLines}, or a stand-in. */
export type Trains = (text: string, steps: number, onLosses: OnLosses) => TrainingUnderWay;

export interface TrainingRun {
  /** The text that trains. */
  readonly text: string;
  readonly steps: number;
  readonly running: boolean;
  /** The losses so far, with the text's gradients and with the right ones; of step 0 first. */
  readonly yours: readonly number[];
  readonly right: readonly number[];
  readonly result?: Trained;
  /** Why there is no result. */
  readonly problem?: string;
}

export class LinesTraining {
  readonly #trains: Trains;
  readonly #run = signal<TrainingRun | undefined>(undefined);
  #underWay: TrainingUnderWay | undefined;

  constructor(trains: Trains) {
    this.#trains = trains;
  }

  get run(): ReadonlySignal<TrainingRun | undefined> {
    return this.#run;
  }

  /** A new training ends the one before. */
  async start(text: string, steps: number): Promise<void> {
    this.#underWay?.stop();
    this.#run.value = { text, steps, running: true, yours: [], right: [] };
    const mine = this.#trains(text, steps, (yours, right) => {
      const run = this.#run.value;
      if (mine !== this.#underWay || !run) return;
      this.#run.value = { ...run, yours: [...run.yours, ...yours], right: [...run.right, ...right] };
    });
    this.#underWay = mine;
    let result: Trained | undefined;
    let problem: string | undefined;
    try {
      result = await mine.trained;
      if (!result) problem = "nothing trains: no line gives a gradient";
    } catch (error) {
      problem = (error as Error).message;
    }
    if (mine !== this.#underWay) return;
    this.#underWay = undefined;
    this.#run.value = { ...this.#run.value!, running: false, result, problem };
  }

  /** What there is of it stays. */
  stop(): void {
    this.#underWay?.stop();
    this.#underWay = undefined;
    const run = this.#run.value;
    if (run?.running) this.#run.value = { ...run, running: false };
  }
}
