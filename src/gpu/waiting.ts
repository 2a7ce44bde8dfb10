/**
 * Waiting for a device. WebGPU's promises say that work is done, but not every implementation hears of it at once:
 *
 * - Dawn under Node looks for it on the process's own time (`polling.ts`), so the process sleeps while the work cannot be done yet.
 * - Firefox looks every 100 ms, and whenever something is submitted: empty submits nudge it.
 * - Elsewhere there is nothing to do but wait.
 */
import { eagerly, isPolled, patiently } from "./polling.ts";

/** Milliseconds: an implementation that takes longer to say that nothing is left to do is nudged. */
const LATE = 20;
/** Milliseconds between two nudges. */
const EVERY = 2;

export interface Waiting {
  /** Milliseconds until the end of a device's work is known, where it is not known at once; 0 elsewhere. */
  readonly latency: number;
  /** Whether the process sleeps for as long as a run is sure to take. */
  readonly sleeps: boolean;
  /** Whether the driver's threads look for work between two dispatches instead of going to sleep. */
  readonly spins?: boolean;
  /** Makes a call that waits for submitted work, and waits. */
  settle<T>(call: () => Promise<T>): Promise<T>;
}

const known = new WeakMap<GPUDevice, Promise<Waiting>>();

/** How to wait for a device. Tried out once, and best while it has nothing else to do. */
export function waitingFor(device: GPUDevice): Promise<Waiting> {
  let waiting = known.get(device);
  if (!waiting) {
    waiting = isPolled(device)
      ? Promise.resolve({ latency: 0, sleeps: true, spins: spins(device), settle: (call) => call() })
      : tryOut(device.queue);
    known.set(device, waiting);
  }
  return waiting;
}

/** SwiftShader's threads do, for a while. */
const spins = ({ adapterInfo }: GPUDevice): boolean => adapterInfo?.architecture === "swiftshader";

async function tryOut(queue: GPUQueue): Promise<Waiting> {
  const nothing = async (): Promise<number> => {
    const start = performance.now();
    await queue.onSubmittedWorkDone();
    return performance.now() - start;
  };
  // The first wait may by chance end just when an implementation looks; the next ones then take all of its interval.
  await nothing();
  for (let i = 0; i < 2; i++)
    if ((await nothing()) <= LATE) return { latency: 0, sleeps: false, settle: (call) => call() };
  const settle: Waiting["settle"] = async (call) => {
    const nudges = setInterval(() => queue.submit([]), EVERY);
    try {
      return await call();
    } finally {
      clearInterval(nudges);
    }
  };
  const latencies = [await settle(nothing), await settle(nothing), await settle(nothing)];
  return { latency: Math.min(...latencies), sleeps: false, settle };
}

/** Share of the expected time to sleep; the rest is for what takes less than expected, and for timers that are late. */
const ASLEEP = 0.9;
/** Milliseconds: timers are as coarse as that. */
const TIMER = 1;
/** Milliseconds: shorter sleeps are not worth it. */
const NAP = 2;

/**
 * Milliseconds of a dispatch. A software device's threads wake one another for every dispatch, which takes longer where a core has gone idle, on
 * virtual machines much longer: where dispatches are shorter than this, the process looks for their end all the time instead of sleeping, so that
 * no core is idle. On lavapipe with two cores, sleeping made a step of 17 dispatches 1.7 times as long at 0.03 ms a dispatch; at 0.17 ms it cost
 * nothing, and at 2 ms the step took 0.6 of the time. SwiftShader's threads keep the cores busy themselves, and a process that looks too takes one
 * from them: a step of 17 dispatches took 1.4 times as long, at 0.08 ms a dispatch as at 0.15 ms.
 */
const SHORT = 0.15;

/** The runs of one plan, and how long they take. */
export class Runs {
  readonly #waiting: Waiting;
  readonly #dispatches: number;
  /** The last two. One alone proves nothing: a first run is slow. */
  #last: readonly { readonly steps: number; readonly ms: number }[] = [];

  /** @param dispatches of a step on a software device; 0 on a GPU, which needs no thread to start them */
  constructor(waiting: Waiting, dispatches = 0) {
    this.#waiting = waiting;
    this.#dispatches = waiting.spins ? 0 : dispatches;
  }

  /** Waits for a run of so many steps that was submitted just now. `call` does the waiting that WebGPU offers. */
  async settle<T>(steps: number, call: () => Promise<T>): Promise<T> {
    if (!this.#waiting.sleeps) return this.#waiting.settle(call);
    const start = performance.now();
    const expected = this.#expected(steps);
    if (expected > 0 && this.#step() < SHORT * this.#dispatches) {
      const result = await eagerly(() => this.#waiting.settle(call));
      this.#record(steps, performance.now() - start);
      return result;
    }
    const nap = ASLEEP * expected - TIMER;
    if (nap >= NAP) await new Promise((resolve) => setTimeout(resolve, nap));
    const awake = performance.now();
    const wait = () => this.#waiting.settle(call);
    const result = await (nap >= NAP ? patiently(wait) : wait());
    const end = performance.now();
    // If it was done before, nobody knows for how long.
    const overslept = nap >= NAP && end - awake < (expected - nap) / 4;
    this.#record(steps, overslept ? nap / 2 : end - start);
    return result;
  }

  #record(steps: number, ms: number): void {
    this.#last = [...this.#last.slice(-1), { steps, ms }];
  }

  /** Milliseconds of a step. */
  #step(): number {
    return Math.min(...this.#last.map((run) => run.ms / run.steps));
  }

  /** Milliseconds that so many steps take at least, or 0 if that is not known: fewer take their share, more take no less. */
  #expected(steps: number): number {
    if (this.#last.length < 2) return 0;
    return Math.min(...this.#last.map((run) => run.ms * Math.min(1, steps / run.steps)));
  }
}
