/** Work for a worker that does one thing at a time. */
export class Turns {
  #newest = 0;
  #running: Promise<unknown> = Promise.resolve();

  /** After what is under way. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#running.then(work);
    this.#running = mine.catch(() => {});
    return mine;
  }

  /** The same, but undefined if newer work has come before this is done; of what waits, only the newest is begun. */
  newest<T>(work: () => Promise<T>): Promise<T | undefined> {
    const mine = ++this.#newest;
    return this.inTurn(async () => {
      if (mine !== this.#newest) return undefined;
      const done = await work();
      return mine === this.#newest ? done : undefined;
    });
  }
}
