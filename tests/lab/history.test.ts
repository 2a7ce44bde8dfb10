import { describe, expect, it } from "vitest";
import { LossHistory } from "../../src/lab/train/history.ts";
import { append, EMPTY, type Series } from "../../src/lab/train/series.ts";

const loss = (step: number) => 2 + Math.exp(-step / 5000) + 0.3 * Math.sin(step * 12.9898);

function filled(count: number, start = 0): LossHistory {
  const history = new LossHistory(start);
  const all = Float64Array.from({ length: count }, (_, i) => loss(start + i));
  // In messages of any length.
  for (let at = 0, length = 1; at < count; at += length, length = (length * 7) % 613 || 1)
    history.add(all.subarray(at, Math.min(count, at + length)));
  return history;
}

describe("the loss history", () => {
  it("keeps every step of a short run", () => {
    const { steps, least, most } = filled(300, 1000).curves();
    expect([...steps]).toEqual(Array.from({ length: 300 }, (_, i) => 1000 + i));
    expect(least).toEqual(most);
    expect([...most]).toEqual(Array.from({ length: 300 }, (_, i) => Math.fround(loss(1000 + i))));
  });

  it.each([2048, 2049, 4096, 4097, 50_001, 200_000])("holds %i steps in bounded room", (count) => {
    const history = filled(count);
    const { steps, least, most } = history.curves();
    expect(history.end).toBe(count);
    expect(steps.length).toBeLessThanOrEqual(2048);
    expect(steps.length).toBeGreaterThanOrEqual(1024);
    const width = Math.ceil(count / steps.length / 2) * 2 || 1;
    let at = 0;
    const size = history.store().width;
    expect(size).toBeLessThanOrEqual(2 * width);
    for (let i = 0; i < steps.length; i++, at += size) {
      const bucket = Array.from({ length: Math.min(size, count - at) }, (_, k) => loss(at + k));
      expect(least[i]).toBe(Math.fround(Math.min(...bucket)));
      expect(most[i]).toBe(Math.fround(Math.max(...bucket)));
      expect(steps[i]).toBe(at + (bucket.length - 1) / 2);
    }
    expect(at).toBeGreaterThanOrEqual(count);
  });

  it("smooths towards the mean and starts at the first loss", () => {
    const constant = new LossHistory();
    constant.add(new Array(5000).fill(3));
    for (const x of constant.curves().smoothed) expect(x).toBeCloseTo(3, 12);
    const { smoothed } = filled(100_000).curves();
    const noise = smoothed.slice(-200).map((x) => Math.abs(x - 2));
    expect(Math.max(...noise)).toBeLessThan(0.01);
    expect(smoothed[0]).toBeCloseTo(loss(0), 0);
  });

  it("goes on from where it was stored", () => {
    const whole = filled(9000);
    const half = new LossHistory();
    half.add(Array.from({ length: 4500 }, (_, i) => loss(i)));
    const second = new LossHistory(structuredClone(half.store()));
    second.add(Array.from({ length: 4500 }, (_, i) => loss(4500 + i)));
    expect(second.curves().most).toEqual(whole.curves().most);
    expect(second.curves().steps).toEqual(whole.curves().steps);
    expect(second.end).toBe(9000);
  });
});

describe("a series", () => {
  it("is thinned, keeps its ends, and takes the place of a row at the same step", () => {
    let series: Series = EMPTY;
    for (let step = 0; step <= 10_000; step++) series = append(series, step, [step, -step]);
    expect(series.steps.length).toBeLessThanOrEqual(1001);
    expect(series.steps[0]).toBe(0);
    expect(series.steps.at(-1)).toBe(10_000);
    series.steps.forEach((step, i) => {
      expect(series.rows[i]).toEqual([step, -step]);
    });
    const again = append(series, 10_000, [7, 7]);
    expect(again.steps).toEqual(series.steps);
    expect(again.rows.at(-1)).toEqual([7, 7]);
  });
});
