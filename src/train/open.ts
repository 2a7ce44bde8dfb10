/** Opens the machine to train on: the best WebGPU device, or the CPU reference. */
import { cpuMachine } from "../cpu/machine.ts";
import type { Considered } from "../gpu/adapters.ts";
import { type DeviceOptions, NoAdapterError, type OpenedDevice, openDevice } from "../gpu/device.ts";
import { type LastingOptions, lastingMachine } from "../gpu/lasting.ts";
import type { Machine } from "../plan/machine.ts";

export const BACKENDS = ["auto", "gpu", "cpu"] as const;
export type Backend = (typeof BACKENDS)[number];

export interface OpenedMachine extends Machine {
  /** What it computes on at present; absent on the CPU. */
  readonly opened?: OpenedDevice;
  /** On the CPU for lack of a device: what was tried. */
  readonly considered?: readonly Considered[];
}

export interface MachineOptions extends DeviceOptions, Pick<LastingOptions, "onLost"> {
  /** Called with a line that says why the CPU is taken, if it is not what was asked for. */
  onNote?: (line: string) => void;
}

/**
 * `gpu` is the best adapter there is, `cpu` the reference, `auto` the GPU or else, with a note, the CPU. A device that is
 * lost is opened anew: see {@link Machine.survive}. The caller closes it.
 * @throws NoAdapterError with `gpu`, when there is no adapter
 */
export async function openMachine(
  backend: Backend = "auto",
  options: MachineOptions = {},
): Promise<OpenedMachine> {
  if (backend === "cpu") return cpuMachine();
  try {
    return await lastingMachine({ open: () => openDevice(options), onLost: options.onLost });
  } catch (error) {
    if (backend === "gpu" || !(error instanceof NoAdapterError)) throw error;
    options.onNote?.(`${error.message}. Until then the CPU reference is used.`);
    return { ...cpuMachine(), considered: error.considered };
  }
}
