/** A checkpoint that PyTorch has saved again: with --like it is evaluated here to PyTorch's own loss; what torch.save makes of it is named. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { eventsOf, newFolder, run, succeed, TINY, WORDS } from "../support/cli.ts";
import { findPython } from "../support/python.ts";

const script = fileURLToPath(new URL("../oracle/save_again.py", import.meta.url));
const python = findPython();
const folder = newFolder();

describe.skipIf(!python)("with PyTorch", async () => {
  if (!python) return;
  const train = (file: string, ...more: string[]) =>
    succeed(folder, ["train", ...TINY, ...WORDS, "--steps", "200", "--out", file, ...more]);
  await train("run.safetensors");
  await train("my.safetensors", "--hidden", "9", "--context", "2");
  const args = ["-B", script, "my.safetensors", "words.txt", "."];
  const { stdout, stderr } = spawnSync(python, args, { cwd: folder, encoding: "utf8" });
  const { dev } = JSON.parse(stdout || `"${stderr}"`);

  const evaluate = async (file: string) =>
    eventsOf(
      await succeed(folder, [
        ...["evaluate", "--backend", "cpu", "--checkpoint", file, "--like", "run.safetensors", "--json"],
      ]),
    )[0].dev as number;

  // Half precision has 11 bits or 8, and a loss near 1.7 about as many.
  it.each([
    ["F32", 1e-6],
    ["F64", 1e-6],
    ["bare", 1e-6],
    ["F16", 2e-3],
    ["BF16", 2e-2],
  ])("%s.safetensors has PyTorch's loss", async (file, within) => {
    expect(Math.abs((await evaluate(`${file}.safetensors`)) - dev)).toBeLessThan(within);
  });

  it.each(["new.pt", "old.pt"])("%s is called a PyTorch file", async (file) => {
    const { code, stderr } = await run(folder, ["evaluate", "--checkpoint", file]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: cannot use checkpoint \S+: it is a PyTorch file \(torch\.save\), /);
  });
});
