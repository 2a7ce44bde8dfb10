/** The examples by which the page watches a run: all of a split where that is cheap, or some from all over it. */
import { Split } from "../../data/examples.ts";
import type { Machine } from "../../plan/machine.ts";

/** Parameters × examples that are cheap: about a second for a device in software, and a tenth of one for the CPU reference. */
const CHEAP: Readonly<Record<Machine["backend"], number>> = { gpu: 2 ** 29, cpu: 2 ** 25 };
/** How many examples a sample has at least, however large the network, and at most. */
const BOUNDS = {
  /** The loss of 4,096 examples is some 0.02 from that of the whole split. */
  dev: [4096, Number.POSITIVE_INFINITY],
  /** With BatchNorm calibrated on 4,096 examples the dev loss is within 0.0003 of the one with all of them; more would be of no use. */
  calibration: [512, 4096],
} as const;

/** As many examples of the split as are cheap for a network of so many parameters. */
export function affordable(
  split: Split,
  use: keyof typeof BOUNDS,
  parameters: number,
  backend: Machine["backend"],
): Split {
  const [least, most] = BOUNDS[use];
  return spaced(split, Math.min(most, Math.max(least, Math.floor(CHEAP[backend] / parameters))));
}

/** So many examples at equal distances, or the split itself if it has no more. */
export const spaced = (split: Split, count: number): Split =>
  count < split.length ? new Spaced(split, count) : split;

class Spaced extends Split {
  readonly #count: number;

  constructor({ tokens, context, vocabulary }: Split, count: number) {
    super(tokens, context, vocabulary);
    this.#count = count;
  }

  override get length(): number {
    return this.#count;
  }

  override gatherRange(
    start: number,
    count: number,
    X: Uint32Array,
    Y: Uint32Array,
    xOffset = 0,
    yOffset = 0,
  ): void {
    const { length } = this.tokens;
    const indices = Array.from({ length: count }, (_, i) => Math.floor(((start + i) * length) / this.#count));
    this.gather(indices, X, Y, xOffset, yOffset);
  }
}
