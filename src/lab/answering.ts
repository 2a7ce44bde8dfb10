/** The page's half of a worker that computes answers: it may fail, also without a word, and it may be ended while somebody waits. */
import { type Remote, wrap } from "comlink";
import type { Begun } from "./serve.ts";

/** The worker was ended before it had answered; the message says why. */
export class EndedError extends Error {
  override name = "EndedError";
}

/** The worker has failed, or could not be loaded; the message says why, and what to do. */
export class FailedError extends Error {
  override name = "FailedError";
}

/** Milliseconds in which a worker has to begin: its code comes over the network. */
const BEGIN = 15_000;

export class Answering<T> {
  readonly #worker: Worker;
  /** Why it gives no more answers. */
  #over: Error | undefined;
  /** Whoever waits. A promise in their place would keep every answer for as long as the worker lives. */
  readonly #waiting = new Set<(error: Error) => void>();
  readonly #late: ReturnType<typeof setTimeout>;
  readonly remote: Remote<T>;

  /**
   * @param o.does what it is there for, in messages: `judges lines`
   * @param o.again what the reader can do if it fails
   * @param o.onFailed called if it fails by itself, or could not be loaded
   */
  constructor(
    worker: Worker,
    o: { readonly does: string; readonly again: string; readonly onFailed?: (error: Error) => void },
  ) {
    this.#worker = worker;
    this.remote = wrap<T>(worker);
    const fail = (why: string): void => {
      if (this.#over) return;
      const error = new FailedError(`the worker that ${o.does} has failed: ${why}; ${o.again}`);
      this.#stop(error);
      o.onFailed?.(error);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      fail(event.message || "it could not be loaded");
    };
    this.#late = setTimeout(() => fail(`it did not begin within ${BEGIN / 1000} s`), BEGIN);
    worker.addEventListener("message", ({ data }: MessageEvent<Partial<Begun> | undefined>) => {
      if (!data?.begun) return;
      clearTimeout(this.#late);
      if (data.lock) navigator.locks.request(data.lock, () => fail("it has ended")).catch(() => {});
    });
  }

  get ended(): boolean {
    return this.#over !== undefined;
  }

  /** @throws EndedError, FailedError */
  wait<A>(answer: Promise<A>): Promise<A> {
    return new Promise((resolve, reject) => {
      if (this.#over) return reject(this.#over);
      this.#waiting.add(reject);
      const forget = () => this.#waiting.delete(reject);
      answer.then(resolve, reject).then(forget);
    });
  }

  /** Whatever waits for it fails. */
  end(why: string): void {
    this.#stop(new EndedError(why));
  }

  #stop(error: Error): void {
    if (this.#over) return;
    this.#over = error;
    clearTimeout(this.#late);
    this.#worker.terminate();
    for (const fail of this.#waiting) fail(error);
    this.#waiting.clear();
  }
}
