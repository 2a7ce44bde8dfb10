/** Adapters under Deno, through its own `navigator.gpu`. Deno only: a browser bundle leaves this file out. */
import type { AdapterChoice, AdapterSource } from "./adapters.ts";
import { findSwiftShader } from "./swiftshader.ts";
import { onlyDriver, withEnvironment } from "./vulkan.ts";

/** The little that is needed of Deno's own types. */
const { Deno } = globalThis as unknown as {
  Deno: { dlopen(library: string, symbols: Record<string, never>): unknown };
};

/** Where to look for an adapter, best first. */
export function denoSources(choice: AdapterChoice): AdapterSource[] {
  const swiftShader = source("SwiftShader", async () => {
    const { driver, loader } = findSwiftShader();
    if (!systemHasVulkan()) load(loader);
    const adapter = await ask({}, onlyDriver(driver));
    const name = adapter?.info.description ?? "no driver at all";
    // Also if the program itself asked for an adapter before.
    if (!/swiftshader/i.test(name))
      throw new Error(
        `Deno keeps the drivers that it loads first, and has loaded ${name}: start it with BACKPROP_NINJA_ADAPTER=swiftshader`,
      );
    return adapter;
  });
  if (choice === "swiftshader") return [swiftShader];
  const system = source("Deno", async () => {
    const vulkan = process.platform !== "linux" || process.env.DENO_WEBGPU_BACKEND || systemHasVulkan();
    if (!vulkan) throw new Error("there is no Vulkan loader (libvulkan.so.1)");
    // Deno cannot be asked for a device by its name, but for hardware or software.
    const adapter = await ask(choice === "lavapipe" ? { forceFallbackAdapter: true } : {});
    if (adapter && choice === "lavapipe" && !/llvmpipe/i.test(adapter.info.description))
      throw new Error(
        `there is no lavapipe, but ${adapter.info.description}: set VK_DRIVER_FILES to lavapipe's lvp_icd.json`,
      );
    return adapter;
  });
  return choice === "auto" && process.platform === "linux" ? [system, swiftShader] : [system];
}

function source(name: string, find: () => Promise<GPUAdapter | null>): AdapterSource {
  const request = async (): Promise<GPUAdapter> => {
    const adapter = await find();
    if (!adapter) throw new Error("it offers no adapter");
    return adapter;
  };
  return { name, request, list: async () => [(await request()).info.description] };
}

/** @param variables of the environment, which Deno reads when an adapter is asked for the first time */
function ask(
  options: GPURequestAdapterOptions,
  variables: Readonly<Record<string, string>> = {},
): Promise<GPUAdapter | null> {
  // It would take OpenGL where there is no Vulkan: on llvmpipe, a step of the single path then takes a minute.
  const backend = process.platform === "linux" && !process.env.DENO_WEBGPU_BACKEND;
  return withEnvironment({ ...(backend && { DENO_WEBGPU_BACKEND: "vulkan" }), ...variables }, () =>
    navigator.gpu.requestAdapter({ powerPreference: "high-performance", ...options }),
  );
}

function systemHasVulkan(): boolean {
  try {
    load("libvulkan.so.1");
    return true;
  } catch (error) {
    // Without --allow-ffi, nothing is known.
    return (error as Error).name === "NotCapable";
  }
}

/** What Deno loaded would be unloaded if it were garbage-collected. */
const loaded: unknown[] = [];

/** Loads a Vulkan loader, by name or by path, and keeps it loaded, so that Deno finds it by name. @throws Error if there is none */
function load(library: string): void {
  loaded.push(Deno.dlopen(library, {}));
}
