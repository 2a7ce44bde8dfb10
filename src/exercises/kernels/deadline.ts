/** What is waited for while a kernel is judged: for so long and no longer, and not for a device that is lost. */

import { onLoss } from "../../gpu/loss.ts";
import { LateError } from "../../plan/late.ts";

export class LostError extends Error {
  override name = "LostError";
}

/** What a device still does for texts whose verdicts did not wait for it. */
const unfinished = new WeakMap<GPUDevice, Set<Promise<unknown>>>();

export class Deadline {
  readonly #device: GPUDevice;
  readonly #end: number;
  readonly #unfinished: Set<Promise<unknown>>;

  constructor(device: GPUDevice, milliseconds: number) {
    this.#device = device;
    this.#end = performance.now() + milliseconds;
    this.#unfinished = unfinished.get(device) ?? new Set();
    unfinished.set(this.#device, this.#unfinished);
  }

  /** Milliseconds. */
  get left(): number {
    return this.#end - performance.now();
  }

  /** @throws LateError, LostError */
  async wait<T>(work: Promise<T>): Promise<T> {
    this.#unfinished.add(work);
    const done = () => this.#unfinished.delete(work);
    work.then(done, done);
    let stop = (): void => {};
    const over = new Promise<never>((_, reject) => {
      const timer = setTimeout(() => reject(new LateError()), Math.max(0, this.left));
      const forget = onLoss(this.#device, ({ message, reason }) => reject(new LostError(message || reason)));
      stop = () => {
        clearTimeout(timer);
        forget();
      };
    });
    try {
      return await Promise.race([work, over]);
    } finally {
      stop();
    }
  }

  /** Waits for what earlier texts have left behind. @returns whether that was done in time @throws LostError */
  async free(): Promise<boolean> {
    try {
      await this.wait(Promise.allSettled([...this.#unfinished]));
      return true;
    } catch (error) {
      if (error instanceof LateError) return false;
      throw error;
    }
  }
}
