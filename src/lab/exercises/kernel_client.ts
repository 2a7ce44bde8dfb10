/** The page's half of the kernels' judge: one verdict at a time in a worker, which is ended if it does not answer. */
import { proxy, type Remote } from "comlink";
import { Answering } from "../answering.ts";
import type { JudgedKernel, KernelJudge, KernelQuestion } from "./kernel_judge.ts";
import type { KernelTrains } from "./kernels.ts";
import { underWay } from "./training.ts";
import { Turns } from "./turns.ts";

/** Milliseconds. A verdict takes eight seconds at most, and some steps of a training less: a worker that is silent for this long is stuck. */
const LIMIT = 10_000;
/** The same for the first steps of a training, for which a software device compiles two networks' kernels. */
const FIRST_STEPS = 60_000;

const stuck = (limit: number): string => `the kernel did not end within ${limit / 1000} s; your text is kept`;

export class JudgeKernels {
  #worker: KernelWorker | undefined;
  readonly #turns = new Turns();

  /**
   * The verdict on a text, after the one that is under way; undefined if a newer text has overtaken it.
   * @throws Error in one line if there is no device, or the worker fails or does not answer
   */
  judge(question: KernelQuestion): Promise<JudgedKernel | undefined> {
    return this.#turns.newest(() => {
      if (!this.#worker || this.#worker.ended) this.#worker = new KernelWorker();
      return this.#worker.ask((judge) => judge.judge(question));
    });
  }

  close(): void {
    this.#worker?.end("the exercises were closed");
  }
}

/** On a device of its own. */
export const trainKernel: KernelTrains = (question, steps, onLosses) => {
  const worker = new KernelWorker();
  const told = proxy((yours: number[], right: number[]) => {
    worker.heard();
    if (!worker.ended) onLosses(yours, right);
  });
  return underWay(worker, () => worker.ask((judge) => judge.train(question, steps, told), FIRST_STEPS));
};

class KernelWorker extends Answering<KernelJudge> {
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super(new Worker(new URL("./kernel_worker.ts", import.meta.url), { type: "module" }), {
      does: "runs kernels",
      again: "check again, or reload the page",
    });
  }

  async ask<T>(question: (judge: Remote<KernelJudge>) => Promise<T>, limit = LIMIT): Promise<T> {
    try {
      // Its code comes over the network, and a browser takes its time to open a device: neither is the text's fault.
      await this.wait(this.remote.prepare());
      this.#watch(limit);
      return await this.wait(question(this.remote));
    } finally {
      clearTimeout(this.#timer);
      this.#timer = undefined;
    }
  }

  /** It is not stuck. */
  heard(): void {
    if (this.#timer !== undefined) this.#watch(LIMIT);
  }

  #watch(limit: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.end(stuck(limit)), limit);
  }
}
