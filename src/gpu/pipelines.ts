/** Compute pipelines, compiled asynchronously and together, one for each distinct kernel text and layout. */
import { bindingNames, type Kernel } from "../plan/contract.ts";
import type { BoundCall } from "../plan/plan.ts";
import { kernelSource } from "../plan/source.ts";

/** A kernel that the device's compiler refused, with its messages and the numbered source. */
export class KernelError extends Error {
  override name = "KernelError";
}

export interface CompiledKernel {
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
}

/**
 * Pipelines that are kept: three networks' worth, on every path. Each has the network's sizes in its text, so another network has pipelines
 * of its own, and on SwiftShader 45 of them are 4 MB.
 */
const KEPT = 256;

/** Caches by text, so that plans of the same sizes share pipelines; those that were asked for last are kept. */
export class PipelineCache {
  readonly #device: GPUDevice;
  /** The last one asked for at the end. */
  readonly #compiled = new Map<string, Promise<CompiledKernel>>();

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /**
   * @param dynamic for each binding, whether its offset is given at dispatch (the rings)
   * @throws KernelError
   */
  get(call: BoundCall, kernel: Kernel, dynamic: readonly boolean[]): Promise<CompiledKernel> {
    const code = kernelSource(call.op, call.dims, kernel);
    const key = `${dynamic.map(Number).join("")}\n${code}`;
    const compiled = this.#compiled.get(key) ?? this.#compile(call, kernel, code, dynamic);
    this.#compiled.delete(key);
    this.#compiled.set(key, compiled);
    const [oldest] = this.#compiled.keys();
    if (this.#compiled.size > KEPT) this.#compiled.delete(oldest);
    return compiled;
  }

  async #compile(
    call: BoundCall,
    kernel: Kernel,
    code: string,
    dynamic: readonly boolean[],
  ): Promise<CompiledKernel> {
    const device = this.#device;
    const label = kernel.pass ? `${call.op.name} (${kernel.pass})` : call.op.name;
    const accesses = Object.values(call.op.bindings).map((b) => b.access);
    const layout = device.createBindGroupLayout({
      label,
      entries: bindingNames(call.op, kernel).map((_, binding) => ({
        binding,
        visibility: GPUShaderStage.COMPUTE,
        buffer: {
          type: accesses[binding] === "read" ? "read-only-storage" : "storage",
          hasDynamicOffset: dynamic[binding],
        },
      })),
    });
    // A text that is no module fails the pipeline below, with what the compiler says of it.
    device.pushErrorScope("validation");
    const module = device.createShaderModule({ label, code });
    device.popErrorScope().catch(() => {});
    try {
      const pipeline = await device.createComputePipelineAsync({
        label,
        layout: device.createPipelineLayout({ label, bindGroupLayouts: [layout] }),
        compute: { module, entryPoint: "main" },
      });
      return { pipeline, layout };
    } catch (error) {
      const { messages } = await module.getCompilationInfo();
      const lines = code.split("\n").map((line, i) => `${String(i + 1).padStart(4)} ${line}`);
      const said = messages.filter((m) => m.type === "error").map((m) => `line ${m.lineNum}: ${m.message}`);
      throw new KernelError(
        `${label} does not compile: ${said.join("; ") || (error as Error).message}\n${lines.join("\n")}`,
      );
    }
  }
}
