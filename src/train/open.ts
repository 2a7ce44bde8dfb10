/** Opens the machine to train on: the best WebGPU device, or the CPU reference. */
import { cpuMachine } from "../cpu/machine.ts";
import { type DeviceOptions, NoAdapterError, type OpenedDevice, openDevice } from "../gpu/device.ts";
import { gpuMachine } from "../gpu/machine.ts";
import type { Machine } from "../ops/executable.ts";

export const BACKENDS = ["auto", "gpu", "cpu"] as const;
export type Backend = (typeof BACKENDS)[number];

export interface OpenedMachine extends Machine {
  /** Absent on the CPU. */
  readonly opened?: OpenedDevice;
}

/**
 * `gpu` is the best adapter there is, `cpu` the reference, `auto` the GPU or else, with a note, the CPU. The caller
 * closes it.
 * @throws NoAdapterError with `gpu`, when there is no adapter
 */
export async function openMachine(
  backend: Backend = "auto",
  options: DeviceOptions = {},
): Promise<OpenedMachine> {
  if (backend === "cpu") return cpuMachine();
  try {
    const opened = await openDevice(options);
    const machine = gpuMachine(opened.device, opened.name, opened.kind);
    return { ...machine, opened, close: () => opened.close() };
  } catch (error) {
    if (backend === "gpu" || !(error instanceof NoAdapterError)) throw error;
    options.onNote?.(`${error.message}. Until then the CPU reference computes.`);
    return cpuMachine();
  }
}
