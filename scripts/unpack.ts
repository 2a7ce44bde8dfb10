/** Unpacks what @sparticuz/chromium brings: a Chromium for the tests, and the SwiftShader that goes into the package. */
import { createReadStream, createWriteStream, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import { createBrotliDecompress } from "node:zlib";
import { extract } from "tar-fs";

const root = resolve(createRequire(import.meta.url).resolve("@sparticuz/chromium"), "../../..");

/** Of @sparticuz/chromium. */
export const VERSION: string = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).version;

/**
 * Unpacks a file of its folder `bin` into the folder `dir`: a `.tar.br` as the files in it, any other `.br` as one program.
 * @param only of a `.tar.br`, the files to keep; all of them by default
 */
export function unpack(archive: string, dir: string, only?: readonly string[]): Promise<void> {
  const name = basename(archive, ".br");
  const target = name.endsWith(".tar")
    ? extract(dir, {
        ignore: (path) => only !== undefined && !only.includes(basename(path)),
        // Root would otherwise keep the archive's owner.
        map: (header) => ({ ...header, uid: 0, gid: 0 }),
      })
    : createWriteStream(join(dir, name), { mode: 0o755 });
  return pipeline(createReadStream(join(root, "bin", archive)), createBrotliDecompress(), target);
}
