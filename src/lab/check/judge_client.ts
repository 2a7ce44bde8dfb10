/** The engine's half of the judge: starts its worker when there is something to judge, and ends it when there has been nothing for a while. */
import { type Remote, transfer } from "comlink";
import type { AnyPath } from "../../model/plans.ts";
import type { Sizes } from "../../model/tensors.ts";
import type { OperationReport } from "../../train/bisect.ts";
import type { Step } from "../../train/step.ts";
import { Answering, EndedError } from "../answering.ts";
import type { DifferenceReport } from "./differences.ts";
import type { Judge, Judging, Values, Verdict } from "./judge.ts";

/** Milliseconds without work after which the worker ends, and frees what it keeps of the last step. */
const IDLE = 60_000;

class JudgeWorker extends Answering<Judge> {
  /** Questions that it has not answered. */
  open = 0;

  constructor(onFailed: () => void) {
    super(new Worker(new URL("./judge_worker.ts", import.meta.url), { type: "module" }), {
      does: "judges",
      again: "run again, or reload the page",
      onFailed,
    });
  }
}

export class JudgeInWorker implements Judging {
  #worker: JudgeWorker | undefined;
  #idle: ReturnType<typeof setTimeout> | undefined;
  #newest = 0;
  #board: Promise<unknown> = Promise.resolve();

  /** Ends what is under way: nobody sees a board, or its tensors, once there is a newer one. */
  board(step: Step, level: AnyPath, values: Values): Promise<Verdict | undefined> {
    if (this.#worker && this.#worker.open > 0) this.close();
    this.#newest++;
    const verdict = this.#ask((judge) => judge.board(step, level, given(values)));
    this.#board = verdict.catch(() => {});
    return verdict;
  }

  /** Waits for the board; of those that wait, only the newest is judged. */
  async operation(
    sizes: Sizes,
    level: AnyPath,
    call: number,
    values: Values,
  ): Promise<OperationReport | undefined> {
    const mine = ++this.#newest;
    await this.#board;
    return mine === this.#newest
      ? this.#ask((judge) => judge.operation(sizes, level, call, given(values)))
      : undefined;
  }

  /** Waits for the board. */
  async difference(step: Step, name: string, index: number): Promise<DifferenceReport | undefined> {
    await this.#board;
    return this.#ask((judge) => judge.difference(step, name, index));
  }

  close(): void {
    clearTimeout(this.#idle);
    this.#worker?.end("");
    this.#worker = undefined;
  }

  /** Undefined if the worker is ended before it has answered. */
  async #ask<T>(question: (judge: Remote<Judge>) => Promise<T>): Promise<T | undefined> {
    clearTimeout(this.#idle);
    this.#worker ??= new JudgeWorker(() => this.close());
    const worker = this.#worker;
    worker.open++;
    try {
      return await worker.wait(question(worker.remote));
    } catch (error) {
      if (error instanceof EndedError) return undefined;
      throw error;
    } finally {
      worker.open--;
      if (worker === this.#worker && worker.open === 0) this.#idle = setTimeout(() => this.close(), IDLE);
    }
  }
}

/** Moved to the worker, not copied; several tensors may be windows into one buffer. */
const given = (values: Values): Values =>
  transfer(values, [
    ...new Set(
      Object.values(values).flatMap((v) => (ArrayBuffer.isView(v) ? [v.buffer as ArrayBuffer] : [])),
    ),
  ]);
