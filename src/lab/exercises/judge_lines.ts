/** The page's half of the lines' judge: one judgement at a time in a worker, which is ended if one takes too long. */
import { proxy, type Remote } from "comlink";
import type { Source } from "../../exercises/files.ts";
import type { LineValues } from "../../exercises/judge.ts";
import type { LinesRow } from "../../exercises/report.ts";
import { Answering } from "../answering.ts";
import type { Judged, LinesJudge, Question } from "./lines_judge.ts";
import { type Trains, underWay } from "./training.ts";
import { Turns } from "./turns.ts";

/** Milliseconds after which a judgement is given up: more than any text takes, but for a very slow machine. */
const LIMIT = 3000;
/** The same for a whole notebook's code, which may be a hundred times as long. */
const LIMIT_OF_A_FILE = 20_000;

const slow = (limit: number): string =>
  `judging was stopped after ${limit / 1000} seconds; the text is kept: leave out what computes more than the gradients need, and check again`;

class LinesWorker extends Answering<LinesJudge> {
  #prepared: Promise<unknown> | undefined;

  constructor(onFailed: () => void = () => {}) {
    super(new Worker(new URL("./lines_worker.ts", import.meta.url), { type: "module" }), {
      does: "judges lines",
      again: "check again, or reload the page",
      onFailed,
    });
  }

  /** Resolves once the first judgement can begin. */
  prepared(): Promise<unknown> {
    this.#prepared ??= this.remote.prepare();
    return this.wait(this.#prepared);
  }
}

export class JudgeLines {
  #worker: LinesWorker | undefined;
  readonly #turns = new Turns();
  /** The text that the worker has the values of. */
  #last: Judged | undefined;

  /**
   * The verdict on a text, after the one that is under way; undefined if a newer text has overtaken it.
   * @throws Error in one line if it takes too long, or the worker fails
   */
  judge(question: Question): Promise<Judged | undefined> {
    return this.#turns.newest(async () => {
      this.#last = undefined;
      const judged = await this.#ask((judge) => judge.judge(question), LIMIT);
      this.#last = judged;
      return judged;
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
    return this.#turns.inTurn(() => this.#ask((judge) => judge.found(source), LIMIT_OF_A_FILE));
  }

  close(): void {
    this.#worker?.end("the exercises were closed");
    this.#worker = undefined;
  }

  async #ask<T>(question: (judge: Remote<LinesJudge>) => Promise<T>, limit: number): Promise<T> {
    this.#worker ??= new LinesWorker(() => this.close());
    const worker = this.#worker;
    let timer: ReturnType<typeof setTimeout> | undefined;
    try {
      // Its code comes over the network, and a first judgement has more to compute: neither is the text's fault.
      await worker.prepared();
      timer = setTimeout(() => {
        worker.end(slow(limit));
        if (this.#worker === worker) this.#worker = undefined;
      }, limit);
      return await worker.wait(question(worker.remote));
    } finally {
      clearTimeout(timer);
    }
  }
}

/** Exercise 4. Undefined if the text computes no gradient. */
export const trainLines: Trains = (text, steps, onLosses) => {
  const worker = new LinesWorker();
  return underWay(worker, () => worker.wait(worker.remote.train(text, steps, proxy(onLosses))));
};
