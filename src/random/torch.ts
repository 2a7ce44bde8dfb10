import { MT19937 } from "./mt19937.ts";
import { boxMuller16 } from "./normal.ts";

const WORDS = 624;
/** Bytes of {@link TorchGenerator.getState}: the words, the index, whether a normal is kept, that normal. */
const STATE_BYTES = 4 * WORDS + 4 + 4 + 8;

/**
 * PyTorch's CPU `torch.Generator`: the same seed gives the same `rand`, `randn` and `randint`, draw for draw.
 *
 * Source: ATen/CPUGeneratorImpl.cpp, ATen/core/DistributionsHelper.h and
 * ATen/native/cpu/DistributionTemplates.h of PyTorch 1.13; `randn` equals its x86-64 results in every bit
 * (see normal.ts).
 */
export class TorchGenerator {
  readonly #mt = new MT19937();
  /** The second of a Box–Muller pair of doubles, kept for the next short `randn`. */
  #normal: number | undefined;

  /** `torch.Generator().manual_seed(seed)`, see {@link manualSeed}. */
  constructor(seed: number) {
    this.manualSeed(seed);
  }

  /** A generator that continues from the state of another. */
  static fromState(state: Uint8Array): TorchGenerator {
    return new TorchGenerator(0).setState(state);
  }

  /**
   * Start again from an integer in 0…2^53−1. As in torch, only its low 32 bits count. RangeError otherwise.
   */
  manualSeed(seed: number): this {
    if (!Number.isSafeInteger(seed) || seed < 0) {
      throw new RangeError(`seed is ${seed}; it must be an integer in 0…2^53−1 (9007199254740991).`);
    }
    this.#mt.initBySeed(seed);
    this.#normal = undefined;
    return this;
  }

  /** `torch.rand(n)`: (n) uniforms in [0, 1), multiples of 2^-24. */
  rand(n: number): Float32Array<ArrayBuffer> {
    const out = new Float32Array(checkedCount(n));
    this.#fillUniform(out, 0);
    return out;
  }

  /**
   * `torch.randn(n)`: (n) standard normals. A tensor's shape does not matter, only its size: draw it flat.
   */
  randn(n: number): Float32Array<ArrayBuffer> {
    const out = new Float32Array(checkedCount(n));
    if (n < 16) {
      for (let i = 0; i < n; i++) out[i] = this.#nextNormal();
      return out;
    }
    this.#fillUniform(out, 0);
    for (let at = 0; at + 16 <= n; at += 16) boxMuller16(out, at);
    if (n % 16 !== 0) {
      // torch has no narrower block: it draws the last 16 again, over those already made.
      this.#fillUniform(out, n - 16);
      boxMuller16(out, n - 16);
    }
    return out;
  }

  /** `torch.randint(0, high, (n,))`: (n) integers in [0, high), 1 ≤ high < 2^32. RangeError otherwise. */
  randint(high: number, n: number): Uint32Array<ArrayBuffer> {
    const out = new Uint32Array(checkedCount(n));
    this.randintInto(out, high);
    return out;
  }

  /** {@link randint} that fills an existing array and allocates nothing. */
  randintInto(out: Uint32Array, high: number): void {
    if (!Number.isInteger(high) || high < 1 || high >= 2 ** 32) {
      throw new RangeError(`randint's upper bound is ${high}; it must be an integer in 1…2^32−1.`);
    }
    for (let i = 0; i < out.length; i++) out[i] = this.#mt.nextUint32() % high;
  }

  /**
   * The whole state as 2512 little-endian bytes: 624 u32 words, u32 index, u32 "a normal is kept", and that
   * normal as f64.
   */
  getState(): Uint8Array<ArrayBuffer> {
    const { state, index } = this.#mt.getState();
    const data = new DataView(new ArrayBuffer(STATE_BYTES));
    for (let i = 0; i < WORDS; i++) data.setUint32(4 * i, state[i], true);
    data.setUint32(4 * WORDS, index, true);
    data.setUint32(4 * WORDS + 4, this.#normal === undefined ? 0 : 1, true);
    data.setFloat64(4 * WORDS + 8, this.#normal ?? 0, true);
    return new Uint8Array(data.buffer);
  }

  /** Continue from the bytes that {@link getState} gave. RangeError if they are not such a state. */
  setState(bytes: Uint8Array): this {
    if (bytes.length !== STATE_BYTES) {
      throw new RangeError(
        `generator state has ${bytes.length} bytes; it must have ${STATE_BYTES}, as getState gives.`,
      );
    }
    const data = new DataView(bytes.buffer, bytes.byteOffset, STATE_BYTES);
    const state = Uint32Array.from({ length: WORDS }, (_, i) => data.getUint32(4 * i, true));
    const kept = data.getUint32(4 * WORDS + 4, true);
    const normal = data.getFloat64(4 * WORDS + 8, true);
    if (kept > 1 || !Number.isFinite(normal)) {
      throw new RangeError("generator state is damaged: its kept normal is not a number; start from a seed.");
    }
    this.#mt.setState({ state, index: data.getUint32(4 * WORDS, true) });
    this.#normal = kept ? normal : undefined;
    return this;
  }

  /** Uniforms into x[from…]: the low 24 bits of a word each. */
  #fillUniform(x: Float32Array, from: number): void {
    for (let i = from; i < x.length; i++) x[i] = (this.#mt.nextUint32() & 0xffffff) * 2 ** -24;
  }

  /** A uniform double in [0, 1): the low 53 bits of two words, the high word first. */
  #nextDouble(): number {
    const high = this.#mt.nextUint32() & 0x1fffff;
    return (high * 2 ** 32 + this.#mt.nextUint32()) * 2 ** -53;
  }

  /** One standard normal by Box–Muller in doubles; every second call returns the sine that the one before kept. */
  #nextNormal(): number {
    if (this.#normal !== undefined) {
      const kept = this.#normal;
      this.#normal = undefined;
      return kept;
    }
    const theta = 2 * Math.PI * this.#nextDouble();
    const radius = Math.sqrt(-2 * Math.log1p(-this.#nextDouble()));
    this.#normal = radius * Math.sin(theta);
    return radius * Math.cos(theta);
  }
}

function checkedCount(n: number): number {
  if (!Number.isSafeInteger(n) || n < 0) {
    throw new RangeError(`cannot draw ${n} numbers; the count must be an integer of at least 0.`);
  }
  return n;
}
