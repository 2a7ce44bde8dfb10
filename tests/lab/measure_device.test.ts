/** Measuring the device as the page's worker does it, at tiny sizes. The figures themselves are nobody's promise. */
import { afterEach, describe, expect, it } from "vitest";
import { lastingMachine } from "../../src/gpu/lasting.ts";
import { type Extent, measureDevice } from "../../src/lab/device/measure.ts";
import { fileName, jsonOf, range, sizesOf, time } from "../../src/lab/device/measured.ts";
import { Engine } from "../../src/lab/engine.ts";
import type { StepRow } from "../../src/measure/steps.ts";
import { trainConfig } from "../../src/train/config.ts";
import { describeOnGpu, openTestDevice } from "../support/device.ts";
import { dataset } from "../train/data.ts";

const effort = { samples: 1, sampleMs: 1, budgetMs: 1000 };
const TINY: Extent = {
  shapes: [
    { hidden: 6, batch: 5 },
    { hidden: 4, batch: 3 },
  ],
  bare: { ...effort, budgetMs: 0 },
  steps: effort,
  totalMs: 60_000,
};
/** Long enough to be interrupted. */
const LONG: Extent = { ...TINY, steps: { samples: 1000, sampleMs: 5, budgetMs: 60_000 } };

const engines: Engine[] = [];
afterEach(async () => {
  for (const engine of engines.splice(0)) await engine.close();
});
async function open(): Promise<Engine> {
  const engine = new Engine();
  engines.push(engine);
  await engine.open("cpu");
  await engine.useWords("bundled", trainConfig({}));
  return engine;
}
/** Resolves when the measurement has begun; `end` is its outcome. */
async function begin(engine: Engine) {
  let begun = () => {};
  const beginning = new Promise<void>((resolve) => (begun = resolve));
  const end = engine.measure(begun, LONG).then(
    () => undefined,
    (error: Error) => error,
  );
  await beginning;
  return { end };
}

describe("without a device", () => {
  it("the CPU reference's steps are measured, in the command line's words", async () => {
    const engine = await open();
    const shares: number[] = [];
    const measured = await engine.measure(({ share }) => shares.push(share), TINY);
    expect(shares).toEqual([0, 0.5]);
    const { environment, ...result } = JSON.parse(jsonOf(measured));
    expect(environment).toMatchObject({
      adapter: "CPU reference (float32)",
      kind: "cpu",
      version: expect.stringMatching(/^\d/),
    });
    expect(Object.keys(environment)).toEqual(
      expect.arrayContaining(["date", "browser", "platform", "cores", "info"]),
    );
    expect(result).toMatchObject({ quick: true, cpuWins: [], seconds: expect.any(Number) });
    expect(result.steps).toHaveLength(2);
    for (const row of result.steps) {
      expect(row).toMatchObject({ path: "cpu", status: "timed" });
      expect(row.firstLoss).toBeCloseTo(row.firstLossOnCpu, 5);
    }
    expect(fileName(measured)).toMatch(/^\d{4}-\d\d-\d\d-cpu-reference-float32\.json$/);
  });

  it("there are no dispatches to profile", async () => {
    const engine = await open();
    await expect(engine.profile(trainConfig({ hidden: 4, batch: 3 }), () => {})).rejects.toThrow(
      "there is no GPU here, and the CPU reference has no dispatches; use a browser with WebGPU",
    );
  });

  it("it is stopped, and by training too, which pauses for it", async () => {
    const engine = await open();
    const stopped = await begin(engine);
    await expect(engine.measure(() => {}, TINY)).rejects.toThrow("is being measured already");
    engine.stopMeasuring();
    expect(await stopped.end).toMatchObject({ name: "InterruptedError" });

    await engine.prepare(trainConfig({ hidden: 4, batch: 3, steps: 1e6 }));
    const training = engine.run();
    const ended = await begin(engine);
    expect(await training).toMatchObject({ done: false });
    const again = engine.run();
    expect((await ended.end)?.message).toBe(
      "training began, which needs the device; pause it and measure again",
    );
    await engine.pause();
    expect(await again).toMatchObject({ done: false });
  });
});

describeOnGpu("on a device", () => {
  const open = () => lastingMachine({ open: openTestDevice });

  it("a loss ends it with a sentence, and the next one has a new device", async () => {
    const machine = await open();
    const { device } = machine.opened;
    const measuring = measureDevice(machine, dataset, {
      signal: new AbortController().signal,
      onProgress: ({ doing }) => doing === "the floor" && device.destroy(),
      extent: LONG,
    });
    await expect(measuring).rejects.toThrow(/^the device was lost \(.+\) while it was measured/);
    const stop = new AbortController();
    const next = measureDevice(machine, dataset, {
      signal: stop.signal,
      onProgress: ({ doing }) => doing === "the roof" && stop.abort(new Error("enough")),
      extent: TINY,
    });
    await expect(next).rejects.toThrow("enough");
    expect(machine.opened.device).not.toBe(device);
    machine.close();
  });
});

describe("the result in words", () => {
  it("gives times in the unit that suits them", () => {
    expect([0.0123, 12.34, 1234.5, 999_900, 2.5e6].map(time)).toEqual([
      "0.0123 µs",
      "12.3 µs",
      "1.23 ms",
      "1,000 ms",
      "2.5 s",
    ]);
    expect(range(950, 1200)).toBe("0.95–1.2 ms");
  });

  it("says which path is fastest, beside the CPU", () => {
    const row = (path: StepRow["path"], medianUs?: number) =>
      ({ hidden: 64, batch: 32, path, status: "timed", timing: medianUs && { medianUs } }) as StepRow;
    const says = (...rows: StepRow[]) => sizesOf(rows).map(({ says }) => says);
    expect(says(row("fused", 2000), row("single", 500), row("cpu", 1000))).toEqual([
      "Hidden 64, batch 32: the single path is the fastest, with 500 µs a step, 2 times as fast as the CPU reference.",
    ]);
    expect(says(row("fused", 2000), row("single"), row("cpu", 1000))).toEqual([
      "Hidden 64, batch 32: the fused path is the fastest, with 2 ms a step, but the CPU reference is 2 times as fast.",
    ]);
    expect(says(row("cpu", 1000))[0]).toContain("a step takes the CPU reference 1 ms.");
    expect(says(row("fused"), row("cpu"))[0]).toContain("nothing could be timed.");
  });
});
