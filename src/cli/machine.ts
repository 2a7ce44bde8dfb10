import { type MachineOptions, type OpenedMachine, openMachine } from "../train/open.ts";
import type { CommonOptions } from "./options.ts";
import type { Output } from "./output.ts";

/** The machine that a command computes on. The command closes it. @throws NoAdapterError */
export const openFor = (
  { backend }: Pick<CommonOptions, "backend">,
  out: Output,
  options: MachineOptions = {},
): Promise<OpenedMachine> =>
  out.phase("looking for a device", () => openMachine(backend, { onNote: out.note, ...options }));
