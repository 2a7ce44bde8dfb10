/** The page's half of a worker that computes answers: it may fail, and it may be ended while somebody waits. */
import { type Remote, wrap } from "comlink";

/** The worker was ended before it had answered; the message says why. */
export class EndedError extends Error {
  override name = "EndedError";
}

export class Answering<T> {
  readonly #worker: Worker;
  /** Why it gives no more answers. */
  #over: Error | undefined;
  /** Whoever waits. A promise in their place would keep every answer for as long as the worker lives. */
  readonly #waiting = new Set<(error: Error) => void>();
  readonly remote: Remote<T>;

  /**
   * @param o.does what it is there for, in messages: `judges lines`
   * @param o.again what the reader can do if it fails
   * @param o.onFailed called if it fails by itself, or could not be loaded
   */
  constructor(
    worker: Worker,
    o: { readonly does: string; readonly again: string; readonly onFailed?: () => void },
  ) {
    this.#worker = worker;
    this.remote = wrap<T>(worker);
    worker.onerror = (event) => {
      event.preventDefault();
      const why = event.message ?? "it could not be loaded";
      this.#stop(new Error(`the worker that ${o.does} has failed: ${why}; ${o.again}`));
      o.onFailed?.();
    };
  }

  get ended(): boolean {
    return this.#over !== undefined;
  }

  /** @throws EndedError, or Error in one line if the worker fails */
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
    this.#over ??= error;
    this.#worker.terminate();
    for (const fail of this.#waiting) fail(this.#over);
    this.#waiting.clear();
  }
}
