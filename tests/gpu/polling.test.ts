/** What waiting for Dawn costs the process under Node. */
import { afterEach, expect, it, vi } from "vitest";
import { eagerly, isPolled, pollGently } from "../../src/gpu/polling.ts";
import { waitingFor } from "../../src/gpu/waiting.ts";
import { describeOnGpu } from "../support/device.ts";

afterEach(() => vi.restoreAllMocks());

/** A binding that looks for the end of its work in every turn, as Dawn's does; its classes are new ones in each test. */
function binding(milliseconds: number) {
  const looks: number[] = [];
  class Queue {
    onSubmittedWorkDone(): Promise<void> {
      const start = performance.now();
      return new Promise((resolve) => {
        const look = () => {
          looks.push(performance.now() - start);
          if (performance.now() - start < milliseconds) globalThis.setImmediate(look);
          else resolve();
        };
        globalThis.setImmediate(look);
      });
    }
  }
  class Device {}
  const none = class {};
  pollGently({
    GPU: none,
    GPUAdapter: none,
    GPUDevice: Device,
    GPUQueue: Queue,
    GPUBuffer: none,
    GPUShaderModule: none,
  });
  return { queue: new Queue(), device: new Device() as GPUDevice, looks };
}

it("is looked for in every turn at first, and then once a millisecond", async () => {
  let [early, late] = [0, 0];
  // Where other processes have the core for the first milliseconds, there are few turns in them: that is not so every time.
  for (let tries = 0; tries < 5 && early <= 10; tries++) {
    const { queue, looks } = binding(100);
    await queue.onSubmittedWorkDone();
    early = looks.filter((at) => at < 5).length;
    late = looks.filter((at) => at > 12).length;
  }
  expect(early).toBeGreaterThan(10);
  // A timer takes no less than a millisecond, however it is rounded; every turn would be thousands.
  expect(late).toBeLessThan(200);
});

it("is looked for in every turn for as long as somebody is in a hurry", async () => {
  const { queue, looks } = binding(60);
  const waiting = queue.onSubmittedWorkDone();
  await eagerly(() => Promise.all([waiting, queue.onSubmittedWorkDone()]));
  expect(looks.filter((at) => at > 20).length).toBeGreaterThan(200);
  const later = binding(60);
  await later.queue.onSubmittedWorkDone();
  expect(later.looks.filter((at) => at > 20).length).toBeLessThan(100);
});

it("leaves the global as it is, whoever looks", async () => {
  const { queue } = binding(30);
  const own = globalThis.setImmediate;
  const waiting = queue.onSubmittedWorkDone();
  const seen = [globalThis.setImmediate];
  for (const pause of [0, 5, 10, 20]) {
    await new Promise((resolve) => setTimeout(resolve, pause));
    seen.push(globalThis.setImmediate);
  }
  await waiting;
  seen.push(globalThis.setImmediate);
  expect(seen).toEqual(seen.map(() => own));
});

it("still waits where the global cannot be changed", async () => {
  const { queue } = binding(20);
  const own = Object.getOwnPropertyDescriptor(globalThis, "setImmediate")!;
  Object.defineProperty(globalThis, "setImmediate", { ...own, writable: false });
  try {
    await queue.onSubmittedWorkDone();
  } finally {
    Object.defineProperty(globalThis, "setImmediate", own);
  }
});

it("knows its own devices", () => {
  const { device } = binding(0);
  expect(isPolled(device)).toBe(true);
  expect(isPolled({} as GPUDevice)).toBe(false);
});

describeOnGpu("Dawn", ({ device, name }) => {
  it("knows a driver that looks for work itself", async () => {
    expect(await waitingFor(device)).toMatchObject({ sleeps: true, spins: /swiftshader/i.test(name) });
  });

  it("never looks by the process's own setImmediate, whatever it waits for", async () => {
    expect(isPolled(device)).toBe(true);
    const looks = vi.spyOn(globalThis, "setImmediate");
    const code = "@compute @workgroup_size(1) fn main() {}";
    const buffer = device.createBuffer({ size: 4, usage: GPUBufferUsage.MAP_READ });
    const module = device.createShaderModule({ code });
    device.pushErrorScope("validation");
    await device.popErrorScope();
    await module.getCompilationInfo();
    await device.createComputePipelineAsync({ layout: "auto", compute: { module } });
    await device.queue.onSubmittedWorkDone();
    await buffer.mapAsync(GPUMapMode.READ);
    buffer.destroy();
    expect(looks).not.toHaveBeenCalled();
  });
});
