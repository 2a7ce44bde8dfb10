/** The WebGPU device of a test file: opened once, closed at the end, and every error it reports fails a test. */
import { afterAll, afterEach, describe, expect, it } from "vitest";
import type { AdapterChoice } from "../../src/gpu/adapters.ts";
import { type OpenedDevice, openDevice } from "../../src/gpu/device.ts";
import { adapterEnv, embedded } from "./adapter.ts";

const errors: string[] = [];

/** Another device like the one that the file's tests share. The caller closes it. */
export function openTestDevice(): Promise<OpenedDevice> {
  const adapter = adapterEnv.BACKPROP_NINJA_ADAPTER as AdapterChoice;
  return openDevice({ adapter, onError: (e) => errors.push(e.message) });
}

const { opened, reason } = await open();

async function open(): Promise<{ opened?: OpenedDevice; reason: string }> {
  try {
    return { opened: await openTestDevice(), reason: "" };
  } catch (error) {
    if (embedded) throw error;
    return { reason: (error as Error).message };
  }
}

afterEach(() => {
  expect(errors.splice(0), "GPU errors outside any error scope").toEqual([]);
});
afterAll(() => opened?.close());

/** A `describe` whose tests share the file's device; if there is none, it is skipped with the reason in its title. */
export function describeOnGpu(title: string, body: (opened: OpenedDevice) => void): void {
  if (opened) describe(`${title} (${opened.name})`, () => body(opened));
  else describe.skip(`${title}: ${reason}`, () => it("needs a WebGPU device", () => {}));
}
