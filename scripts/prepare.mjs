// npm runs this in a clone and before it packs one, as for `npm install git+…`.
import { execSync } from "node:child_process";
import { existsSync, rmSync } from "node:fs";

const here = (path) => new URL(`../${path}`, import.meta.url);
// `npm ci --omit=dev` brings nothing to build with.
if (existsSync(here("node_modules/typescript"))) {
  // What a deleted source left would be packed too.
  rmSync(here("dist"), { recursive: true, force: true });
  execSync("npm run build", { cwd: here(""), stdio: "inherit" });
}
