/** Median and spread of a time, from samples long enough for the clock to resolve. */

/** How thoroughly to measure. */
export interface Effort {
  /** Samples of each measurement. */
  readonly samples: number;
  /** A sample repeats its work until it takes at least this many milliseconds. */
  readonly sampleMs: number;
  /** A measurement that has taken this many milliseconds stops with fewer samples. */
  readonly budgetMs: number;
  /** Ends the measuring, between two samples, with the reason that it is aborted with. */
  readonly signal?: AbortSignal;
}

/** Taken even beyond the budget: fewer have no spread. */
export const LEAST_SAMPLES = 3;

/** Microseconds of one repeat: median, quartiles and extremes over `samples` samples of `repeats` repeats. */
export interface Timing {
  readonly medianUs: number;
  readonly q1Us: number;
  readonly q3Us: number;
  readonly minUs: number;
  readonly maxUs: number;
  readonly samples: number;
  readonly repeats: number;
}

/** Does its work `repeats` times and resolves when all of it is done. */
export type Repeat = (repeats: number) => Promise<void>;

/** Milliseconds that `run(repeats)` takes. */
export async function milliseconds(run: Repeat, repeats: number): Promise<number> {
  const start = performance.now();
  await run(repeats);
  return performance.now() - start;
}

/** How many repeats fill a sample, and the milliseconds that they took. */
export async function calibrate(
  run: Repeat,
  { sampleMs, signal }: Effort,
): Promise<{ repeats: number; ms: number }> {
  let repeats = 1;
  for (;;) {
    signal?.throwIfAborted();
    const ms = await milliseconds(run, repeats);
    if (ms >= sampleMs) return { repeats, ms };
    repeats = Math.ceil(repeats * Math.min(10, Math.max(1.3, (1.2 * sampleMs) / ms)));
  }
}

/** Runs once without counting it, since a first run is slow; then calibrates and takes the samples. */
export async function measure(run: Repeat, effort: Effort): Promise<Timing> {
  await run(1);
  const { repeats } = await calibrate(run, effort);
  const times: number[] = [];
  let spent = 0;
  while (times.length < effort.samples && (times.length < LEAST_SAMPLES || spent < effort.budgetMs)) {
    effort.signal?.throwIfAborted();
    const ms = await milliseconds(run, repeats);
    spent += ms;
    times.push(ms);
  }
  return summarize(times, repeats);
}

/** Takes one sample: microseconds. */
export type Sample = () => Promise<number>;

/** In turns, every second round in reverse, so that a drift of the machine's speed affects all alike. @returns the samples of each, by round */
export async function inTurns(
  samples: readonly Sample[],
  { samples: rounds, budgetMs }: Pick<Effort, "samples" | "budgetMs">,
  signal?: AbortSignal,
): Promise<number[][]> {
  const times = samples.map((): number[] => []);
  const start = performance.now();
  const spent = () => performance.now() - start;
  for (let round = 0; round < rounds && (round < LEAST_SAMPLES || spent() < budgetMs); round++)
    for (const i of round % 2 ? [...samples.keys()].reverse() : samples.keys()) {
      signal?.throwIfAborted();
      times[i].push(await samples[i]());
    }
  return times;
}

export const median = (values: readonly number[]): number => spread(values).median;

/** @param times milliseconds of samples of `repeats` repeats each */
export function summarize(times: readonly number[], repeats: number): Timing {
  const us = times.map((ms) => (1000 * ms) / repeats).sort((a, b) => a - b);
  return {
    medianUs: quantile(us, 0.5),
    q1Us: quantile(us, 0.25),
    q3Us: quantile(us, 0.75),
    minUs: us[0],
    maxUs: us[us.length - 1],
    samples: us.length,
    repeats,
  };
}

/** Of values that are no times, such as ratios. */
export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  return { median: quantile(sorted, 0.5), least: sorted[0], most: sorted[sorted.length - 1] };
}

/** Of sorted values, linear between the two nearest. */
function quantile(sorted: readonly number[], share: number): number {
  const at = share * (sorted.length - 1);
  const below = sorted[Math.floor(at)];
  return below + (at % 1) * (sorted[Math.ceil(at)] - below);
}
