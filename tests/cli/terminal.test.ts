/** A run whose output is cut off on both sides, as its user starts it. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { decodeCheckpoint } from "../../src/train/checkpoint.ts";
import { newFolder, PROGRAM, TINY, WORDS } from "../support/cli.ts";

it.runIf(process.platform === "linux")("trains and saves without standard output and error", () => {
  const folder = newFolder();
  const args = ["train", ...TINY, ...WORDS, "--steps", "200", "--out", "x.safetensors", "--json"];
  // `head` reads standard error, which closes after its first line.
  const line = 'set -o pipefail; "$@" 2>&1 >/dev/full | head -n 1';
  const shown = execFileSync("bash", ["-c", line, "bash", ...PROGRAM, ...args], { cwd: folder });
  expect(shown.toString()).toMatch(/^[^\n]+\n$/);
  expect(decodeCheckpoint(readFileSync(join(folder, "x.safetensors")), "x").step).toBe(200);
});
