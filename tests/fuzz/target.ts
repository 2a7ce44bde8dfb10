/** What every fuzz target must do: be right or give one clear error, within a second, without polluting any prototype. */
import fc from "fast-check";
import { expect } from "vitest";

/** How many cases of every target, and their seed: a few that are always the same, or many new ones each time. */
export interface Campaign {
  readonly cases: number;
  readonly seed: number;
}

/** In `npm test`. */
export const QUICK: Campaign = { cases: 60, seed: 1 };
/** In `npm run nightly`; FUZZ_SEED repeats an earlier night. */
export const NIGHTLY: Campaign = {
  cases: 10_000,
  seed: Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31),
};

export interface Target {
  readonly name: string;
  /** Fails if any case is neither right nor refused; the message has seed, path and the shrunk case. */
  run(campaign: Campaign): Promise<void>;
}

/** Milliseconds of processor time that a case may take; wall time would depend on how busy the machine is. */
const LONGEST = 1000;

/**
 * @param property throws unless the value is handled correctly
 * @param cost divides the number of cases, for a property that starts a process
 */
export const target = <T>(
  name: string,
  arbitrary: fc.Arbitrary<T>,
  property: (value: T) => void | Promise<void>,
  cost = 1,
): Target => ({
  name,
  run: ({ cases, seed }) =>
    fc.assert(
      fc.asyncProperty(arbitrary, async (value) => {
        const before = process.cpuUsage();
        await property(value);
        const { user, system } = process.cpuUsage(before);
        expect((user + system) / 1000, "milliseconds of the processor").toBeLessThan(LONGEST);
        expectUnpolluted();
      }),
      { seed, numRuns: Math.ceil(cases / cost) },
    ),
});

const PROTOTYPES = [Object.prototype, Array.prototype, Function.prototype];
const ownNames = () => PROTOTYPES.map((p) => Reflect.ownKeys(p).map(String).join());
const clean = ownNames();
const expectUnpolluted = () => expect(ownNames()).toEqual(clean);

type ErrorClass = abstract new (...args: never[]) => Error;

/** What `work` returns, or undefined if it refuses with one clear error of these classes. Any other error is a crash. */
export function valueOrRefusal<T>(work: () => T, ...classes: ErrorClass[]): T | undefined {
  try {
    return work();
  } catch (error) {
    expectClear(error, ...classes);
    return undefined;
  }
}

/** {@link valueOrRefusal} of asynchronous work. */
export async function settledOrRefusal<T>(
  work: () => Promise<T>,
  ...classes: ErrorClass[]
): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    expectClear(error, ...classes);
    return undefined;
  }
}

/** Requires an error of one of these classes with one short line that is not a JavaScript engine's, nor wraps a TypeError. */
export function expectClear(error: unknown, ...classes: ErrorClass[]): void {
  if (!classes.some((c) => error instanceof c)) throw error;
  const { message, cause } = error as Error;
  expectClearLine(message);
  if (cause instanceof TypeError) throw cause;
}

export function expectClearLine(line: string): void {
  expect(line).toMatch(/^[^\p{Cc}\p{Zl}\p{Zp}\p{Cs}]{10,600}$/u);
  expect(line).not.toMatch(
    /\[object |is not a function|Cannot read|Invalid (typed )?array|allocation failed/,
  );
}

/**
 * What `work` returns, if it allocates at most `bytes` of buffers. Buffers are counted exactly, unlike the heap, and they are what
 * a false length would make big.
 */
export function withinMemory<T>(bytes: number, work: () => T): T {
  const before = process.memoryUsage().arrayBuffers;
  const result = work();
  expect(process.memoryUsage().arrayBuffers - before, "bytes of buffers").toBeLessThanOrEqual(bytes);
  return result;
}

/** Keys that reach for a prototype, and other names that trip up a careless program. */
export const awkwardKey = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom("__proto__", "constructor", "prototype", "toString", "hasOwnProperty", ""),
  },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 12 }) },
);

/** Numbers at the edges of what is allowed, and beyond. */
export const awkwardNumber = fc.oneof(
  fc.constantFrom(0, -0, 1, -1, 0.5, 2 ** 31, 2 ** 32, 2 ** 53 - 1, 2 ** 53, 1e99, -1e99, 5e-324),
  fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
  fc.double(),
  fc.integer(),
  fc.integer({ min: -2, max: 100 }),
);

/** Any JSON, sometimes with an awkward key or number at its top. */
export const awkwardJson: fc.Arbitrary<unknown> = fc.oneof(
  awkwardNumber,
  fc.jsonValue({ maxDepth: 3 }),
  fc.array(fc.jsonValue({ maxDepth: 1 }), { maxLength: 4 }),
  fc.dictionary(awkwardKey, fc.jsonValue({ maxDepth: 1 }), { maxKeys: 3 }),
);
