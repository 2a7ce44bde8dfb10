/** Every kernel with all of its texts for other devices, which keep a software device's compiler busy for some minutes. */
import { registry } from "../../src/model/registry.ts";
import { describeKernels } from "../support/kernel_suite.ts";

describeKernels("kernels, for every device", registry, "all");
