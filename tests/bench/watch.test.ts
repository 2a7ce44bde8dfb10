/** A shorter long run: what training creates and keeps does not grow with its steps. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, it } from "vitest";
import { slopesOf, watchTraining } from "../../bench/watch.ts";
import { lastingMachine } from "../../src/gpu/lasting.ts";
import { describeOnGpu, openTestDevice } from "../support/device.ts";
import { dataset, tinyConfig } from "../train/data.ts";

setFlagsFromString("--expose-gc");
globalThis.gc = runInNewContext("gc");

describeOnGpu("20,000 steps", () => {
  it("keep no memory, on the host or the device, and create one command encoder a submit", async () => {
    const machine = await lastingMachine({ open: openTestDevice });
    const config = tinyConfig({ steps: 20_000, path: "single" });
    const samples = await watchTraining({ machine, config, dataset, every: 2000 });
    machine.close();
    expect(samples).toHaveLength(10);
    const [first, last] = [samples[0], samples[9]];
    // A submit ends at every sample at the latest, and nothing else is made.
    for (const { step, submits, created } of samples) {
      expect(submits).toBeGreaterThanOrEqual(step / 2000);
      expect(submits).toBeLessThan(step / 2);
      expect(created).toEqual({ createCommandEncoder: submits });
    }
    expect(last.deviceBytes).toBe(first.deviceBytes);
    expect(first.deviceBytes).toBeGreaterThan(0);
    // A float kept per step of the last 10,000 would be 80 kB, an object per step half a megabyte at least.
    expect(last.heap - samples[4].heap).toBeLessThan(300_000);
    expect(last.external - samples[4].external).toBeLessThan(300_000);
    console.log(
      `heap ${first.heap} to ${last.heap} bytes, RSS ${first.rss} to ${last.rss}, ${first.microseconds.toFixed(0)} to ${last.microseconds.toFixed(0)} µs a step`,
      slopesOf(samples),
    );
  });
});
