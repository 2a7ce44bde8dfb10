/** The losses of many networks in bounded memory: buckets of neighbouring steps, of the same width for all. */

/** Most buckets of a network; once one has filled them, every two become one. 64 networks take a quarter of a megabyte. */
const CAPACITY = 512;
/** A smoothed curve averages over this share of the steps so far. */
const SMOOTHING = 1 / 40;

/** Smoothed losses over the steps. */
export interface MemberCurves {
  /** The middle of each bucket. */
  readonly steps: Float64Array;
  /** Of each network; NaN where it has no steps. */
  readonly members: readonly Float64Array[];
}

export class PopulationHistory {
  #width = 1;
  readonly #sums: readonly Float64Array[];
  readonly #counts: Uint32Array;
  /** Step from which on the last tenth of a whole run lies, and the sums of losses there. */
  readonly #lastTenth: number;
  readonly #tails: Float64Array;
  readonly #total: number;

  /** @param total steps of each network */
  constructor(members: number, total: number) {
    this.#sums = Array.from({ length: members }, () => new Float64Array(CAPACITY));
    this.#counts = new Uint32Array(members);
    this.#tails = new Float64Array(members);
    this.#total = total;
    this.#lastTenth = total - Math.max(1, Math.floor(total / 10));
  }

  /** Steps of each network so far. */
  get counts(): Readonly<Uint32Array> {
    return this.#counts;
  }

  /** The losses of a network's next steps. */
  add(member: number, losses: ArrayLike<number>): void {
    const end = this.#counts[member] + losses.length;
    while (end > CAPACITY * this.#width) this.#halve();
    const sums = this.#sums[member];
    for (let i = 0, step = this.#counts[member]; step < end; i++, step++) {
      sums[Math.floor(step / this.#width)] += losses[i];
      if (step >= this.#lastTenth) this.#tails[member] += losses[i];
    }
    this.#counts[member] = end;
  }

  /**
   * The mean of the last tenth of a network's steps: at the end of the run exactly, on the way over whole buckets. Undefined before its first
   * step.
   */
  loss(member: number): number | undefined {
    const count = this.#counts[member];
    if (count === 0) return undefined;
    if (count === this.#total) return this.#tails[member] / (count - this.#lastTenth);
    const from = Math.floor((count - Math.max(1, count / 10)) / this.#width);
    let sum = 0;
    for (let i = from; i * this.#width < count; i++) sum += this.#sums[member][i];
    return sum / (count - from * this.#width);
  }

  curves(): MemberCurves {
    const most = this.#counts.reduce((a, b) => Math.max(a, b), 0);
    const [width, buckets] = [this.#width, Math.ceil(most / this.#width)];
    const span = Math.max(20, most * SMOOTHING);
    const held = (count: number, i: number) => Math.min(width, count - i * width);
    const members = this.#sums.map((sums, member) => {
      const count = this.#counts[member];
      const smoothed = new Float64Array(buckets).fill(Number.NaN);
      let [average, weight] = [0, 0];
      for (let i = 0; i * width < count; i++) {
        const steps = held(count, i);
        const keep = Math.exp(-steps / span);
        average = keep * average + (1 - keep) * (sums[i] / steps);
        weight = keep * weight + (1 - keep);
        smoothed[i] = average / weight;
      }
      return smoothed;
    });
    const steps = Float64Array.from({ length: buckets }, (_, i) => i * width + (held(most, i) - 1) / 2);
    return { steps, members };
  }

  #halve(): void {
    this.#width *= 2;
    for (const sums of this.#sums) {
      for (let i = 0; i < CAPACITY / 2; i++) sums[i] = sums[2 * i] + sums[2 * i + 1];
      sums.fill(0, CAPACITY / 2);
    }
  }
}

/** Mean, lowest and highest of several curves at each bucket; NaN behind the last bucket that all of them have. */
export interface Band {
  readonly mean: Float64Array;
  readonly least: Float64Array;
  readonly most: Float64Array;
}

/** Curves count once they are nearly as long as the longest: networks that train one after another come in one by one. */
const NEARLY = 0.9;

export function bandOf({ steps, members }: MemberCurves, which: readonly number[]): Band {
  const length = (member: number) => members[member].findLastIndex((v) => !Number.isNaN(v)) + 1;
  const longest = Math.max(0, ...which.map(length));
  const counted = which.filter((member) => length(member) >= NEARLY * longest);
  const shortest = Math.min(...counted.map(length));
  const empty = () => new Float64Array(steps.length).fill(Number.NaN);
  const [mean, least, most] = [empty(), empty(), empty()];
  for (let i = 0; counted.length > 0 && i < shortest; i++) {
    const values = counted.map((member) => members[member][i]);
    mean[i] = values.reduce((a, b) => a + b) / values.length;
    least[i] = Math.min(...values);
    most[i] = Math.max(...values);
  }
  return { mean, least, most };
}

/** Mean and standard deviation, with n − 1: of one value there is none. */
export function spreadOf(values: readonly number[]): { mean: number; deviation: number | undefined } {
  const n = values.length;
  const mean = values.reduce((a, b) => a + b, 0) / n;
  const squares = values.reduce((sum, v) => sum + (v - mean) ** 2, 0);
  return { mean, deviation: n > 1 ? Math.sqrt(squares / (n - 1)) : undefined };
}
