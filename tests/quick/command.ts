/** `npm run test:quick` as a process, in this clone or in another one. */
import { spawnSync } from "node:child_process";
import { join, resolve } from "node:path";

export const root = resolve(import.meta.dirname, "../..");

export const quick = (folder: string, ...names: string[]) =>
  spawnSync(process.execPath, ["--import", "tsx", join(folder, "tests/quick/main.ts"), ...names], {
    cwd: folder,
    encoding: "utf8",
  });
