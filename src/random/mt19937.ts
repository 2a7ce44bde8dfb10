/** Words of state in MT19937. */
const N = 624;
/** Distance of the word that is mixed into each new one. */
const M = 397;

/** The whole state of an MT19937: 624 words and how many of them have been handed out (624: all). */
export interface MT19937State {
  state: Uint32Array;
  index: number;
}

/**
 * The Mersenne Twister MT19937 of 32-bit words, as Python's `random` and `torch.Generator` use it.
 *
 * Source: Matsumoto and Nishimura, "Mersenne Twister", ACM TOMACS 8 (1998); their mt19937ar.c (2002).
 */
export class MT19937 {
  readonly #state = new Uint32Array(N);
  #index = N;

  /** @param seed its low 32 bits are used, see {@link initBySeed}; 5489 is mt19937ar.c's default. */
  constructor(seed = 5489) {
    this.initBySeed(seed);
  }

  /** Start from one 32-bit word: `init_genrand`, which is torch's `manual_seed(seed)` (seed & 0xffffffff). */
  initBySeed(seed: number): this {
    const s = this.#state;
    s[0] = seed;
    for (let i = 1; i < N; i++) s[i] = Math.imul(1812433253, s[i - 1] ^ (s[i - 1] >>> 30)) + i;
    this.#index = N;
    return this;
  }

  /**
   * Start from a key of 32-bit words, at least one: `init_by_array`, which is Python's `random.seed(int)`.
   */
  initByArray(key: ArrayLike<number>): this {
    if (key.length === 0) throw new RangeError("MT19937 key is empty; give at least one 32-bit word.");
    this.initBySeed(19650218);
    const s = this.#state;
    let i = 1;
    let j = 0;
    const next = () => {
      if (++i < N) return;
      s[0] = s[N - 1];
      i = 1;
    };
    for (let k = Math.max(N, key.length); k > 0; k--) {
      s[i] = (s[i] ^ Math.imul(s[i - 1] ^ (s[i - 1] >>> 30), 1664525)) + key[j] + j;
      j = (j + 1) % key.length;
      next();
    }
    for (let k = N - 1; k > 0; k--) {
      s[i] = (s[i] ^ Math.imul(s[i - 1] ^ (s[i - 1] >>> 30), 1566083941)) - i;
      next();
    }
    s[0] = 0x80000000;
    return this;
  }

  /** The next word, an integer in [0, 2^32). */
  nextUint32(): number {
    if (this.#index === N) this.#twist();
    let y = this.#state[this.#index++];
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    y ^= y >>> 18;
    return y >>> 0;
  }

  /** A copy of the state; {@link setState} continues the sequence from it bit for bit. */
  getState(): MT19937State {
    return { state: this.#state.slice(), index: this.#index };
  }

  /** Throws a RangeError unless there are 624 words and the index is an integer in 0…624. */
  setState({ state, index }: MT19937State): this {
    if (state.length !== N) {
      throw new RangeError(`MT19937 state has ${state.length} words; it must have ${N}.`);
    }
    if (!Number.isInteger(index) || index < 0 || index > N) {
      throw new RangeError(`MT19937 index is ${index}; it must be an integer in 0…${N}.`);
    }
    this.#state.set(state);
    this.#index = index;
    return this;
  }

  /**
   * Make the next 624 words: s[i] = s[i+M] ^ A·(top bit of s[i], low 31 bits of s[i+1]), indices modulo N.
   */
  #twist(): void {
    const s = this.#state;
    for (let i = 0; i < N; i++) {
      const y = (s[i] & 0x80000000) | (s[i + 1 < N ? i + 1 : 0] & 0x7fffffff);
      s[i] = s[i < N - M ? i + M : i + M - N] ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
    }
    this.#index = 0;
  }
}
