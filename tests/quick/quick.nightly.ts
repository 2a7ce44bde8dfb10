/** `npm run test:quick` finds what changed since the last commit, and says in one line what is wrong with it. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { describeOnGpu } from "../support/device.ts";
import { quick, root } from "./command.ts";

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
