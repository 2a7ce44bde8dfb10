/** What a device's kernels are written for. */
import { ANY_DEVICE, LANES, type Target, WORKGROUP_BYTES } from "../plan/target.ts";
import { describe } from "./device.ts";

/**
 * Software devices exchange operands if their subgroup size is fixed: they vectorise consecutive invocations. WebGPU says nothing about which
 * invocations make a subgroup, and a GPU's loads cost too little for the exchange to matter. On a GPU, kernels use as much workgroup memory
 * as they can; in software it is ordinary memory, and using more takes SwiftShader twice as long to compile.
 */
export function targetOf({ adapterInfo, features, limits }: GPUDevice): Target {
  // Browsers have had `adapterInfo` only since 2024.
  const { subgroupMinSize: least, subgroupMaxSize: most } = adapterInfo ?? {};
  if (adapterInfo && describe(adapterInfo).kind === "software") {
    const known = features.has("subgroups") && least === most && LANES.includes(most);
    return known ? { ...ANY_DEVICE, lanes: most } : ANY_DEVICE;
  }
  const fits = WORKGROUP_BYTES.filter((bytes) => bytes <= limits.maxComputeWorkgroupStorageSize);
  return { ...ANY_DEVICE, workgroupBytes: Math.max(ANY_DEVICE.workgroupBytes, ...fits) };
}
