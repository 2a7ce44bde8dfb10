/** A part of `npm run build`: puts SwiftShader into dist/, with a Vulkan loader for systems without one. */
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { unpack } from "./unpack.ts";

const target = join(import.meta.dirname, "../dist/swiftshader");
const files = ["libvk_swiftshader.so", "vk_swiftshader_icd.json", "libvulkan.so.1"];

mkdirSync(target, { recursive: true });
const partial = mkdtempSync(`${target}.`);
try {
  await unpack("swiftshader.tar.br", partial, files);
  copyFileSync(join(import.meta.dirname, "swiftshader-license.txt"), join(partial, "LICENSE"));
  // One by one, each at once: a process may be computing with those of the last build.
  for (const name of readdirSync(partial)) renameSync(join(partial, name), join(target, name));
} finally {
  rmSync(partial, { recursive: true, force: true });
}
