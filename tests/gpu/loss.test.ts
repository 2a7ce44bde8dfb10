/** Who hears of a lost device, and that listening keeps nobody. */
import { afterEach, describe, expect, it, vi } from "vitest";
import { Deadline } from "../../src/exercises/kernels/deadline.ts";
import { lossBehind, lossOf, onLoss } from "../../src/gpu/loss.ts";
import { alive } from "../support/memory.ts";

const INFO = { reason: "unknown", message: "driver reset" } as GPUDeviceLostInfo;

/** A device that can be lost, and does nothing else. */
function fake(): { device: GPUDevice; lose: () => void; listeners: () => number } {
  let lose = (): void => {};
  const lost = new Promise<GPUDeviceLostInfo>((resolve) => {
    lose = () => resolve(INFO);
  });
  const listening = vi.spyOn(lost, "then");
  return { device: { lost } as GPUDevice, lose, listeners: () => listening.mock.calls.length };
}

afterEach(() => {
  vi.useRealTimers();
});

describe("a device's loss", () => {
  it("is told to all who listen by then, and to those who ask after it", async () => {
    const { device, lose } = fake();
    const heard: string[] = [];
    onLoss(device, () => heard.push("first"));
    onLoss(device, () => heard.push("taken back"))();
    expect(lossOf(device)).toBeUndefined();
    lose();
    await device.lost;
    expect(heard).toEqual(["first"]);
    expect(lossOf(device)).toBe(INFO);
    onLoss(device, () => heard.push("later"));
    expect(heard).toEqual(["first", "later"]);
    expect(await lossBehind(device)).toBe(INFO);
  });

  it("is waited for after a failure, but not for long", async () => {
    vi.useFakeTimers();
    const { device } = fake();
    const behind = lossBehind(device);
    await vi.advanceTimersByTimeAsync(200);
    expect(await behind).toBeUndefined();
  });

  it("has one listener, however many ask, and keeps nothing of those who no longer do", async () => {
    const { device, listeners } = fake();
    const refs: WeakRef<object>[] = [];
    for (let i = 0; i < 20; i++) {
      const values = new Float32Array(1000);
      refs.push(new WeakRef(values));
      onLoss(device, () => values.fill(0))();
      expect(await new Deadline(device, 1000).wait(Promise.resolve(values))).toHaveLength(1000);
    }
    expect(await alive(refs)).toBe(0);
    expect(listeners()).toBe(1);
  });
});
