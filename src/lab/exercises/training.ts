/** A network trained with what the reader has written beside one trained with what is right: under way in a worker, and what there is to see of it. No DOM. */
import { type ReadonlySignal, signal } from "@preact/signals";
import type { Trained } from "../../exercises/train.ts";
import type { Answering } from "../answering.ts";
import type { OnLosses } from "./loss_messages.ts";

/** A training under way. */
export interface UnderWay<R> {
  /** Undefined if nothing trains, or it was stopped. */
  readonly trained: Promise<R | undefined>;
  stop(): void;
}

/** {@link trainLines}, or a stand-in. */
export type Trains = (text: string, steps: number, onLosses: OnLosses) => UnderWay<Trained>;

/** In a worker that is there for this training alone: verdicts go on, and stopping costs nothing else. */
export function underWay<R>(
  worker: Pick<Answering<unknown>, "end">,
  run: () => Promise<R | undefined>,
): UnderWay<R> {
  let stopped = false;
  const train = async (): Promise<R | undefined> => {
    try {
      return await run();
    } catch (error) {
      if (stopped) return undefined;
      throw error;
    } finally {
      worker.end("");
    }
  };
  return {
    trained: train(),
    stop: () => {
      stopped = true;
      worker.end("");
    },
  };
}

/** What trains. */
export interface Trainee {
  readonly text: string;
  readonly steps: number;
}

export interface Compared<R> {
  readonly running: boolean;
  /** The losses so far, with the text and with what is right in its place; of step 0 first. */
  readonly yours: readonly number[];
  readonly right: readonly number[];
  readonly result?: R;
  /** Why there is no result. */
  readonly problem?: string;
}

/** The last training. */
export class Training<T extends Trainee, R> {
  readonly #nothing: string | undefined;
  readonly #run = signal<(T & Compared<R>) | undefined>(undefined);
  #underWay: UnderWay<R> | undefined;

  /** @param nothing what a training without a result means, unless it was stopped */
  constructor(nothing?: string) {
    this.#nothing = nothing;
  }

  get run(): ReadonlySignal<(T & Compared<R>) | undefined> {
    return this.#run;
  }

  /** A new training ends the one before. */
  async start(trainee: T, begin: (onLosses: OnLosses) => UnderWay<R>): Promise<void> {
    this.#underWay?.stop();
    this.#run.value = { ...trainee, running: true, yours: [], right: [] };
    const mine = begin((yours, right) => {
      const run = this.#run.value;
      if (mine !== this.#underWay || !run) return;
      this.#run.value = { ...run, yours: [...run.yours, ...yours], right: [...run.right, ...right] };
    });
    this.#underWay = mine;
    let result: R | undefined;
    let problem: string | undefined;
    try {
      result = await mine.trained;
      if (!result) problem = this.#nothing;
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
