/** Sweeps on a device, in processes of their own: shards side by side, and a sweep that is killed again and again. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { newFolder, runProcess, succeed, succeeding, WORDS } from "../support/cli.ts";

const TIMEOUT = 600_000;
const folder = newFolder();
const SWEEP = [
  ...["sweep", "--hidden", "8,12", "--lr", "0.1,0.3,1", "--seeds", "2", "--steps", "3000", ...WORDS],
  ...["--save-every", "0.2", "--json"],
];
const results = (name: string) =>
  readFileSync(join(folder, name, "results.jsonl"), "utf8").replace(/"seconds":[\d.]+/g, "");

/** But for what a killed process was writing, which is removed once it is a minute old. */
const filesOf = (name: string) => readdirSync(join(folder, name)).filter((file) => !file.endsWith(".tmp"));

it(
  "four shards in four processes, merged, are the whole byte for byte",
  async () => {
    await succeeding(runProcess(folder, [...SWEEP, "--out", "whole"]));
    const shards = [1, 2, 3, 4].map((i) =>
      succeeding(runProcess(folder, [...SWEEP, "--shard", `${i}/4`, "--out", `shards-${i}`])),
    );
    await Promise.all(shards);
    const folders = [1, 2, 3, 4].map((i) => `shards-${i}`);
    await succeed(folder, ["sweep", "--merge", ...folders, "--out", "merged"]);
    expect(results("merged")).toBe(results("whole"));
    expect(filesOf("merged")).toEqual(filesOf("whole"));
  },
  TIMEOUT,
);

it(
  "killed four times, it ends with the results of a sweep that nobody disturbed",
  async () => {
    for (const after of [1, 2, 3, 4]) {
      const { code } = await runProcess(folder, [...SWEEP, "--out", "killed"], {
        onStdout: (all, child) => {
          // A second of training has passed with each event of progress.
          if ((all.match(/"progress"/g)?.length ?? 0) >= 1 + (after % 2)) child.kill("SIGKILL");
        },
      });
      // Later ones may come to the end.
      if (after === 1) expect(code).toBe(null);
    }
    await succeeding(runProcess(folder, [...SWEEP, "--out", "killed"]));
    expect(results("killed")).toBe(results("whole"));
    expect(filesOf("killed")).toEqual(filesOf("whole"));
  },
  TIMEOUT,
);
