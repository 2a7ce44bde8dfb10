/** The README's example, run as it stands against the built package; and the README's promises about commands. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { adapterEnv } from "./support/adapter.ts";
import { newFolder, run, WORDS } from "./support/cli.ts";
import { argumentsOf, runOf, shown, small } from "./support/documented.ts";
import { writeExamples } from "./support/examples.ts";

const root = resolve(import.meta.dirname, "..");
const readme = readFileSync(join(root, "README.md"), "utf8");

describe("README", () => {
  const folder = mkdtempSync(join(tmpdir(), "backprop-ninja-readme-"));
  const script = join(root, "dist", "readme-example.mjs");
  beforeAll(() => execFileSync("npm", ["run", "-s", "build"], { cwd: root }));
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
    rmSync(script, { force: true });
  });

  test("its example runs against the built package", () => {
    const example = readme.match(/```js\n([\s\S]*?)```/)?.[1] ?? "";
    expect(example.trim().split("\n").length).toBeLessThanOrEqual(24);
    // Within the package, so that its own name resolves to it.
    writeFileSync(script, example);
    const env = { ...process.env, ...adapterEnv };
    const stdout = execFileSync(process.execPath, [script], { cwd: folder, env, encoding: "utf8" });
    const { ok, dev, names } = JSON.parse(stdout);
    expect(ok).toBe(true);
    expect(dev).toBeLessThan(2.8);
    expect(names).toHaveLength(5);
  });

  test("every npm script it names exists", () => {
    const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    const named = [...readme.matchAll(/npm (?:run (?:-s )?)?([a-z:]+)/g)].map((m) => m[1]);
    expect(named.length).toBeGreaterThan(8);
    for (const name of named)
      if (name !== "ci" && name !== "adds") expect(Object.keys(scripts)).toContain(name);
  });
});

describe("the commands of the README and the docs", () => {
  const folder = newFolder();
  const tiny = ["--hidden", "6", "--embedding", "3"];
  beforeAll(() => writeExamples(folder));

  /** On the CPU, and a network and words of a few letters where the command does not say which. */
  function onTheCpu([name, ...given]: string[]): string[] {
    if (name === "grade") return [name, ...given];
    const itsOwn = ["--resume", "--against", "--checkpoint"].some((option) => given.includes(option));
    const anew = ["train", "check"].includes(name) && !itsOwn;
    const words = given.includes("--words") ? [] : WORDS;
    return [name, ...given, "--backend", "cpu", ...(anew ? [...words, ...tiny] : [])];
  }

  test.each(shown.filter((command) => runOf(command).by === "here"))("$text", async (command) => {
    const { code, stderr } = await run(folder, onTheCpu(argumentsOf(small(command.text))));
    expect(stderr).not.toMatch(/^error: /m);
    expect(code, stderr).toBe(runOf(command).code ?? 0);
  });

  test("grade prints what the README shows", async () => {
    const { stdout } = await run(folder, ["grade", "mine.py"]);
    expect(readme).toContain(`\`\`\`text\n${stdout}\`\`\``);
  });

  test("are all run, here or at night, or have a reason", () => {
    expect(shown.length).toBeGreaterThan(40);
    for (const command of shown) runOf(command);
  });
});
