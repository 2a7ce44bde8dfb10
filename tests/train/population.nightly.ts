/** Networks side by side on a device, with the optimisers that keep more for every parameter. */
import { expect, it } from "vitest";
import { gpuMachine } from "../../src/gpu/machine.ts";
import { describeOnGpu } from "../support/device.ts";
import { adamw, different, each, side } from "./populations.ts";

describeOnGpu("on a device", ({ device, name }) => {
  it.each([
    ["momentum", { momentum: 0.9 }],
    ["AdamW", adamw],
  ] as const)("each network ends as it does alone, with %s", async (_, optimizer) => {
    const machine = gpuMachine(device, name, "software");
    const configs = different(optimizer);
    expect((await side(machine, configs)).results).toEqual(await each(machine, configs));
  });
});
