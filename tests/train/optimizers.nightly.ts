/** The chunked path's share of the optimisers' runs: a software device runs its steps for seconds. */
import { gpuMachine } from "../../src/gpu/machine.ts";
import { describeOnGpu } from "../support/device.ts";
import { describePyTorch, describeResume } from "./optimizer_runs.ts";

describeOnGpu("on a device", ({ device, name }) => {
  const machine = gpuMachine(device, name);
  describePyTorch(machine, ["chunked"]);
  describeResume(machine, 60, ["chunked"]);
});
