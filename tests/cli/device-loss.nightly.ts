/** A `train` whose device is lost: each opening and compiling takes a software device a second. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, it } from "vitest";
import { decodeCheckpoint } from "../../src/train/checkpoint.ts";
import { adapterEnv } from "../support/adapter.ts";
import { newFolder, runProcess, succeed, succeeding, WORDS } from "../support/cli.ts";
import { describeOnGpu } from "../support/device.ts";

const folder = newFolder();
const state = (name: string) => {
  const { words: _, vocabulary, ...rest } = decodeCheckpoint(readFileSync(join(folder, name)), name);
  return { ...rest, vocabulary: vocabulary.characters };
};

describeOnGpu("a device that is lost three times", () => {
  it("gives the same checkpoint, and three lines", async () => {
    const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
    const preload = new URL("../support/lose_device.mjs", import.meta.url).href;
    const args = [
      "train",
      "--backend",
      "gpu",
      ...WORDS,
      "--hidden",
      "6",
      "--embedding",
      "3",
      "--batch",
      "5",
      "--path",
      "fused",
      "--steps",
      "300",
      "--out",
    ];
    await succeed(folder, [...args, "whole.safetensors"], adapterEnv);
    const NODE_OPTIONS = `--import ${tsx} --import ${preload}`;
    const losing = runProcess(folder, [...args, "lost.safetensors"], {
      env: { ...adapterEnv, NODE_OPTIONS },
    });
    const { stderr } = await succeeding(losing);
    const said = stderr.split("\n").filter((line) => line.startsWith("the device was lost ("));
    expect(said, stderr).toHaveLength(3);
    expect(said[0]).toMatch(/; a new one goes on from step \d+$/);
    expect(state("lost.safetensors")).toEqual(state("whole.safetensors"));
  });
});
