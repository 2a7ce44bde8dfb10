/** SwiftShader, a Vulkan driver in software, which the build puts into the package. Node and Deno only. */
import { dirname, join } from "node:path";
import { installed } from "./packages.ts";

/** Paths of a Vulkan driver that needs no GPU: its ICD manifest, and a Vulkan loader for systems without one. */
export interface SwiftShader {
  driver: string;
  loader: string;
}

/**
 * Found by the package's name, so that sources, the built package and a program that was bundled with it all find the same.
 * @throws Error with a line saying why SwiftShader is not available
 */
export function findSwiftShader(): SwiftShader {
  if (process.platform !== "linux" || process.arch !== "x64")
    throw new Error(`it comes for Linux on x64 only, and this is ${process.platform} on ${process.arch}`);
  let driver: string;
  try {
    driver = installed.resolve("backprop-ninja/swiftshader/vk_swiftshader_icd.json");
  } catch {
    throw new Error('the package is installed without it; in a clone, "npm run build" puts it there');
  }
  return { driver, loader: join(dirname(driver), "libvulkan.so.1") };
}
