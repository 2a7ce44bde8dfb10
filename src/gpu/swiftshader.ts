/** Unpacks programs from the optional npm package @sparticuz/chromium, once. Node and Deno only. */
import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  statSync,
} from "node:fs";
import { rename, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import { createBrotliDecompress } from "node:zlib";
import { extract } from "tar-fs";

const PACKAGE = "@sparticuz/chromium";

/** Paths of a Vulkan driver that needs no GPU: its ICD manifest, and a Vulkan loader for systems without one. */
export interface SwiftShader {
  driver: string;
  loader: string;
}

/** @throws Error with a line saying why SwiftShader is not available */
export async function unpackSwiftShader(onNote?: (line: string) => void): Promise<SwiftShader> {
  const dir = await unpackOnce("swiftshader", ["swiftshader.tar.br"], onNote);
  return { driver: join(dir, "vk_swiftshader_icd.json"), loader: join(dir, "libvulkan.so.1") };
}

/**
 * Unpacks `archives` of the package's `bin` into one folder of the cache, unless an earlier run did.
 * Several processes may do so at once: each unpacks into a temporary folder beside it and renames that; the first one wins.
 * The cache is `BACKPROP_NINJA_CACHE`, or the user's cache folder, or a temporary folder if that one is not writable.
 * @returns the folder
 * @throws Error with a line saying why not
 */
export async function unpackOnce(
  name: string,
  archives: string[],
  onNote?: (line: string) => void,
): Promise<string> {
  const { bin, version } = chromiumPackage();
  const failures: string[] = [];
  for (const cache of [userCache, temporaryCache]) {
    try {
      const dir = join(await cache(), `chromium-${version}`, name);
      if (existsSync(dir)) return dir;
      mkdirSync(dirname(dir), { recursive: true });
      const partial = mkdtempSync(`${dir}.`);
      onNote?.(`unpacking ${name} into ${dir} (once)`);
      try {
        for (const archive of archives) await unpack(join(bin, archive), partial);
        await rename(partial, dir).catch((error: Error) => {
          if (!existsSync(dir)) throw error;
        });
      } finally {
        await rm(partial, { recursive: true, force: true });
      }
      return dir;
    } catch (error) {
      failures.push(error instanceof Error ? error.message : String(error));
    }
  }
  throw new Error(
    `${name} could not be unpacked (${failures.join("; ")}): set BACKPROP_NINJA_CACHE to a writable folder`,
  );
}

/** A `.tar.br` into `dir`; any other `.br` as one program in it. */
function unpack(archive: string, dir: string): Promise<void> {
  const name = archive.slice(archive.lastIndexOf("/") + 1, -".br".length);
  const target = name.endsWith(".tar")
    ? // Root would otherwise keep the archive's owner.
      extract(dir, { map: (header) => ({ ...header, uid: 0, gid: 0 }) })
    : createWriteStream(join(dir, name), { mode: 0o755 });
  return pipeline(createReadStream(archive), createBrotliDecompress(), target);
}

/**
 * Where the package is, resolved from the module `from`.
 * @throws Error with a line if it is not installed, or has no programs for this machine
 */
export function chromiumPackage(from: string = import.meta.url): { bin: string; version: string } {
  if (process.platform !== "linux" || process.arch !== "x64")
    throw new Error(
      `${PACKAGE} has programs for Linux on x64 only, and this is ${process.platform} on ${process.arch}`,
    );
  let entry: string;
  try {
    entry = createRequire(from).resolve(PACKAGE);
  } catch {
    throw new Error(`the optional package ${PACKAGE} is not installed`);
  }
  const root = resolve(entry, "../../..");
  const { version }: { version: string } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  return { bin: join(root, "bin"), version };
}

async function userCache(): Promise<string> {
  if (process.env.BACKPROP_NINJA_CACHE) return resolve(process.env.BACKPROP_NINJA_CACHE);
  // Imported here because loading it throws if the user has no home folder.
  const { default: envPaths } = await import("env-paths");
  return envPaths("backprop-ninja", { suffix: "" }).cache;
}

async function temporaryCache(): Promise<string> {
  const user = process.getuid?.();
  const dir = join(tmpdir(), `backprop-ninja-${user}`);
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  // Programs are loaded from here, and any user could have created it.
  if (statSync(dir).uid !== user) throw new Error(`${dir} belongs to another user`);
  return dir;
}
