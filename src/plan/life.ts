/** What has a state can be closed, and does one thing at a time. */

/** Something is closed that is still being used: what it is, and what was going on if it was closed meanwhile. */
export class ClosedError extends Error {
  override name = "ClosedError";
  /** What was closed: "the machine CPU reference (float32)". */
  readonly closed: string;
  /** What was going on when it was closed: "plan evaluate ran"; undefined if it was closed before. */
  readonly during: string | undefined;

  constructor(closed: string, during?: string, options?: ErrorOptions) {
    super(
      during === undefined
        ? `${closed} is closed; make a new one`
        : `${closed} was closed while ${during}; close it when that has ended`,
      options,
    );
    this.closed = closed;
    this.during = during;
  }
}

/** Something is in use already, and can do only one thing at a time. */
export class BusyError extends Error {
  override name = "BusyError";
}

/** From its making until it is closed; what lives on something else ends with that too. */
export class Life {
  /** What it is, for messages: "plan fused". */
  readonly name: string;
  readonly #on: Life | undefined;
  #closed = false;
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  constructor(name: string, on?: Life) {
    this.name = name;
    this.#on = on;
  }

  close(): void {
    this.#closed = true;
  }

  /** What is closed: this, or what it lives on. */
  get ended(): Life | undefined {
    return this.#closed ? this : this.#on?.ended;
  }

  /** @throws ClosedError if it is closed */
  requireOpen(): void {
    if (this.ended) throw new ClosedError(this.ended.name);
  }

  /**
   * Does `work`. If it is closed meanwhile, what became of the work does not count: every device fails in its own way then.
   * @param verb what is going on: "ran"
   * @throws ClosedError
   */
  async during<T>(verb: string, work: () => Promise<T>): Promise<T> {
    this.requireOpen();
    let cause: unknown;
    try {
      const result = await work();
      if (!this.ended) return result;
    } catch (error) {
      if (!this.ended || error instanceof ClosedError) throw error;
      cause = error;
    }
    throw this.#closedWhile(verb, cause);
  }

  /** {@link during}, once all is done whose turn came before. @throws ClosedError */
  inTurn<T>(verb: string, work: () => Promise<T>): Promise<T> {
    this.#waiting++;
    const before = this.#last;
    const result = this.during(verb, async () => {
      await before;
      if (this.ended) throw this.#closedWhile(verb);
      return work();
    }).finally(() => {
      this.#waiting--;
    });
    this.#last = result.catch(() => {});
    return result;
  }

  /**
   * For what cannot wait for its turn, and would come before calls that were made earlier.
   * @throws BusyError, ClosedError
   */
  requireIdle(wanted: string): void {
    this.requireOpen();
    if (this.#waiting > 0)
      throw new BusyError(`${this.name} is at work: wait for its run() or download() before ${wanted}`);
  }

  #closedWhile(verb: string, cause?: unknown): ClosedError {
    const { ended } = this;
    return new ClosedError(ended!.name, `${ended === this ? "it" : this.name} ${verb}`, { cause });
  }
}
