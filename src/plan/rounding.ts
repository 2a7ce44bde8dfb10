/**
 * How far from exact arithmetic a right float32 kernel may be: the reference under random rounding, known as Monte Carlo arithmetic (Parker
 * 1997). The CPU twins run again and again in float64, and every number that an operation reads or writes is changed at random, by at most the
 * rounding error of float32. What the results scatter by is what rounding does to each element of each tensor, whatever the formula: a sum whose
 * terms cancel scatters as widely as a right kernel's errors, and a copy hardly at all.
 */
import type { AnyArray, Computation, FloatArray } from "./contract.ts";
import { requireMemory } from "./memory.ts";
import { inParts } from "./parts.ts";
import { type Computed, size } from "./plan.ts";
import { bindArrays, type HostTensors, hostTensors, replayer } from "./replay.ts";

/** The largest relative error of rounding to float32. */
const ROUNDING = 2 ** -24;
/** How often the reference runs again. */
export const SAMPLES = 16;
/** The smallest normal float32. Devices may take what is below for 0. */
const SMALLEST = 2 ** -126;

/** What a right computation of a tensor gives. */
export interface Expectation {
  /** In float64, unrounded. */
  readonly want: AnyArray;
  /** How far rounding takes each element from it: the root mean square of the samples' distances. Empty for integers. */
  readonly s: Float64Array;
  /** Whether all of it is finite when it is computed and stored in float32; if not, there is nothing to judge. */
  readonly finite: boolean;
}

type Values = Readonly<Record<string, ArrayLike<number>>>;

/**
 * @param given values of the tensors that no call makes
 * @param names tensors to expect
 * @param onFraction takes the share of the work that is done, 0 to 1
 * @throws MemoryError before anything is allocated
 */
export function expectations(
  plan: Computed,
  given: Values,
  names: readonly string[],
  onFraction: (fraction: number) => void = () => {},
): Map<string, Expectation> {
  const parts = inParts(plan);
  requireRoundingMemory(plan, names, parts);
  const finite = new Set(finiteInFloat32(plan, given, names));
  const exact = filled(plan, Float64Array, given);
  replayer(plan, exact)();

  const sampled = filled(parts, Float64Array, given);
  const sample = sampler(parts, sampled);
  const squares = new Map(
    names
      .filter((name) => plan.tensors.get(name)!.type === "f32")
      .map((name) => [name, new Float64Array(exact.get(name)!.length)]),
  );
  for (let seed = 1; seed <= SAMPLES; seed++) {
    sample(seed, (share) => onFraction((seed - 1 + share) / SAMPLES));
    for (const [name, sums] of squares) addSquares(sums, sampled.get(name)!, exact.get(name)!);
  }
  return new Map(
    names.map((name) => {
      const s = squares.get(name) ?? new Float64Array();
      for (let i = 0; i < s.length; i++) s[i] = Math.sqrt(s[i] / SAMPLES) + SMALLEST;
      return [name, { want: exact.get(name)!, s, finite: finite.has(name) }];
    }),
  );
}

/**
 * Counts the reference, a sample, the sums of squares, and the copies that one operation reads.
 * @throws MemoryError
 */
export function requireRoundingMemory(
  plan: Computed,
  names: readonly string[],
  parts: Computed = inParts(plan),
): void {
  const elements = (of: Computed, some: Iterable<string>) =>
    [...some].reduce((sum, name) => sum + size(of.tensors.get(name)!), 0);
  const stored = (of: Computed) =>
    elements(
      of,
      [...of.tensors.values()].filter((t) => !t.view).map((t) => t.name),
    );
  const copies = parts.calls.map((c) => elements(parts, Object.values(c.args)));
  const count = stored(plan) + stored(parts) + elements(plan, names) + Math.max(...copies);
  requireMemory("the reference with its rounding", Float64Array.BYTES_PER_ELEMENT * count);
}

/** Arrays for all tensors, those that are given filled. */
function filled(
  plan: Computed,
  floats: typeof Float32Array | typeof Float64Array,
  given: Values,
): HostTensors {
  const arrays = hostTensors(plan, floats);
  for (const [name, values] of Object.entries(given)) arrays.get(name)?.set(values);
  return arrays;
}

/** The tensors that stay finite when every operation stores float32, with 0 for what is below its normal numbers. */
export function finiteInFloat32(plan: Computed, given: Values, names: readonly string[]): string[] {
  const arrays = filled(plan, Float32Array, given);
  for (const { op, dims, args } of bindArrays(plan, arrays)) {
    op.twin(args, dims);
    for (const y of written(op, args))
      for (let i = 0; i < y.length; i++) if (Math.abs(y[i]) < SMALLEST) y[i] = 0;
  }
  return names.filter((name) => arrays.get(name)!.every(Number.isFinite));
}

type Arrays = Readonly<Record<string, AnyArray>>;

const written = (op: Computation, args: Arrays): FloatArray[] =>
  Object.entries(op.bindings)
    .filter(([, b]) => b.access !== "read" && b.type === "f32")
    .map(([formal]) => args[formal] as FloatArray);

/** What runs the calls once under the random numbers of a seed. */
function sampler(
  plan: Computed,
  arrays: HostTensors,
): (seed: number, onFraction: (fraction: number) => void) => void {
  const copies: Float64Array[] = [];
  const copy = (at: number, length: number): Float64Array => {
    if (!(copies[at]?.length >= length)) copies[at] = new Float64Array(length);
    return copies[at].subarray(0, length);
  };
  const calls = bindArrays(plan, arrays).map(({ op, dims, args }) => {
    const reads = Object.entries(op.bindings).filter(([, b]) => b.access === "read" && b.type === "f32");
    return { op, dims, args, reads: reads.map(([formal]) => formal) };
  });
  return (seed, onFraction) => {
    const noise = new Noise(seed);
    for (const [done, { op, dims, args, reads }] of calls.entries()) {
      const read = reads.map((formal, i) => {
        const from = args[formal] as FloatArray;
        const to = copy(i, from.length);
        noise.round(from, to);
        return [formal, to] as const;
      });
      op.twin({ ...args, ...Object.fromEntries(read) }, dims);
      for (const y of written(op, args)) noise.round(y, y);
      onFraction((done + 1) / calls.length);
    }
  };
}

/** Random rounding by Marsaglia's xorshift32 (2003): plenty for this, and as cheap as what it disturbs. */
class Noise {
  #state: number;

  constructor(seed: number) {
    this.#state = Math.imul(seed, 0x9e3779b9);
  }

  /** to[i] = from[i] · (1 + uξ), u = 2⁻²⁴, ξ uniform in (−1,1) */
  round(from: FloatArray, to: FloatArray): void {
    const scale = ROUNDING / 2 ** 31;
    let x = this.#state;
    for (let i = 0; i < from.length; i++) {
      x ^= x << 13;
      x ^= x >>> 17;
      x ^= x << 5;
      to[i] = from[i] * (1 + x * scale);
    }
    this.#state = x;
  }
}

function addSquares(sums: Float64Array, sample: AnyArray, exact: AnyArray): void {
  for (let i = 0; i < sums.length; i++) {
    const d = sample[i] - exact[i];
    sums[i] += d * d;
  }
}

/** Most roundings that a right element is off by; right kernels use at most half of them. */
export const MOST_ROUNDINGS = 64;

/** How a tensor's values compare with what rounding explains. */
export interface RoundingVerdict {
  /** |got − want| ÷ s of the worst element; null if there is nothing to judge. Infinite where it is not finite, and for a wrong integer. */
  readonly roundings: number | null;
  /** Whether that is at most {@link MOST_ROUNDINGS}. */
  readonly within: boolean | null;
  /** The element that decides. */
  readonly worst: {
    readonly index: number;
    readonly got: number;
    readonly want: number;
    readonly s: number;
  };
}

/**
 * @param want values in place of the reference's
 * @param share of a rounding that counts: ½ where `want` was rounded as well
 */
export function judgeRounding(
  got: ArrayLike<number>,
  e: Expectation,
  { want = e.want, share = 1 }: { want?: ArrayLike<number>; share?: number } = {},
): RoundingVerdict {
  let [index, roundings] = [0, 0];
  for (let i = 0; i < want.length; i++) {
    if (got[i] === want[i] && Number.isFinite(got[i])) continue;
    const off =
      Number.isFinite(got[i]) && e.s.length > 0 ? (share * Math.abs(got[i] - want[i])) / e.s[i] : Number.NaN;
    const used = Number.isNaN(off) ? Number.POSITIVE_INFINITY : off;
    if (used > roundings) [index, roundings] = [i, used];
  }
  const worst = { index, got: got[index], want: want[index], s: e.s[index] ?? 0 };
  return e.finite
    ? { roundings, within: roundings <= MOST_ROUNDINGS, worst }
    : { roundings: null, within: null, worst };
}
