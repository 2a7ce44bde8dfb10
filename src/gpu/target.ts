/** What a device's kernels are written for. */
import { ANY_DEVICE, LANES, type Target, WORKGROUP_BYTES } from "../plan/target.ts";
import { describe } from "./device.ts";

/**
 * Software exchanges operands where its subgroup size is fixed, since it vectorizes consecutive invocations. WebGPU says nothing about which
 * invocations make a subgroup, and a GPU's loads cost too little for the exchange to matter. A GPU's workgroups have all the memory that
 * kernels know to use; in software it is like any other, and more of it takes SwiftShader twice as long to compile.
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
