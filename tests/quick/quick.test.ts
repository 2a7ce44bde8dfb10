/** `npm run test:quick` finds what changed since the last commit, and says in one line what is wrong with it. */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { describeOnGpu } from "../support/device.ts";

const root = resolve(import.meta.dirname, "../..");
const quick = (folder: string, ...names: string[]) =>
  spawnSync(process.execPath, ["--import", "tsx", join(folder, "tests/quick/main.ts"), ...names], {
    cwd: folder,
    encoding: "utf8",
  });

describe("test:quick", () => {
  it.each([
    [
      "relu",
      /^error: no operation or family is called "relu"; there are embedding, linear, .*, train_step\n$/,
    ],
    [
      "tanh.fwd",
      /^error: no operation or family is called "tanh.fwd"; there are tanh.backward, tanh.forward\n$/,
    ],
  ])("refuses %s, and says what there is", (name, want) => {
    const { status, stdout, stderr } = quick(root, name);
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toMatch(want);
  });
});

const cloned = existsSync(join(root, ".git"));
describeOnGpu(cloned ? "test:quick" : "test:quick in a clone: skipped, since there is no .git", () => {
  const folder = mkdtempSync(join(tmpdir(), "backprop-ninja-quick-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.skipIf(!cloned)("judges the operation that changed, and names its tensor and element", () => {
    execFileSync("git", ["clone", "--quiet", "--depth", "1", `file://${root}`, folder]);
    symlinkSync(join(root, "node_modules"), join(folder, "node_modules"), "junction");
    expect(quick(folder).stdout).toMatch(
      /^no operation differs from the last commit; name some, or a family: /,
    );

    const file = join(folder, "shaders/tanh.wgsl.ts");
    const text = readFileSync(file, "utf8");
    const flipped = text.replace("1.0 - y[i]", "1.0 + y[i]");
    expect(flipped).not.toBe(text);
    writeFileSync(file, flipped);
    const { status, stdout } = quick(folder);
    expect(status).toBe(1);
    const [first, ...lines] = stdout.split("\n");
    expect(first).toBe("not as in the last commit: tanh.backward");
    expect(lines[0]).toMatch(/^FAIL \w+ +tanh\.backward \(plain, N=32 H=64\): dx\[\d+\] is \S+, want \S+ \(/);
    expect(lines.at(-2)).toMatch(/^\d wrong, on .* after \d+ s$/);
  });
});
