/** The page's half of the lines' judge: one judgement at a time in a worker, which is ended if one takes too long. */
import { proxy, type Remote, wrap } from "comlink";
import type { Source } from "../../exercises/files.ts";
import type { LineValues } from "../../exercises/judge.ts";
import type { LinesRow } from "../../exercises/report.ts";
import type { Trained } from "../../exercises/train.ts";
import type { Judged, LinesJudge, Question } from "./lines_judge.ts";
import type { OnLosses } from "./loss_messages.ts";

/** Milliseconds after which a judgement is given up: more than any text takes, but for a very slow machine. */
const LIMIT = 3000;
/** The same for a whole notebook's code, which may be a hundred times as long. */
const LIMIT_OF_A_FILE = 20_000;

const slow = (limit: number): string =>
  `judging was stopped after ${limit / 1000} seconds; the text is kept: leave out what computes more than the gradients need, and check again`;

interface Started {
  readonly judge: Remote<LinesJudge>;
  /** Resolves once the first judgement can begin. */
  prepared?: Promise<void>;
  /** Rejects if the worker could not be loaded, or is ended while something waits for it. */
  readonly ended: Promise<never>;
  end(why: string): void;
}

export class JudgeLines {
  #started: Started | undefined;
  #newest = 0;
  #running: Promise<unknown> = Promise.resolve();
  /** The text that the worker has the values of. */
  #last: Judged | undefined;

  /**
   * The verdict on a text, after the one that is under way; undefined if a newer text has overtaken it.
   * @throws Error in one line if it takes too long, or the worker fails
   */
  judge(question: Question): Promise<Judged | undefined> {
    const mine = ++this.#newest;
    return this.#inTurn(async () => {
      if (mine !== this.#newest) return undefined;
      this.#last = undefined;
      const judged = await this.#ask((judge) => judge.judge(question), LIMIT);
      this.#last = judged;
      return mine === this.#newest ? judged : undefined;
    });
  }

  /** Values of a gradient in a text; undefined if it is not the one that was judged last. */
  async values(of: Judged, row: Pick<LinesRow, "name" | "exercise">): Promise<LineValues | undefined> {
    if (of !== this.#last) return undefined;
    const values = await this.#ask((judge) => judge.values(row), LIMIT);
    return of === this.#last ? values : undefined;
  }

  /** What of a file's code makes gradients, as one text; undefined if nothing does. */
  found(source: Source): Promise<string | undefined> {
    return this.#inTurn(() => this.#ask((judge) => judge.found(source), LIMIT_OF_A_FILE));
  }

  close(): void {
    this.#started?.end("the exercises were closed");
    this.#started = undefined;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#running.then(work);
    this.#running = mine.catch(() => {});
    return mine;
  }

  async #ask<T>(question: (judge: Remote<LinesJudge>) => Promise<T>, limit: number): Promise<T> {
    this.#started ??= start(() => this.close());
    const started = this.#started;
    let timer: ReturnType<typeof setTimeout> | undefined;
    try {
      // Its code comes over the network, and a first judgement has more to compute: neither is the text's fault.
      started.prepared ??= started.judge.prepare();
      await Promise.race([started.prepared, started.ended]);
      timer = setTimeout(() => {
        started.end(slow(limit));
        if (this.#started === started) this.#started = undefined;
      }, limit);
      return await Promise.race([question(started.judge), started.ended]);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** A training under way. */
export interface TrainingUnderWay {
  /** Undefined if the text computes no gradient, or the training was stopped. */
  readonly trained: Promise<Trained | undefined>;
  stop(): void;
}

/** Exercise 4, in a worker of its own: verdicts go on, and stopping costs nothing else. */
export function trainLines(text: string, steps: number, onLosses: OnLosses): TrainingUnderWay {
  let stopped = false;
  const started = start(() => {});
  const train = async (): Promise<Trained | undefined> => {
    try {
      const training = started.judge.train(text, steps, proxy(onLosses));
      return await Promise.race([training, started.ended]);
    } catch (error) {
      if (stopped) return undefined;
      throw error;
    } finally {
      started.end("");
    }
  };
  return {
    trained: train(),
    stop: () => {
      stopped = true;
      started.end("");
    },
  };
}

function start(failed: () => void): Started {
  const worker = new Worker(new URL("./lines_worker.ts", import.meta.url), { type: "module" });
  let end: Started["end"] = () => {};
  const ended = new Promise<never>((_, reject) => {
    worker.onerror = (event) => {
      event.preventDefault();
      const why = event.message ?? "it could not be loaded";
      reject(new Error(`the worker that judges lines has failed: ${why}; check again, or reload the page`));
      failed();
    };
    end = (why) => {
      worker.terminate();
      reject(new Error(why));
    };
  });
  // Nobody may be waiting.
  ended.catch(() => {});
  return { judge: wrap<LinesJudge>(worker), ended, end };
}
