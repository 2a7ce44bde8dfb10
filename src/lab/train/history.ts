/** A run's losses in bounded memory: neighbours are merged as the run grows, so that 200,000 steps draw as fast as 2,000. */

/** The largest number of buckets; once all are full, every two become one. */
const CAPACITY = 2048;
/** The smoothed curve averages over this share of the run so far. */
const SMOOTHING = 1 / 40;

/** The losses from step `start` on, in buckets of `width` steps; can be stored. */
export interface StoredHistory {
  readonly start: number;
  readonly width: number;
  /** Steps recorded. */
  readonly count: number;
  readonly sums: Float64Array;
  readonly least: Float32Array;
  readonly most: Float32Array;
}

/** Loss curves over steps, ready to draw: an entry per bucket. */
export interface Curves {
  readonly steps: Float64Array;
  readonly least: Float32Array;
  readonly most: Float32Array;
  /** An exponential average over a fortieth of the run so far. */
  readonly smoothed: Float64Array;
}

export class LossHistory {
  readonly #start: number;
  #width: number;
  #count: number;
  readonly #sums = new Float64Array(CAPACITY);
  readonly #least = new Float32Array(CAPACITY);
  readonly #most = new Float32Array(CAPACITY);

  /** An empty history that begins at step `from`, or a stored one. */
  constructor(from: number | StoredHistory = 0) {
    const stored = typeof from === "number" ? undefined : from;
    this.#start = stored?.start ?? (from as number);
    this.#width = stored?.width ?? 1;
    this.#count = stored?.count ?? 0;
    if (!stored) return;
    this.#sums.set(stored.sums);
    this.#least.set(stored.least);
    this.#most.set(stored.most);
  }

  /** The step after the last one recorded. */
  get end(): number {
    return this.#start + this.#count;
  }

  /** The losses of the next steps. */
  add(losses: ArrayLike<number>): void {
    for (let i = 0; i < losses.length; i++) {
      if (this.#count === CAPACITY * this.#width) this.#halve();
      const bucket = Math.floor(this.#count / this.#width);
      const fresh = this.#count % this.#width === 0;
      this.#sums[bucket] = losses[i] + (fresh ? 0 : this.#sums[bucket]);
      this.#least[bucket] = fresh ? losses[i] : Math.min(this.#least[bucket], losses[i]);
      this.#most[bucket] = fresh ? losses[i] : Math.max(this.#most[bucket], losses[i]);
      this.#count++;
    }
  }

  curves(): Curves {
    const n = this.#buckets;
    const [start, width, count] = [this.#start, this.#width, this.#count];
    const steps = new Float64Array(n);
    const smoothed = new Float64Array(n);
    const span = Math.max(20, count * SMOOTHING);
    let [average, weight] = [0, 0];
    for (let i = 0; i < n; i++) {
      const held = Math.min(width, count - i * width);
      steps[i] = start + i * width + (held - 1) / 2;
      const keep = Math.exp(-held / span);
      average = keep * average + (1 - keep) * (this.#sums[i] / held);
      weight = keep * weight + (1 - keep);
      smoothed[i] = average / weight;
    }
    return { steps, smoothed, least: this.#least.slice(0, n), most: this.#most.slice(0, n) };
  }

  store(): StoredHistory {
    const n = this.#buckets;
    return {
      start: this.#start,
      width: this.#width,
      count: this.#count,
      sums: this.#sums.slice(0, n),
      least: this.#least.slice(0, n),
      most: this.#most.slice(0, n),
    };
  }

  get #buckets(): number {
    return Math.ceil(this.#count / this.#width);
  }

  /** Merges every two buckets; all are full. */
  #halve(): void {
    for (let i = 0; i < CAPACITY / 2; i++) {
      this.#sums[i] = this.#sums[2 * i] + this.#sums[2 * i + 1];
      this.#least[i] = Math.min(this.#least[2 * i], this.#least[2 * i + 1]);
      this.#most[i] = Math.max(this.#most[2 * i], this.#most[2 * i + 1]);
    }
    this.#width *= 2;
  }
}
