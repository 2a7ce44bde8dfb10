/** Adapters under Node, through Dawn (npm `webgpu`). Node only: a browser bundle leaves this file out. */
import { readFileSync } from "node:fs";
import { constants } from "node:os";
import { create, globals } from "webgpu";
import type { AdapterChoice, AdapterSource } from "./device.ts";
import { type SwiftShader, unpackSwiftShader } from "./swiftshader.ts";

Object.assign(globalThis, globals);

/** Dawn crashes in its event loop if what `create` returned is collected while a device lives; so none ever is. */
const instances = new Map<string, GPU>();

/** Where to look for an adapter, best first. */
export function dawnSources(choice: AdapterChoice, onNote?: (line: string) => void): AdapterSource[] {
  const system = systemSource(choice === "lavapipe" ? "llvmpipe" : undefined);
  const swiftShader = swiftShaderSource(onNote);
  if (choice === "swiftshader") return [swiftShader];
  return choice === "auto" && process.platform === "linux" ? [system, swiftShader] : [system];
}

/** The drivers installed here: Vulkan on Linux, Metal on macOS, Direct3D 12 on Windows. */
function systemSource(device?: string): AdapterSource {
  const linux = process.platform === "linux";
  const check = () => {
    if (linux && !systemHasVulkan()) throw new Error("there is no Vulkan loader (libvulkan.so.1)");
  };
  const none = linux
    ? "there is no Vulkan driver that Dawn accepts"
    : "there is no adapter that Dawn accepts";
  return {
    name: linux ? "system Vulkan" : "the system",
    kind: "hardware",
    request: async () => {
      check();
      return requestAdapter(none, device);
    },
    list: async () => {
      check();
      return listAdapters(none);
    },
  };
}

function swiftShaderSource(onNote?: (line: string) => void): AdapterSource {
  const prepare = async () => {
    const files = await unpackSwiftShader(onNote);
    if (!systemHasVulkan()) loadLibrary(files.loader);
    return files;
  };
  const none = ({ driver }: SwiftShader) =>
    `${driver} did not load; if its folder may not hold programs (noexec), set BACKPROP_NINJA_CACHE to one that may`;
  return {
    name: "SwiftShader",
    kind: "software",
    request: async () => {
      const files = await prepare();
      return requestAdapter(none(files), undefined, files.driver);
    },
    list: async () => {
      const files = await prepare();
      return listAdapters(none(files), files.driver);
    },
  };
}

/** The best adapter, or the best whose name contains `device`, of the system's drivers or of `driver` alone. */
async function requestAdapter(none: string, device?: string, driver?: string): Promise<GPUAdapter> {
  const gpu = instance(device ? [`adapter=${device}`] : [], driver);
  const adapter = await withDriver(driver, () =>
    gpu.requestAdapter({ powerPreference: "high-performance" }),
  ).catch((error: Error) => {
    throw new Error(`there is no ${device} among ${namesIn(error).join(", ")}`);
  });
  if (!adapter) throw new Error(none);
  return adapter;
}

/** Dawn has no call for this, but it lists all adapters when it is asked for one by a name that none has. */
async function listAdapters(none: string, driver?: string): Promise<string[]> {
  const gpu = instance(["adapter=\n"], driver);
  const names = await withDriver(driver, () => gpu.requestAdapter()).then(() => [], namesIn);
  if (names.length === 0) throw new Error(none);
  return names;
}

const namesIn = (error: Error): string[] =>
  [...error.message.matchAll(/name: '(.*)'$/gm)].map((match) => match[1]);

function instance(flags: string[], driver = ""): GPU {
  const key = [driver, ...flags].join(" ");
  const gpu = instances.get(key) ?? create(flags);
  instances.set(key, gpu);
  return gpu;
}

/**
 * Runs `call` while the Vulkan loader sees `driver` (an ICD manifest) and no other. The loader reads the real
 * environment, which only the main thread can change, and does so before `requestAdapter` returns its promise.
 */
function withDriver<T>(driver: string | undefined, call: () => T): T {
  if (!driver) return call();
  // Newer loaders read the first name, older ones only the second.
  const names = ["VK_DRIVER_FILES", "VK_ICD_FILENAMES"] as const;
  const before = names.map((name) => process.env[name]);
  for (const name of names) process.env[name] = driver;
  try {
    return call();
  } finally {
    names.forEach((name, i) => {
      if (before[i] === undefined) delete process.env[name];
      else process.env[name] = before[i];
    });
  }
}

let systemVulkan: boolean | undefined;

/** Asked before Dawn is, which prints two lines to stderr if it finds no loader. */
function systemHasVulkan(): boolean {
  systemVulkan ??= loadLibrary("libvulkan.so.1");
  return systemVulkan;
}

/**
 * Loads the Vulkan loader for good, by name or by path, so that Dawn finds it by its name in this process.
 * @returns whether one is loaded now
 */
function loadLibrary(library: string): boolean {
  const RTLD_NODELETE = 0x1000; // Node has no name for it; without it the library goes when dlopen throws
  try {
    process.dlopen({ exports: {} }, library, constants.dlopen.RTLD_NOW | RTLD_NODELETE);
  } catch {
    // It always throws, since this is no addon of Node's; the library stays.
  }
  return readFileSync("/proc/self/maps", "utf8").includes("/libvulkan.so");
}
