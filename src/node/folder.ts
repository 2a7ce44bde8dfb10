/** The folder that paths are meant in, and the folder of the runs. */
import { join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The clone, whose scripts npm runs in it. */
const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Where the process began, if it has left that. */
let begun: string | undefined;

/**
 * npm runs a script in the package's own folder, wherever its user is, and says in INIT_CWD where that was. If npm started this very script,
 * the process goes there, so that the paths it is given mean what its user sees. What is only below such a script stays where it is.
 * @param script its name in package.json
 */
export function returnToUser(script: string | undefined, env: NodeJS.ProcessEnv = process.env): void {
  const { INIT_CWD, npm_lifecycle_event, npm_package_json } = env;
  const npms =
    script !== undefined &&
    npm_lifecycle_event === script &&
    npm_package_json === join(ROOT, "package.json") &&
    resolve(process.cwd()) === resolve(ROOT);
  if (!npms || !INIT_CWD) return;
  try {
    process.chdir(INIT_CWD);
    begun = ROOT;
  } catch {
    // A folder that is gone has no files to be meant.
  }
}

/** Runs without a name are saved in `runs`, where the process began: in a clone that is one folder, wherever in it `npm run train` is typed. */
export const runsFolder = (): string =>
  join(begun === undefined ? "" : relative(process.cwd(), begun), "runs");

/** What a message about a missing file adds, so that nobody has to guess where it was looked for. */
export const lookedFor = (path: string): string => (resolve(path) === path ? "" : ` (${resolve(path)})`);
