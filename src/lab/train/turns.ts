/** Work on a device, one piece after another: training in submits, and what comes between two of them. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /** Whether something waits for the piece that is under way. */
  get wanted(): boolean {
    return this.#waiting > 0;
  }

  /** Does `work` once all is done whose turn came before. */
  take<T>(work: () => Promise<T>): Promise<T> {
    this.#waiting++;
    const result = this.#last.then(() => {
      this.#waiting--;
      return work();
    });
    this.#last = result.catch(() => {});
    return result;
  }

  /** Resolves once all that was asked for so far is done, even with an error. */
  async done(): Promise<void> {
    await this.#last;
  }
}
