/** Paths mean what the user of `npm run` sees, and only theirs. */
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { afterAll, afterEach, expect, it } from "vitest";
import { readFileBytes } from "../../src/data/file.ts";
import { newCheckpointPath } from "../../src/node/checkpoints.ts";
import { readBytes } from "../../src/node/files.ts";
import { returnToUser } from "../../src/node/folder.ts";

const root = resolve(import.meta.dirname, "../..");
const folder = realpathSync(mkdtempSync(join(tmpdir(), "backprop-ninja-folder-")));
afterEach(() => process.chdir(root));
afterAll(() => rmSync(folder, { recursive: true }));

/** What npm sets for `npm run train` in `folder`. */
const npm = {
  INIT_CWD: folder,
  npm_lifecycle_event: "train",
  npm_package_json: join(root, "package.json"),
};

it.each<[string, string | undefined, NodeJS.ProcessEnv]>([
  ["without npm", "train", {}],
  ["below another script", "train", { ...npm, npm_lifecycle_event: "test" }],
  [
    "below a script of the same name in another package",
    "train",
    { ...npm, npm_package_json: "/x/package.json" },
  ],
  ["in a folder that is gone", "train", { ...npm, INIT_CWD: join(folder, "gone") }],
  ["without a command", undefined, npm],
])("stays where it is %s", (_, script, env) => {
  returnToUser(script, env);
  expect(process.cwd()).toBe(root);
  expect(newCheckpointPath()).toMatch(/^runs[\\/]\d/);
});

it("stays where a script took it", () => {
  process.chdir(join(root, "src"));
  returnToUser("train", npm);
  expect(process.cwd()).toBe(join(root, "src"));
});

it("says where a missing file was looked for", async () => {
  const where = `(${join(root, "none.txt")})`;
  expect(() => readBytes("none.txt", "checkpoint")).toThrow(
    `cannot read checkpoint none.txt: there is no such file or folder ${where}`,
  );
  await expect(readFileBytes("none.txt")).rejects.toThrow(
    `cannot read the word list none.txt: there is no such file ${where}; give the path`,
  );
});

it("goes back to where npm was called, and keeps runs in the clone", () => {
  returnToUser("train", npm);
  expect(process.cwd()).toBe(folder);
  const path = newCheckpointPath();
  expect(path.startsWith(join(relative(folder, root), "runs"))).toBe(true);
  expect(resolve(path).startsWith(join(root, "runs"))).toBe(true);
});
