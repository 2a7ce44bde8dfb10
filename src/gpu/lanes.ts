/** Whether a device's kernels exchange operands, and among how many invocations. */
import { LANES } from "../ops/contract.ts";
import { describe } from "./device.ts";

/**
 * The subgroup size where it is fixed and the adapter is software, which vectorizes consecutive invocations; else 1. WebGPU says nothing
 * about which invocations make a subgroup, and a GPU's loads cost too little for the exchange to matter.
 */
export function exchangeLanes({ adapterInfo, features }: GPUDevice): number {
  // Browsers have had `adapterInfo` only since 2024.
  const { subgroupMinSize: least, subgroupMaxSize: most } = adapterInfo ?? {};
  const known = features.has("subgroups") && least === most && describe(adapterInfo).kind === "software";
  return known && LANES.includes(most) ? most : 1;
}
