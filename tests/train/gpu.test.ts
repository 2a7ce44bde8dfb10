/** Training, evaluation and sampling on a WebGPU device. */
import { gpuMachine } from "../../src/gpu/machine.ts";
import { describeOnGpu } from "../support/device.ts";
import { describeInference, describeTraining } from "./behaviour.ts";

describeOnGpu("on a device", ({ device, name }) => {
  const machine = gpuMachine(device, name);
  describeTraining(machine, 100);
  describeInference(machine);
});
