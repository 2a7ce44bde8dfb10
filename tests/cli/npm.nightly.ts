/** `npm run train` from a folder of the clone. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, expect, it } from "vitest";
import { loadCheckpoint } from "../../src/node/checkpoints.ts";
import { filesIn, TINY, WORDS, words } from "../support/cli.ts";

const root = resolve(import.meta.dirname, "../..");
const folder = mkdtempSync(join(root, "dist-npm-"));
afterAll(() => rmSync(folder, { recursive: true }));

it("takes paths as they are meant where npm is called", () => {
  writeFileSync(join(folder, "words.txt"), words.join("\n"));
  const npm = (...args: string[]) =>
    execFileSync("npm", ["run", "-s", ...args], { cwd: folder, encoding: "utf8", stdio: "pipe" });
  npm("train", "--", ...TINY, ...WORDS, "--steps", "2", "--out", "x.safetensors");
  expect(loadCheckpoint(join(folder, "x.safetensors")).step).toBe(2);
  npm("train", "--", "--backend", "cpu", "--resume", "x.safetensors", "--steps", "3");
  expect(npm("sample", "--", "--backend", "cpu", "--checkpoint", "x.safetensors")).toMatch(/^[a-f\n]+$/);
  expect(filesIn(folder)).toEqual(["words.txt", "x.safetensors"]);
});
