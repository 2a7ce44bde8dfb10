/** Programs from @sparticuz/chromium, unpacked once into a cache. */
import { existsSync, mkdirSync, mkdtempSync, statSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { unpack, VERSION } from "../../scripts/unpack.ts";

/**
 * Unpacks `archives` into one folder of the cache, unless an earlier run did.
 * Several processes may do so at once: each unpacks into a temporary folder beside it and renames that; the first one wins.
 * The cache is `BACKPROP_NINJA_CACHE`, or the user's cache folder, or a temporary folder if that one is not writable.
 * @returns the folder
 * @throws Error with a line saying why not
 */
export async function unpackOnce(name: string, archives: readonly string[]): Promise<string> {
  const failures: string[] = [];
  for (const cache of [userCache, temporaryCache]) {
    try {
      const dir = join(await cache(), `chromium-${VERSION}`, name);
      if (existsSync(dir)) return dir;
      mkdirSync(dirname(dir), { recursive: true });
      const partial = mkdtempSync(`${dir}.`);
      try {
        for (const archive of archives) await unpack(archive, partial);
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
  // Programs are run from here, and any user could have created it.
  if (statSync(dir).uid !== user) throw new Error(`${dir} belongs to another user`);
  return dir;
}
