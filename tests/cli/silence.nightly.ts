/** A run that takes a minute on a software device never leaves its user without a word. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, it, onTestFinished } from "vitest";
import { adapterEnv } from "../support/adapter.ts";
import { newFolder, PROGRAM } from "../support/cli.ts";

/** Milliseconds: lines come every 5 s, from between two pieces of work. */
const LONGEST = 12_000;

it("says something every few seconds, and saved before it evaluates", { timeout: 300_000 }, async () => {
  const folder = newFolder();
  const args = ["train", "--hidden", "512", "--batch", "64", "--steps", "8", "--out", "x.safetensors"];
  const child = spawn(PROGRAM[0], [...PROGRAM.slice(1), ...args], {
    cwd: folder,
    env: { ...process.env, ...adapterEnv },
  });
  onTestFinished(() => void child.kill());
  const said: { readonly at: number; readonly text: string }[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => said.push({ at: performance.now(), text }));
  const [code] = await once(child, "close");
  const all = said.map(({ text }) => text).join("");
  expect(code, all).toBe(0);
  const gaps = said.slice(1).map(({ at, text }, i) => [at - said[i].at, text] as const);
  for (const [gap, text] of gaps) expect(gap, `before ${text}`).toBeLessThan(LONGEST);
  expect(all).toMatch(
    /calibrating BatchNorm \| [\s\S]*\nsaved x\.safetensors at step 8; [\s\S]*\nloss {3}train /,
  );
  expect(all, "no forecast from a cold start").not.toMatch(/the first steps.* left/);
});
