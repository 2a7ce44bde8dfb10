/** The engine's half of the judge: starts its worker when there is something to judge, and ends it when there has been nothing for a while. */
import { type Remote, transfer, wrap } from "comlink";
import type { Sizes } from "../../model/tensors.ts";
import type { OperationReport } from "../../train/bisect.ts";
import type { Step } from "../../train/step.ts";
import type { Judge, Judging, Values, Verdict } from "./judge.ts";

/** Milliseconds without work after which the worker ends, and frees what it keeps of the last step. */
const IDLE = 60_000;

interface Started {
  readonly judge: Remote<Judge>;
  /** Resolves when the worker is ended before it has answered; rejects if it could not be loaded. */
  readonly ended: Promise<undefined>;
  /** Questions that it has not answered. */
  open: number;
  end(): void;
}

export class JudgeInWorker implements Judging {
  #started: Started | undefined;
  #idle: ReturnType<typeof setTimeout> | undefined;
  #newest = 0;
  #board: Promise<unknown> = Promise.resolve();

  /** Ends what is under way: nobody sees a board, or its tensors, once there is a newer one. */
  board(step: Step, values: Values): Promise<Verdict | undefined> {
    if (this.#started && this.#started.open > 0) this.close();
    this.#newest++;
    const verdict = this.#ask((judge) => judge.board(step, given(values)));
    this.#board = verdict.catch(() => {});
    return verdict;
  }

  /** Waits for the board; of those that wait, only the newest is judged. */
  async operation(sizes: Sizes, call: number, values: Values): Promise<OperationReport | undefined> {
    const mine = ++this.#newest;
    await this.#board;
    return mine === this.#newest
      ? this.#ask((judge) => judge.operation(sizes, call, given(values)))
      : undefined;
  }

  close(): void {
    clearTimeout(this.#idle);
    this.#started?.end();
    this.#started = undefined;
  }

  async #ask<T>(question: (judge: Remote<Judge>) => Promise<T>): Promise<T | undefined> {
    clearTimeout(this.#idle);
    this.#started ??= start(() => this.close());
    const started = this.#started;
    started.open++;
    try {
      return await Promise.race([question(started.judge), started.ended]);
    } finally {
      started.open--;
      if (started === this.#started && started.open === 0) this.#idle = setTimeout(() => this.close(), IDLE);
    }
  }
}

function start(failed: () => void): Started {
  const worker = new Worker(new URL("./judge_worker.ts", import.meta.url), { type: "module" });
  let end = () => {};
  const ended = new Promise<undefined>((resolve, reject) => {
    worker.onerror = (event) => {
      event.preventDefault();
      const why = event.message ?? "it could not be loaded";
      reject(new Error(`the worker that judges has failed: ${why}; run again, or reload the page`));
      failed();
    };
    end = () => {
      worker.terminate();
      resolve(undefined);
    };
  });
  // Nobody may be waiting.
  ended.catch(() => {});
  return { judge: wrap<Judge>(worker), ended, open: 0, end };
}

/** Moved to the worker, not copied; several tensors may be windows into one buffer. */
const given = (values: Values): Values =>
  transfer(values, [
    ...new Set(
      Object.values(values).flatMap((v) => (ArrayBuffer.isView(v) ? [v.buffer as ArrayBuffer] : [])),
    ),
  ]);
