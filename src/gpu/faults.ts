/** No command fails in silence: everything that is asked of a device stands under error scopes. */

/** The device refused a command, or had no memory for it: what it was to compute is missing. */
export class GpuFault extends Error {
  override name = "GpuFault";
  /** What the device said. */
  readonly error: GPUError;

  constructor(what: string, error: GPUError) {
    super(`the device refused ${what}: ${oneLine(error.message)}`);
    this.error = error;
  }
}

/** A plan was used whose device had been lost; the machine may have a new one, and the plan is to be compiled again. */
export class StaleError extends Error {
  override name = "StaleError";

  constructor(plan: string, cause: unknown) {
    super(`the device that plan ${plan} was compiled for was lost: compile it again`, { cause });
  }
}

/** What Dawn says without its C++ stack. */
const oneLine = (message: string): string =>
  message
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("at "))
    .join(" ");

const FILTERS: readonly GPUErrorFilter[] = ["validation", "out-of-memory", "internal"];

export class Watch {
  readonly #device: GPUDevice;
  readonly #what: string;
  #verdicts: Promise<GPUError | null>[] = [];

  /** @param what is watched, for messages */
  constructor(device: GPUDevice, what: string) {
    this.#device = device;
    this.#what = what;
  }

  /** Asks something of the device, at once. */
  over<T>(work: () => T): T {
    for (const filter of FILTERS) this.#device.pushErrorScope(filter);
    try {
      return work();
    } finally {
      for (const _ of FILTERS) this.#verdicts.push(this.#device.popErrorScope());
    }
  }

  /**
   * Resolves when the device has taken all that was asked since the last time.
   * @throws GpuFault for the first thing that it refused
   */
  async passed(): Promise<void> {
    const verdicts = this.#verdicts;
    this.#verdicts = [];
    for (const error of await Promise.all(verdicts)) if (error) throw new GpuFault(this.#what, error);
  }
}
