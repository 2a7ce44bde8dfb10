/** Losses on their way from a worker to the page: a message for many steps. */

/** Losses of the steps since the last time. */
export type OnLosses = (yours: number[], right: number[]) => void;

/** Milliseconds between two messages. */
const PAUSE = 100;

export class LossMessages {
  readonly #tell: OnLosses;
  #losses: [yours: number[], right: number[]] = [[], []];
  #last = performance.now();

  constructor(tell: OnLosses) {
    this.#tell = tell;
  }

  add(yours: number, right: number): void {
    this.#losses[0].push(yours);
    this.#losses[1].push(right);
    if (performance.now() - this.#last > PAUSE) this.send();
  }

  send(): void {
    if (this.#losses[0].length > 0) this.#tell(...this.#losses);
    this.#losses = [[], []];
    this.#last = performance.now();
  }
}
