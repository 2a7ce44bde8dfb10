/** What the page watches during a run: which dev examples, and how often. */
import { describe, expect, it } from "vitest";
import { buildDataset, type Split } from "../../src/data/examples.ts";
import * as state from "../../src/lab/state.ts";
import { Cadence } from "../../src/lab/train/cadence.ts";
import { affordable, spaced } from "../../src/lab/train/dev_sample.ts";
import { EMPTY } from "../../src/lab/train/series.ts";
import { RANDOM_WORDS } from "../support/random_words.ts";

const { train } = buildDataset({ words: [...RANDOM_WORDS], source: "random", blankLines: 0 }, { context: 3 });

/** Contexts and targets of some of its examples. */
function examplesOf(split: Split, start: number, count: number): number[][] {
  const [X, Y] = [new Uint32Array(3 * count), new Uint32Array(count)];
  split.gatherRange(start, count, X, Y);
  return Array.from(Y, (y, i) => [...X.subarray(3 * i, 3 * i + 3), y]);
}

describe("a sample of a split", () => {
  const dev = { ...train, length: 22_655 } as Split;

  it("is all of it where that is cheap, and never fewer than 4,096 examples", () => {
    expect(affordable(dev, "dev", 4137, "gpu")).toBe(dev);
    expect(affordable(dev, "dev", 12_297, "gpu")).toBe(dev);
    expect(affordable(dev, "dev", 4137, "cpu").length).toBe(8110);
    expect(affordable(dev, "dev", 5_700_000, "gpu").length).toBe(4096);
  });

  it("is smaller where BatchNorm is calibrated", () => {
    const train = { ...dev, length: 182_625 } as Split;
    expect(affordable(train, "calibration", 4137, "gpu").length).toBe(4096);
    expect(affordable(train, "calibration", 5_700_000, "gpu").length).toBe(512);
  });

  it("comes from all over it, with the contexts that the examples have there", () => {
    const all = examplesOf(train, 0, train.length);
    const few = spaced(train, 10);
    expect(few.length).toBe(10);
    const want = Array.from({ length: 10 }, (_, i) => all[Math.floor((i * train.length) / 10)]);
    expect(examplesOf(few, 0, 10)).toEqual(want);
    expect(examplesOf(few, 7, 3)).toEqual(want.slice(7));
    expect(few.vocabulary).toBe(train.vocabulary);
  });
});

it("is said with its step, and is old once the network has trained on for a tenth of that", () => {
  const shown = (at: number, now: number) => {
    state.devLosses.value = { steps: [at], rows: [[2.25]] };
    state.step.value = now;
    return state.dev.value;
  };
  expect(shown(20_000, 22_000)).toEqual({ step: 20_000, loss: 2.25, old: false });
  expect(shown(20_000, 22_001)).toEqual({ step: 20_000, loss: 2.25, old: true });
  expect(shown(300, 400)).toMatchObject({ old: false });
  state.devLosses.value = EMPTY;
  expect(state.dev.value).toBeUndefined();
});

describe("a chore", () => {
  /** Does the chore whenever it is due, until so many seconds have passed; each takes the next of these seconds, then the last. */
  function startsOf(every: number, until: number, ...takes: number[]): number[] {
    const cadence = new Cadence(1000 * every);
    const starts: number[] = [];
    let now = 0;
    for (cadence.begin(now); cadence.due <= 1000 * until; ) {
      const start = cadence.due;
      const took = 1000 * (takes.length > 1 ? takes.shift()! : takes[0]);
      now = start + took;
      cadence.done(start, now);
      starts.push(start / 1000);
    }
    return starts;
  }

  it("is done as often as it should be while it is quick", () => {
    expect(startsOf(3, 14, 0.1).map((s) => Math.round(s))).toEqual([2, 5, 8, 11, 14]);
  });

  it("keeps coming after a first one that was slow, as where kernels were compiled", () => {
    expect(
      startsOf(3, 40, 20, 0.1)
        .slice(0, 3)
        .map((s) => Math.round(s)),
    ).toEqual([2, 28, 31]);
  });

  it("keeps coming after one among others that was slow", () => {
    expect(
      startsOf(3, 60, 0.1, 0.1, 20, 0.1)
        .slice(2, 4)
        .map((s) => Math.round(s)),
    ).toEqual([8, 31]);
  });

  it("takes a tenth of the time on a slow machine", () => {
    const starts = startsOf(3, 10_000, 20);
    expect((starts.length * 20) / 10_000).toBeLessThan(0.1);
    expect(starts.length).toBeGreaterThan(40);
  });

  it("comes earlier where there is a reason, but takes no more than a tenth even so", () => {
    const cadence = new Cadence(3000);
    cadence.begin(0);
    cadence.hurry(10);
    expect(cadence.due).toBe(1500);
    cadence.done(1500, 1510);
    cadence.hurry(1520);
    expect(cadence.due).toBe(1610);
    cadence.done(1610, 2610);
    cadence.done(10_000, 11_000);
    cadence.hurry(12_000);
    expect(cadence.due).toBe(21_000);
  });
});
