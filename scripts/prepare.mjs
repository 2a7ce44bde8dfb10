// npm runs this after it has installed a clone's packages, and before it packs one, as for `npm install git+…`.
import { spawnSync } from "node:child_process";
import { existsSync, rmSync } from "node:fs";

const here = (path) => new URL(`../${path}`, import.meta.url);
// `npm ci --omit=dev` brings nothing to build with.
if (existsSync(here("node_modules/typescript"))) {
  // What a deleted source left would be packed too; SwiftShader may be in use.
  for (const folder of ["src", "shaders", "data"])
    rmSync(here(`dist/${folder}`), { recursive: true, force: true });
  process.exitCode = spawnSync("npm run build", { cwd: here(""), stdio: "inherit", shell: true }).status ?? 1;
}
