/** Refuses a plan that does not fit the device, before anything is allocated. */

import { bindingNames, type Kernel, scratchOf } from "../plan/contract.ts";
import { count } from "../plan/count.ts";
import { type BoundCall, type Plan, size, type Tensor } from "../plan/plan.ts";

/** A size that does not fit: one line with the value, the limit and the remedy. */
export class LimitError extends Error {
  override name = "LimitError";
}

/**
 * @throws LimitError for the first tensor, scratch buffer or kernel that exceeds a limit
 */
export function checkLimits(
  plan: Plan,
  kernels: ReadonlyMap<BoundCall, readonly Kernel[]>,
  limits: GPUSupportedLimits,
): void {
  const binding = Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize);
  for (const t of plan.tensors.values()) {
    const bytes = 4 * size(t);
    if (bytes > binding)
      throw new LimitError(
        `${t.name} (${t.shape.join(",")}) needs ${count(bytes)} bytes, but this device binds at most ${count(binding)}: ${remedy(t, plan, binding)}`,
      );
  }
  for (const c of plan.calls) {
    const ks = kernels.get(c) ?? [];
    for (const [name, floats] of Object.entries(scratchOf(ks)))
      if (4 * floats > binding)
        throw new LimitError(
          `${c.op.name} needs ${count(4 * floats)} bytes for ${name}, but this device binds at most ${count(binding)}: use a smaller batch or vocabulary`,
        );
    const buffers = Math.max(...ks.map((k) => bindingNames(c.op, k).length));
    if (buffers > limits.maxStorageBuffersPerShaderStage)
      throw new LimitError(
        `${c.op.name} binds ${buffers} buffers, but this device allows ${limits.maxStorageBuffersPerShaderStage} in a kernel: use --backend cpu`,
      );
    for (const k of ks) checkKernel(c, k, limits);
  }
}

function checkKernel(c: BoundCall, k: Kernel, limits: GPUSupportedLimits): void {
  const refuse = (what: string, value: number, limit: number, advice: string): never => {
    throw new LimitError(
      `${c.op.name} needs ${count(value)} ${what}, but this device allows ${count(limit)}: ${advice}`,
    );
  };
  const widest = Math.max(...k.grid);
  if (widest > limits.maxComputeWorkgroupsPerDimension)
    refuse(
      "workgroups in one dimension",
      widest,
      limits.maxComputeWorkgroupsPerDimension,
      "use a smaller batch, vocabulary, embedding, context or hidden size",
    );
  if (k.invocations > limits.maxComputeInvocationsPerWorkgroup)
    refuse(
      "invocations in a workgroup",
      k.invocations,
      limits.maxComputeInvocationsPerWorkgroup,
      "use --backend cpu",
    );
  if ((k.workgroupBytes ?? 0) > limits.maxComputeWorkgroupStorageSize)
    refuse(
      "bytes of workgroup memory",
      k.workgroupBytes ?? 0,
      limits.maxComputeWorkgroupStorageSize,
      "use --backend cpu",
    );
}

/** The largest value of each size that would fit with the others as they are. */
function remedy(t: Tensor, plan: Plan, limit: number): string {
  const options = t.symbols.flatMap((symbol, axis) => {
    const name = plan.sizeNames[symbol];
    const most = Math.floor(limit / ((4 * size(t)) / t.shape[axis]));
    return name && most >= 1 ? [`${name} to ${count(most)} or less`] : [];
  });
  return options.length > 0
    ? `lower ${options.join(", or ")}`
    : "use a smaller hidden size, embedding or vocabulary";
}
