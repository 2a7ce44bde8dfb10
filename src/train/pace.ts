/**
 * How many steps go into one submit: as many as fit the target time, so that no watchdog fires, a page stays
 * responsive and Ctrl-C is heard. It never changes a result.
 */
export class Pace {
  #steps: number;
  readonly #target: number;

  /**
   * @param target milliseconds of work per submit
   * @param first steps of the first submit
   */
  constructor(target = 50, first = 1) {
    this.#target = target;
    this.#steps = first;
  }

  /** Steps for the next submit, at most `most`. */
  next(most: number): number {
    return Math.max(1, Math.min(this.#steps, most));
  }

  /**
   * Takes note of how many milliseconds a submit of `steps` worked. Grows at most fourfold at a time: the first ones are slow to start. One that
   * was shorter than it might have been, since a run ended, leaves what was allowed before, if it would still fit.
   */
  record(steps: number, milliseconds: number): void {
    const fitting = Math.floor((steps * this.#target) / Math.max(milliseconds, 0.01));
    this.#steps = Math.max(1, Math.min(fitting, Math.max(4 * steps, this.#steps)));
  }
}
