import { MT19937 } from "./mt19937.ts";

/**
 * The part of Python's `random.Random` that a notebook's shuffle needs, draw for draw.
 *
 * Source: CPython, Lib/random.py and Modules/_randommodule.c (the same draws since Python 3.2).
 */
export class PythonRandom {
  readonly #mt = new MT19937();

  /** `random.seed(seed)`. Any safe integer; as in Python, the sign does not matter. */
  constructor(seed: number) {
    if (!Number.isSafeInteger(seed)) {
      throw new RangeError(`Python seed is ${seed}; it must be an integer of at most 2^53 − 1 in size.`);
    }
    const n = Math.abs(seed);
    const high = Math.floor(n / 2 ** 32);
    this.#mt.initByArray(high > 0 ? [n >>> 0, high] : [n]);
  }

  /** `random.getrandbits(k)`: an integer in [0, 2^k), 1 ≤ k ≤ 32. */
  getrandbits(k: number): number {
    return this.#mt.nextUint32() >>> (32 - k);
  }

  /** `random._randbelow(n)`: an integer in [0, n), 1 ≤ n < 2^32, by rejection and so without bias. */
  randbelow(n: number): number {
    const bits = 32 - Math.clz32(n);
    let r = this.getrandbits(bits);
    while (r >= n) r = this.getrandbits(bits);
    return r;
  }

  /** `random.shuffle(list)`, in place. Returns the list. */
  shuffle<T>(list: T[]): T[] {
    for (let i = list.length - 1; i > 0; i--) {
      const j = this.randbelow(i + 1);
      const item = list[i];
      list[i] = list[j];
      list[j] = item;
    }
    return list;
  }
}
