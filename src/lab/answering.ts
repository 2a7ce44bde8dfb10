/** The page's half of a worker that computes answers: it may fail, and it may be ended while somebody waits. */
import { type Remote, wrap } from "comlink";

/** The worker was ended before it had answered; the message says why. */
export class EndedError extends Error {
  override name = "EndedError";
}

export class Answering<T> {
  readonly #worker: Worker;
  readonly #failed: Promise<never>;
  #fail: (error: Error) => void = () => {};
  #ended = false;
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
    this.#failed = new Promise<never>((_, reject) => {
      this.#fail = reject;
    });
    // Nobody may be waiting.
    this.#failed.catch(() => {});
    worker.onerror = (event) => {
      event.preventDefault();
      const why = event.message ?? "it could not be loaded";
      this.#stop(new Error(`the worker that ${o.does} has failed: ${why}; ${o.again}`));
      o.onFailed?.();
    };
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** @throws EndedError, or Error in one line if the worker fails */
  wait<A>(answer: Promise<A>): Promise<A> {
    return Promise.race([answer, this.#failed]);
  }

  /** Whatever waits for it fails. */
  end(why: string): void {
    this.#stop(new EndedError(why));
  }

  #stop(error: Error): void {
    this.#ended = true;
    this.#worker.terminate();
    this.#fail(error);
  }
}
