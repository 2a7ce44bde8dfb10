/** No command fails silently: every call to a device is made inside error scopes. */

/** The device refused a command or ran out of memory: the result is missing. */
export class GpuFault extends Error {
  override name = "GpuFault";
  /** The device's own error. */
  readonly error: GPUError;

  constructor(what: string, error: GPUError) {
    super(`the device refused ${what}: ${oneLine(error.message)}`);
    this.error = error;
  }
}

/** The device of this plan was lost. The machine may have a new one: compile the plan again. */
export class StaleError extends Error {
  override name = "StaleError";
  readonly plan: string;

  constructor(plan: string, cause?: unknown) {
    super(`the device that plan ${plan} was compiled for was lost: compile it again`, { cause });
    this.plan = plan;
  }
}

/** Dawn's message without its C++ stack. */
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

  /** @param what is being watched, for messages */
  constructor(device: GPUDevice, what: string) {
    this.#device = device;
    this.#what = what;
  }

  /** Runs `work`, which calls the device, inside error scopes. */
  over<T>(work: () => T): T {
    for (const filter of FILTERS) this.#device.pushErrorScope(filter);
    try {
      return work();
    } finally {
      for (const _ of FILTERS) this.#verdicts.push(this.#device.popErrorScope());
    }
  }

  /**
   * Resolves when the device has accepted everything since the last call.
   * @throws GpuFault for the first command it refused
   */
  async passed(): Promise<void> {
    const verdicts = this.#verdicts;
    this.#verdicts = [];
    for (const error of await Promise.all(verdicts)) if (error) throw new GpuFault(this.#what, error);
  }
}
