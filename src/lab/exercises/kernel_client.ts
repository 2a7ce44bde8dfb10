/** The page's half of the kernels' judge: one verdict at a time in a worker, which is ended if it does not answer. */
import { proxy, type Remote, wrap } from "comlink";
import type { KernelTrained } from "../../exercises/kernels/train.ts";
import type { JudgedKernel, KernelJudge, KernelQuestion } from "./kernel_judge.ts";
import type { OnLosses } from "./loss_messages.ts";

/** Milliseconds. A verdict takes eight seconds at most, and some steps of a training less: a worker that is silent for this long is stuck. */
const LIMIT = 10_000;
/** The same for the first steps of a training, for which a software device compiles two networks' kernels. */
const FIRST_STEPS = 60_000;

const stuck = (limit: number): string => `the kernel did not end within ${limit / 1000} s; your text is kept`;

export class JudgeKernels {
  #worker: KernelWorker | undefined;
  #newest = 0;
  #running: Promise<unknown> = Promise.resolve();

  /**
   * The verdict on a text, after the one that is under way; undefined if a newer text has overtaken it.
   * @throws Error in one line if there is no device, or the worker fails or does not answer
   */
  judge(question: KernelQuestion): Promise<JudgedKernel | undefined> {
    const mine = ++this.#newest;
    const verdict = this.#running.then(async () => {
      if (mine !== this.#newest) return undefined;
      if (!this.#worker || this.#worker.ended) this.#worker = new KernelWorker();
      const judged = await this.#worker.ask((judge) => judge.judge(question));
      return mine === this.#newest ? judged : undefined;
    });
    this.#running = verdict.catch(() => {});
    return verdict;
  }

  close(): void {
    this.#worker?.end("the exercises were closed");
  }
}

/** A training under way. */
export interface KernelTraining {
  /** Undefined if it was stopped. */
  readonly trained: Promise<KernelTrained | undefined>;
  stop(): void;
}

/** In a worker and on a device of its own: verdicts go on, and stopping costs nothing else. */
export function trainKernel(question: KernelQuestion, steps: number, onLosses: OnLosses): KernelTraining {
  const worker = new KernelWorker();
  let stopped = false;
  const told = proxy((yours: number[], right: number[]) => {
    worker.heard();
    if (!stopped) onLosses(yours, right);
  });
  const train = async (): Promise<KernelTrained | undefined> => {
    try {
      return await worker.ask((judge) => judge.train(question, steps, told), FIRST_STEPS);
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

class KernelWorker {
  readonly #worker = new Worker(new URL("./kernel_worker.ts", import.meta.url), { type: "module" });
  readonly #judge: Remote<KernelJudge> = wrap<KernelJudge>(this.#worker);
  readonly #failed: Promise<never>;
  #fail: (why: string) => void = () => {};
  #timer: ReturnType<typeof setTimeout> | undefined;
  #ended = false;

  constructor() {
    this.#failed = new Promise<never>((_, reject) => {
      this.#fail = (why) => reject(new Error(why));
    });
    // Nobody may be waiting.
    this.#failed.catch(() => {});
    this.#worker.onerror = (event) => {
      event.preventDefault();
      const why = event.message ?? "it could not be loaded";
      this.end(`the worker that runs kernels has failed: ${why}; check again, or reload the page`);
    };
  }

  get ended(): boolean {
    return this.#ended;
  }

  async ask<T>(question: (judge: Remote<KernelJudge>) => Promise<T>, limit = LIMIT): Promise<T> {
    try {
      // Its code comes over the network, and a browser takes its time to open a device: neither is the text's fault.
      await Promise.race([this.#judge.prepare(), this.#failed]);
      this.#watch(limit);
      return await Promise.race([question(this.#judge), this.#failed]);
    } finally {
      clearTimeout(this.#timer);
      this.#timer = undefined;
    }
  }

  /** It is not stuck. */
  heard(): void {
    if (this.#timer !== undefined) this.#watch(LIMIT);
  }

  /** Whatever waits for it fails. */
  end(why: string): void {
    this.#ended = true;
    this.#worker.terminate();
    this.#fail(why);
  }

  #watch(limit: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.end(stuck(limit)), limit);
  }
}
