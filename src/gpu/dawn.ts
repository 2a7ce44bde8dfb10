/** Adapters under Node, through Dawn (npm `webgpu`). Node only: a browser bundle leaves this file out. */
import { readFileSync } from "node:fs";
import { constants } from "node:os";
import { isMainThread } from "node:worker_threads";
import type { AdapterChoice, AdapterSource } from "./adapters.ts";
import { installed } from "./packages.ts";
import { pollGently } from "./polling.ts";
import { findSwiftShader } from "./swiftshader.ts";
import { onlyDriver, withEnvironment } from "./vulkan.ts";

const { create, globals } = installed("webgpu") as typeof import("webgpu");
pollGently({ ...globals });
Object.assign(globalThis, globals);

/** Kept for good: Dawn crashes in its event loop if what `create` returned is garbage-collected while a device lives. */
const instances = new Map<string, GPU>();

/** Where to look for an adapter, best first. */
export function dawnSources(choice: AdapterChoice): AdapterSource[] {
  const system = systemSource(choice === "lavapipe" ? "llvmpipe" : undefined);
  const swiftShader = swiftShaderSource();
  if (choice === "swiftshader") return [swiftShader];
  return choice === "auto" && process.platform === "linux" ? [system, swiftShader] : [system];
}

/** The drivers installed here: Vulkan on Linux, Metal on macOS, Direct3D 12 on Windows. */
function systemSource(device?: string): AdapterSource {
  if (process.platform !== "linux") return source("the system", async () => ({ device }));
  return source("system Vulkan", async () => {
    if (!systemHasVulkan()) throw new Error("there is no Vulkan loader (libvulkan.so.1)");
    return { device };
  });
}

function swiftShaderSource(): AdapterSource {
  return source("SwiftShader", async () => {
    if (!isMainThread) throw new Error("it is available on Node's main thread only");
    const { driver, loader } = findSwiftShader();
    if (!systemHasVulkan()) loadLibrary(loader);
    return { driver };
  });
}

/** What to ask Dawn for. */
interface Query {
  /** Part of a device's name. */
  device?: string;
  /** The ICD manifest of the one driver to use. */
  driver?: string;
}

function source(name: string, prepare: () => Promise<Query>): AdapterSource {
  return {
    name,
    request: async () => {
      const { device, driver } = await prepare();
      const adapter = await ask(device ? [`adapter=${device}`] : [], driver).catch((error: Error) => {
        throw new Error(`there is no ${device} among ${namesIn(error).join(", ")}`, { cause: error });
      });
      if (!adapter) throw new Error(nothing(driver));
      expectDriver(driver, `${adapter.info.device} ${adapter.info.description}`);
      return adapter;
    },
    list: async () => {
      const { driver } = await prepare();
      // Dawn has no call for this, but names all its adapters when asked for one that does not exist.
      const names = await ask(["adapter=\n"], driver).then(() => [], namesIn);
      if (names.length === 0) throw new Error(nothing(driver));
      expectDriver(driver, names.join(", "));
      return names;
    },
  };
}

const namesIn = (error: Error): string[] =>
  [...error.message.matchAll(/name: '(.*)'$/gm)].map((match) => match[1]);

/** Bun keeps its environment to itself, and another driver is loaded. @throws Error if SwiftShader's name is not there */
function expectDriver(driver: string | undefined, name: string): void {
  if (driver && !/swiftshader/i.test(name))
    throw new Error(`${name} was loaded instead: set VK_DRIVER_FILES=${driver} before the start`);
}

const nothing = (driver?: string): string =>
  driver ? `${driver} did not load` : "there is no driver that Dawn accepts";

function ask(flags: string[], driver?: string): Promise<GPUAdapter | null> {
  const gpu = instance(flags, driver);
  return withEnvironment(driver ? onlyDriver(driver) : {}, () =>
    gpu.requestAdapter({ powerPreference: "high-performance" }),
  );
}

function instance(flags: string[], driver = ""): GPU {
  const key = [driver, ...flags].join(" ");
  const gpu = instances.get(key) ?? create(flags);
  instances.set(key, gpu);
  return gpu;
}

let systemVulkan: boolean | undefined;

/** Checked before Dawn is called, because it prints two lines to stderr if it finds no loader. */
function systemHasVulkan(): boolean {
  // Bun unloads at once what is no addon, so that nothing can be seen.
  systemVulkan ??= Boolean(process.versions.bun) || loadLibrary("libvulkan.so.1");
  return systemVulkan;
}

/**
 * Loads the Vulkan loader, by name or by path, and keeps it loaded, so that Dawn finds it by name.
 * @returns whether one is loaded now
 */
function loadLibrary(library: string): boolean {
  const RTLD_NODELETE = 0x1000; // Node has no constant for it; without it, the library is unloaded when dlopen throws
  try {
    process.dlopen({ exports: {} }, library, constants.dlopen.RTLD_NOW | RTLD_NODELETE);
  } catch {
    // It always throws, because the loader is not a Node addon; the library stays loaded.
  }
  return readFileSync("/proc/self/maps", "utf8").includes("/libvulkan.so");
}
