/** Makes Node look enough like a browser for packages written for one. */
import { cpus } from "node:os";
import { dawnSources } from "../../../src/gpu/dawn.ts";
import type { AdapterChoice } from "../../../src/index.ts";

/**
 * Sets `navigator`, with the adapter that our trainer would choose if the backend is webgpu; the package opens its own
 * device on it, with the limits and features it wants. Call it before importing the package, which looks at once.
 * @returns what the backend runs on
 */
export async function pretendBrowser(backend: string): Promise<string> {
  const adapter = backend === "webgpu" ? await bestAdapter() : undefined;
  const gpu = adapter && { requestAdapter: async () => adapter, wgslLanguageFeatures: new Set() };
  const navigator = { userAgent: "node", hardwareConcurrency: cpus().length, gpu };
  Object.defineProperty(globalThis, "navigator", { value: navigator, configurable: true });
  if (!adapter) return "CPU (wasm, which has one thread under Node)";
  return adapter.info.description || adapter.info.device;
}

async function bestAdapter(): Promise<GPUAdapter> {
  const failures: unknown[] = [];
  for (const source of dawnSources((process.env.BACKPROP_NINJA_ADAPTER ?? "auto") as AdapterChoice)) {
    try {
      return await source.request();
    } catch (error) {
      failures.push(error);
    }
  }
  throw new AggregateError(failures, `no adapter: ${failures.join("; ")}`);
}
