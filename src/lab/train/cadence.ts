/** When something that is done again and again during a run is due, so that it takes at most a tenth of the run. No clock of its own. */

/** The least time from one to the next, in what one takes. */
const PAUSE = 10;
/** The first one may have had kernels compiled, so the wait after it is at most so many times the usual one. */
const FIRST = 2;

/** All times are in milliseconds. */
export class Cadence {
  readonly #every: number;
  /** How long the last two took; of the newest first. */
  #took: readonly number[] = [];
  /** The end of the last one. */
  #ended = Number.NEGATIVE_INFINITY;
  #due = 0;

  /** @param every from the end of one to the next, at least */
  constructor(every: number) {
    this.#every = every;
  }

  get due(): number {
    return this.#due;
  }

  /** The run begins, or goes on. */
  begin(now: number): void {
    this.#due = now + this.#every / 2;
  }

  /** One has just ended. */
  done(start: number, end: number): void {
    this.#took = [end - start, ...this.#took].slice(0, 2);
    this.#ended = end;
    this.#due = end + Math.max(this.#every, this.#pause());
  }

  /** There is a reason to do it now, unless that would take more than a tenth. */
  hurry(now: number): void {
    if (this.#took.length > 0) this.#due = Math.min(this.#due, Math.max(now, this.#ended + this.#pause()));
  }

  /** Of the last two the faster one counts: one by itself may have met a busy machine. */
  #pause(): number {
    const pause = PAUSE * Math.min(...this.#took);
    return this.#took.length > 1 ? pause : Math.min(pause, FIRST * this.#every);
  }
}
