import { describe, expect, it } from "vitest";
import type { Line } from "../../src/lab/charts/chart.ts";
import { readings, spoken, valueText } from "../../src/lab/charts/readout.ts";
import { joined, movedRow, nearestRow, nearestValue } from "../../src/lab/charts/rows.ts";
import { type Axis, axisTicks } from "../../src/lab/charts/ticks.ts";
import type { RunInfo } from "../../src/lab/messages.ts";
import { eventsOf } from "../../src/lab/train/run_events.ts";
import { trainConfig } from "../../src/train/config.ts";

const loss = (low: number, high: number, log = false): Axis => ({ low, high, pixels: 250, room: 26, log });
const labels = (axis: Axis) => axisTicks(axis).map(({ label }) => label);

describe("an axis", () => {
  it.each([
    ["of a usual run", 1.5, 4.1, ["1.5", "2.0", "2.5", "3.0", "3.5", "4.0"]],
    ["of huge losses", 0, 786_236, ["0", "100k", "200k", "300k", "400k", "500k", "600k", "700k"]],
    ["of millions", 0, 1.3e6, ["0", "0.2M", "0.4M", "0.6M", "0.8M", "1.0M", "1.2M"]],
    ["beyond all names", 0, 3.2e15, ["0", "5e14", "1e15", "1.5e15", "2e15", "2.5e15", "3e15"]],
    ["of a loss that explodes", 0, 1e21, ["0", "2e20", "4e20", "6e20", "8e20", "1e21"]],
    ["of tiny losses", 0, 7e-7, ["0", "1e-7", "2e-7", "3e-7", "4e-7", "5e-7", "6e-7", "7e-7"]],
    ["of a narrow range", 2.1234561, 2.1234564, ["2.12345610", "2.12345615", "2.12345620"]],
    ["of a narrow range far up", 786_236.1, 786_236.9, ["786,236.1", "786,236.2", "786,236.3"]],
    ["below 0", -4.2, -0.8, ["-4.0", "-3.5", "-3.0", "-2.5", "-2.0", "-1.5", "-1.0"]],
  ])("%s", (_, low, high, first) => {
    const found = labels(loss(low, high));
    expect(found.slice(0, first.length)).toEqual(first);
  });

  it("has labels that are evenly spaced, distinct and within it, whatever its range", () => {
    for (const middle of [0, 1e-9, 0.3, 2.2, 12_345, 786_236, 1e12])
      for (const size of [1e-6, 1e-3, 0.7, 3, 47, 1e6, 1e13]) {
        // Closer together, float32 has no losses.
        if (size < 1e-7 * middle) continue;
        const [low, high] = [middle - size / 2, middle + size / 3];
        const ticks = axisTicks(loss(low, high));
        expect(ticks.length).toBeGreaterThanOrEqual(2);
        expect(new Set(ticks.map(({ label }) => label)).size).toBe(ticks.length);
        const gaps = ticks.slice(1).map(({ at }, i) => at - ticks[i].at);
        // float64 rounds the ticks themselves.
        for (const gap of gaps) expect(Math.abs(gap - gaps[0])).toBeLessThan(1e-3 * gaps[0]);
        for (const { at } of ticks) expect(at >= low && at <= high).toBe(true);
      }
  });

  it.each([
    ["about an octave", 1.9, 4.2, ["2.0", "2.5", "3.0", "3.5", "4.0"]],
    ["a decade", 1.5, 16, ["2", "3", "5", "7", "10"]],
    ["many decades", 2, 1e6, ["10", "100", "1,000", "10k", "100k", "1M"]],
    ["tiny losses", 1e-9, 0.1, ["1e-9", "1e-8", "1e-7", "1e-6", "1e-5", "1e-4", "0.001", "0.01", "0.1"]],
    ["all of float32", 1e-38, 1e38, ["1e-32", "1e-24", "1e-16", "1e-8", "1", "100M", "1e16"]],
  ])("that is logarithmic has several labels over %s", (_, low, high, first) => {
    const found = labels(loss(low, high, true));
    expect(found.slice(0, first.length)).toEqual(first);
    expect(new Set(found).size).toBe(found.length);
  });

  it("of steps has whole ones only, all in one unit", () => {
    const steps = (low: number, high: number) => labels({ low, high, pixels: 500, room: 70, whole: true });
    expect(steps(0, 1)).toEqual(["0", "1"]);
    expect(steps(0, 2)).toEqual(["0", "1", "2"]);
    expect(steps(0, 12_000)).toEqual(["0", "2k", "4k", "6k", "8k", "10k", "12k"]);
    expect(steps(123_456, 123_460)).toEqual(["123,456", "123,457", "123,458", "123,459", "123,460"]);
  });
});

describe("the rows of a chart", () => {
  const rows = joined(
    { steps: [1.5, 5.5, 9.5], lines: [[3, 2, Number.NaN]] },
    { steps: [4, 9.5, 12], lines: [[2.5, 2.25, Number.POSITIVE_INFINITY]] },
  );

  it("keep each value at its own step, and leave out what is not finite", () => {
    expect(Array.from(rows[0])).toEqual([1.5, 4, 5.5, 9.5, 12]);
    expect(rows.slice(1)).toEqual([
      [3, null, 2, null, null],
      [null, 2.5, null, 2.25, null],
    ]);
    expect(joined()).toEqual([new Float64Array()]);
  });

  it("are found by the nearest step, and values by the nearest row", () => {
    expect([-9, 2, 3, 5, 11, 99].map((step) => nearestRow(rows[0], step))).toEqual([0, 0, 1, 2, 4, 4]);
    expect([0, 1, 2, 3, 4].map((row) => nearestValue(rows, 0, row))).toEqual([0, 2, 2, 2, 2]);
    expect([0, 1, 2, 3, 4].map((row) => nearestValue(rows, 1, row))).toEqual([1, 1, 1, 3, 3]);
    expect(
      nearestValue(
        [
          [1, 2],
          [null, null],
        ],
        0,
        1,
      ),
    ).toBeUndefined();
  });

  it("are walked by keys as a slider is", () => {
    const keys = ["ArrowLeft", "ArrowRight", "PageUp", "PageDown", "Home", "End", "x"];
    expect(keys.map((key) => movedRow(key, 50, 100))).toEqual([49, 51, 60, 40, 0, 99, undefined]);
    expect(movedRow("ArrowRight", 99, 100)).toBe(99);
  });

  it("are read out: both edges of a band, points with their own step", () => {
    const lines: Line[] = [
      { label: "most", color: "--raw", unnamed: true },
      { label: "minibatch", color: "--raw" },
      { label: "dev", color: "--dev", points: true },
    ];
    const data = joined(
      {
        steps: [3.5, 11.5],
        lines: [
          [2.5, 2.25],
          [2, 2.25],
        ],
      },
      { steps: [8000], lines: [[2.2539]] },
    );
    const at = (row: number) => spoken(data[0][row], readings({ lines, band: [0, 1] }, data, row, 4));
    expect(at(0)).toBe("step 3, minibatch 2.0000 to 2.5000, dev 2.2539 at step 8,000");
    expect(at(1)).toBe("step 11, minibatch 2.2500, dev 2.2539 at step 8,000");
    const empty = readings({ lines, band: [0, 1] }, joined({ steps: [], lines: [[], [], []] }), -1, 4);
    expect(empty.map(({ text }) => text)).toEqual([undefined, undefined]);
  });

  it("are read out with the step of a line that has ended, or not begun", () => {
    const lines: Line[] = [
      { label: "now", color: "--accent" },
      { label: "other", color: "--run-0" },
    ];
    const data = joined(
      { steps: [10, 11, 12], lines: [[3, 2.5, 2.25]] },
      { steps: [2, 6, 10.5], lines: [[4, 3, 2]] },
    );
    const at = (row: number) => spoken(data[0][row], readings({ lines }, data, row, 4));
    expect(at(0)).toBe("step 2, now 3.0000 at step 10, other 4.0000");
    expect(at(3)).toBe("step 10, now 3.0000, other 2.0000");
    expect(at(5)).toBe("step 12, now 2.2500, other 2.0000");
  });

  it("are read out in few digits, however large or small", () => {
    const values = [2.25391, 27.1234, 786_236.4, 3.2e15, 0.000123, 0, -2.9];
    const texts = ["2.2539", "27.123", "786,236", "3.200e15", "1.230e-4", "0.0000", "-2.9000"];
    expect(values.map((v) => valueText(v, 4))).toEqual(texts);
  });
});

describe("the marks of a run", () => {
  const marks = (given: Parameters<typeof trainConfig>[0], more: Partial<RunInfo> = {}) =>
    eventsOf({ config: trainConfig(given), changes: [], broken: [], ...more } as unknown as RunInfo);

  it("are where its learning rate decays", () => {
    expect(marks({})).toEqual([{ step: 10_000, label: "learning rate 0.1 → 0.01" }]);
    expect(marks({ steps: 7, decayAt: 0.3, lr: 1 })).toEqual([{ step: 3, label: "learning rate 1 → 0.1" }]);
  });

  it("are where settings were changed, and where a gradient was broken and mended", () => {
    const changes = [{ step: 700, label: "learning rate 0.2 → 0.1" }];
    const broken = [
      { id: "tanh.backward.sign", from: 500, to: 900 },
      { id: "db2.mean", from: 12_000 },
    ];
    expect(marks({}, { changes, broken })).toEqual([
      { step: 500, label: "broken: tanh.backward.sign" },
      { step: 700, label: "learning rate 0.2 → 0.1" },
      { step: 900, label: "mended" },
      { step: 10_000, label: "learning rate 0.1 → 0.01" },
      { step: 12_000, label: "broken: db2.mean" },
    ]);
  });

  it("are missing where the rate stays", () => {
    for (const given of [{ decayAt: 1 }, { decayAt: 0 }, { decay: 1 }]) expect(marks(given)).toEqual([]);
  });
});
