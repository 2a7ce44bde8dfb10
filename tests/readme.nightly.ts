/** The commands of the README and the docs as a user types them: in a fresh clone, through npm and a shell, on a device; only their sizes are small. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { adapterEnv } from "./support/adapter.ts";
import { root, runOf, type Shown, shown, small } from "./support/documented.ts";
import { writeExamples } from "./support/examples.ts";

const clone = mkdtempSync(join(tmpdir(), "backprop-ninja-clone-"));

beforeAll(async () => {
  const files = execFileSync("git", ["ls-files", "-co", "--exclude-standard", "-z"], {
    cwd: root,
    encoding: "utf8",
  });
  for (const file of files.split("\0").filter((name) => name && existsSync(join(root, name))))
    cpSync(join(root, file), join(clone, file));
  await writeExamples(clone);
});
afterAll(() => rmSync(clone, { recursive: true, force: true }));

/** Without what the npm that runs the tests left there. */
const env = {
  ...Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(npm_|INIT_CWD|VITEST|NODE_ENV)/.test(name)),
  ),
  ...adapterEnv,
};

/** Runs it in a shell, to its end or until it has said what it says when it is ready; resolves with its exit code, 0 for the latter. */
function runInShell(command: string, until?: RegExp): Promise<{ code: number | null; said: string }> {
  // A group of its own, since what a shell has started does not end with it.
  const child: ChildProcess = spawn("sh", ["-c", command], { cwd: clone, env, detached: true });
  return new Promise((resolve) => {
    let said = "";
    const hear = (text: Buffer) => {
      said += text;
      if (until?.test(said)) {
        process.kill(-child.pid!);
        resolve({ code: 0, said });
      }
    };
    child.stdout?.on("data", hear);
    child.stderr?.on("data", hear);
    child.on("close", (code) => resolve({ code, said }));
  });
}

const MINUTE = 60_000;

/** What the others need comes first. */
const first = ["npm ci", "npm run build", "npm run -s grade -- --op tanh.backward > mine.wgsl"];
const place = ({ text }: Shown) => (first.includes(text) ? first.indexOf(text) : first.length);
const commands = shown
  .filter((command) => typeof runOf(command).by === "string")
  .sort((a, b) => place(a) - place(b));

test.each(commands)(
  "$text",
  async (command) => {
    const { code = 0, until } = runOf(command);
    const ran = await runInShell(small(command.text), until);
    expect(ran.said).not.toMatch(/^error: /m);
    expect(ran.code, ran.said).toBe(code);
  },
  15 * MINUTE,
);
