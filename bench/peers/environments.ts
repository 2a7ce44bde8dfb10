/**
 * A contender's environments: which of them may make it faster, and how the fastest is found. They are settings of a few choices each. All
 * combinations would take minutes, so one choice at a time differs from the first ones, and then those that were better are tried together.
 */
import { spread } from "../../src/measure/sampling.ts";

/** What to change in the environment; undefined takes a variable away. */
export interface Choice {
  readonly name: string;
  readonly env: NodeJS.ProcessEnv;
}

/** The first choice is the one to begin with. With a single one there is nothing to try. */
export type Setting = readonly [Choice, ...Choice[]];

/** An environment that was tried: µs per step of one network, or why there is no such number. */
export interface Tried {
  readonly environment: string;
  readonly step?: number;
  readonly failed?: string;
}

/** What a search needs of a contestant. */
export interface Candidate {
  readonly failed: boolean;
  readonly result: { readonly failed?: string };
  /** Starts it, and judges its first losses. */
  check(): Promise<void>;
  /** Steps for so many milliseconds. @returns µs per step; undefined if it has failed */
  trial(milliseconds: number): Promise<number | undefined>;
  close(): void;
}

export interface Fastest<C> {
  readonly one: C;
  readonly environment: string;
  /** In the order in which they were tried. Empty if there was nothing to choose. */
  readonly tried: readonly Tried[];
}

/** Milliseconds of a try, and how many of each environment, taken in turns; the first warms up. */
const TRY = 40;
const TRIES = 5;

/**
 * Starts a contender in the environments that its settings make, and keeps the fastest going; it closes all others.
 * @param look whether there is time to try more than the first
 */
export async function inFastest<C extends Candidate>(
  settings: readonly Setting[],
  start: (env: NodeJS.ProcessEnv) => C,
  look = true,
): Promise<Fastest<C>> {
  interface Attempt extends Tried {
    readonly choices: readonly Choice[];
    readonly one: C;
    step?: number;
  }
  const all: Attempt[] = [];
  const open = async (choices: readonly Choice[]): Promise<Attempt> => {
    const one = start(Object.assign({}, ...choices.map(({ env }) => env)));
    const attempt = { choices, environment: choices.map(({ name }) => name).join(", "), one };
    all.push(attempt);
    await one.check();
    return attempt;
  };
  const best = () =>
    all.filter(({ one, step }) => !one.failed && step !== undefined).sort((a, b) => a.step! - b.step!)[0];

  const first = await open(settings.map(([choice]) => choice));
  const others = settings.flatMap(([, ...choices], at) => choices.map((c) => first.choices.with(at, c)));
  if (first.one.failed || others.length === 0 || !look)
    return { one: first.one, environment: first.environment, tried: [] };

  // Side by side, since a start keeps one core busy.
  await Promise.all(others.map(open));
  await race(all);
  // What was better by itself, together.
  const together = settings.map((choices, at) => {
    const rank = (choice: Choice) =>
      all.find(({ choices }) => choices.every((c, i) => c === (i === at ? choice : first.choices[i])))?.step;
    return choices.toSorted((a, b) => (rank(a) ?? Infinity) - (rank(b) ?? Infinity))[0];
  });
  if (!all.some(({ choices }) => choices.every((c, i) => c === together[i])))
    await race([best(), await open(together)]);

  const { one, environment } = best() ?? first;
  for (const attempt of all) if (attempt.one !== one) attempt.one.close();
  const tried = all.map(({ environment, one, step }) =>
    one.failed ? { environment, failed: one.result.failed } : { environment, step },
  );
  return { one, environment, tried };
}

/** Takes turns, and notes each one's median. */
async function race(all: readonly { readonly one: Candidate; step?: number }[]): Promise<void> {
  const times = all.map((): number[] => []);
  for (let round = 0; round < TRIES; round++)
    for (const [i, { one }] of all.entries()) {
      const time = one.failed ? undefined : await one.trial(TRY);
      if (round > 0 && time !== undefined) times[i].push(time);
    }
  for (const [i, attempt] of all.entries()) if (times[i].length > 0) attempt.step = spread(times[i]).median;
}

/** For PyTorch on a processor. @param blas the library of its matrix products, @param given the user's own environment */
export function torchSettings(blas: string, cores: number, given: NodeJS.ProcessEnv): Setting[] {
  const openblas = blas === "OpenBLAS";
  const threads = (name: string, all: number, products = all): Choice => ({
    name,
    env: {
      OMP_NUM_THREADS: String(all),
      MKL_NUM_THREADS: String(all),
      OPENBLAS_NUM_THREADS: String(products),
    },
  });
  const settings: Setting[] = [
    [
      threads("1 thread", 1),
      ...(cores > 1 ? [threads(`${cores} threads`, cores)] : []),
      // OpenBLAS has threads of its own, which slow down small products.
      ...(cores > 1 && openblas ? [threads(`${cores} threads but 1 for OpenBLAS`, cores, 1)] : []),
    ],
  ];
  // glibc returns the memory of large temporaries to the system at every step, and page faults cost more than computing on it.
  if (process.platform === "linux")
    settings.push([
      {
        name: "malloc that keeps its memory",
        env: {
          MALLOC_MMAP_THRESHOLD_: String(2 ** 32),
          MALLOC_TRIM_THRESHOLD_: String(2 ** 34),
          MALLOC_TOP_PAD_: String(2 ** 29),
        },
      },
      { name: "malloc as it is", env: {} },
    ]);
  // Kernels for another processor than this one, say.
  const set = Object.keys(given).filter((name) => /^OPENBLAS_(?!NUM_THREADS)/.test(name));
  if (openblas && set.length > 0)
    settings.push([
      { name: "OpenBLAS as it chooses", env: Object.fromEntries(set.map((name) => [name, undefined])) },
      { name: `OpenBLAS as ${set.join(" and ")} ${set.length > 1 ? "say" : "says"}`, env: {} },
    ]);
  return settings;
}
