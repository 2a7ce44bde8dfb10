/** The chunked path's share of resumed runs: a software device runs its steps for seconds. */
import { gpuMachine } from "../../src/gpu/machine.ts";
import { describeOnGpu } from "../support/device.ts";
import { describeResume } from "./optimizer_runs.ts";

describeOnGpu("on a device", ({ device, name }) => describeResume(gpuMachine(device, name), 60, ["chunked"]));
