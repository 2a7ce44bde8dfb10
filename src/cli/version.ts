import { readFileSync } from "node:fs";

/** Of the package: its package.json is two folders above this file, or three if it is built. */
export function version(): string {
  for (const up of ["../..", "../../.."])
    try {
      const { name, version } = JSON.parse(
        readFileSync(new URL(`${up}/package.json`, import.meta.url), "utf8"),
      );
      if (name === "backprop-ninja") return version;
    } catch {
      // It is further up.
    }
  return "unknown";
}
