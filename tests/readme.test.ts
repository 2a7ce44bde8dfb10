/** The README's promises about commands. */
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { newFolder, run, WORDS } from "./support/cli.ts";
import { argumentsOf, runOf, shown, small } from "./support/documented.ts";
import { writeExamples } from "./support/examples.ts";

const root = resolve(import.meta.dirname, "..");
const readme = readFileSync(join(root, "README.md"), "utf8");

describe("README", () => {
  test("every npm script it names exists", () => {
    const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    const named = [...readme.matchAll(/npm (?:run (?:-s )?)?([a-z:]+)/g)].map((m) => m[1]);
    expect(named.length).toBeGreaterThan(8);
    const npms = ["ci", "pack", "install", "adds"];
    for (const name of named) expect([...Object.keys(scripts), ...npms]).toContain(name);
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
    if (name === "sweep") return [name, ...given, "--backend", "cpu", ...words];
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
