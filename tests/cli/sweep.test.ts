/** Sweeps: what they print and keep, that they go on to the same results, and that shards make the whole. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { tableOf } from "../../src/sweep/results.ts";
import { decodeCheckpoint } from "../../src/train/checkpoint.ts";
import { eventsOf, newFolder, run, succeed, WORDS } from "../support/cli.ts";

const folder = newFolder();
/** Two sizes, two rates of which one destroys its networks, two seeds. */
const SWEEP = [
  ...["sweep", "--backend", "cpu", "--embedding", "3", "--batch", "5", "--steps", "12", ...WORDS],
  ...["--hidden", "4,6", "--lr", "0.1,1000", "--optimizer", "adamw", "--weight-decay", "1", "--seeds", "2"],
];
const read = (name: string) => readFileSync(join(folder, name), "utf8");
/** Results without the time they took. */
const timeless = (name: string) => read(`${name}/results.jsonl`).replace(/"seconds":[\d.]+/g, "");

describe("sweep", () => {
  it("prints a table, keeps the best of each configuration, and goes on where it was", async () => {
    const ran = await succeed(folder, [...SWEEP, "--out", "all", "--json"]);
    const events = eventsOf(ran);
    expect(events[0]).toMatchObject({ event: "start", networks: 8, shard: null });
    expect(events.filter((e) => e.event === "network")).toHaveLength(8);
    expect(events.at(-1)).toMatchObject({ event: "done", networks: 8, diverged: 4 });

    const results = read("all/results.jsonl")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(results.map((r) => [r.id, r.config.hidden, r.config.lr, r.dev === null])).toEqual([
      [0, 4, 0.1, false],
      [1, 4, 0.1, false],
      [2, 4, 1000, true],
      [3, 4, 1000, true],
      [4, 6, 0.1, false],
      [5, 6, 0.1, false],
      [6, 6, 1000, true],
      [7, 6, 1000, true],
    ]);
    const kept = results.filter((r) => r.checkpoint !== null);
    expect(kept.map((r) => r.config.hidden)).toEqual([4, 6]);
    for (const { id, checkpoint, config, dev } of kept) {
      const rivals = results.filter((r) => r.config.hidden === config.hidden && r.dev !== null);
      expect(dev).toBe(Math.min(...rivals.map((r) => r.dev)));
      const c = decodeCheckpoint(readFileSync(join(folder, "all", checkpoint)), checkpoint);
      expect([id, c.step, c.config.seed, c.config.hidden]).toEqual([id, 12, config.seed, config.hidden]);
    }
    const files = [...kept.map((r) => r.checkpoint), "results.jsonl", "sweep.json"].sort();
    expect(readdirSync(join(folder, "all")).sort()).toEqual(files);

    const again = await succeed(folder, [...SWEEP, "--out", "all"]);
    expect(again.stderr).toContain("8 of them done already");
    expect(again.stdout).toMatch(/hidden {2}learning rate {2}dev mean/);
    const best = /best: npm run (train -- .*)/.exec(again.stdout)?.[1].replace("train --", "train") ?? "";
    const alone = await succeed(folder, [
      ...best.split(" "),
      "--backend",
      "cpu",
      "--out",
      "best.safetensors",
    ]);
    expect(alone.stdout).toContain(`dev ${tableOf(results)[0].best?.dev?.toFixed(4)}`);
  });

  it("of shards, merged, has the results of the whole", async () => {
    for (const i of [1, 2, 3]) await succeed(folder, [...SWEEP, "--shard", `${i}/3`, "--out", `shard${i}`]);
    const merge = (...shards: string[]) => run(folder, ["sweep", "--merge", ...shards, "--out", "merged"]);
    const part = await merge("shard1", "shard3");
    expect(part.code).toBe(1);
    expect(part.stderr).toContain("missing: networks 1, 4, 7; run their shards again");
    expect(part.stdout).toContain("dev mean");
    expect((await merge("shard3", "shard1", "shard2")).code).toBe(0);
    expect(timeless("merged")).toBe(timeless("all"));
    expect(readdirSync(join(folder, "merged")).sort()).toEqual(readdirSync(join(folder, "all")).sort());
    expect((await merge("shard1", "shard1")).stderr).toContain("network 0 is in shard1 and in shard1");
  });

  it("stops at Ctrl-C and goes on", async () => {
    const args = [...SWEEP, "--out", "stopped", "--json", "--save-every", "0"];
    const stopped = await run(folder, args, {
      onStdout: (all) => {
        if (all.includes('"progress"')) process.emit("SIGINT");
      },
    });
    expect(stopped.code).toBe(130);
    expect(stopped.stderr).toContain("the same command goes on");
    expect(readdirSync(join(folder, "stopped"))).toContain("under-way.safetensors");
    await succeed(folder, args);
    expect(timeless("stopped")).toBe(timeless("all"));
  });

  it.each([
    [["--out", "all", "--steps", "13"], "all has another sweep: its settings or words differ"],
    [["--out", "all", "--shard", "1/2"], "all has the whole sweep, not shard 1/2"],
    [["--shard", "3/2", "--out", "x"], "--shard is 3/2; it must be i/n"],
    [[], "--out is missing"],
    [["--lr", "0.1,,1", "--out", "x"], "--lr has a comma too many"],
    [["--lr", "0.1,fast", "--out", "x"], '--lr is "fast"; it must be a number'],
    [["--lr-range", "1:0:3"], "--lr-range tries learning rates alone"],
  ])("refuses %j", async (more, message) => {
    const ran = await run(folder, [...SWEEP, ...more]);
    expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining(message)]);
  });

  it("says what it would train, and trains nothing", async () => {
    const { stdout } = await succeed(folder, [...SWEEP, "--dry-run"]);
    expect(stdout).toContain("    2  --hidden 4 --lr 1000 --seed 2147483647\n");
    expect(stdout).toContain("8 networks, 4 configurations, 96 network-steps");
  });

  it("searches a learning rate", async () => {
    const args = ["sweep", "--backend", "cpu", "--hidden", "4", "--batch", "5", "--steps", "20", ...WORDS];
    const { stdout } = await succeed(folder, [...args, "--lr-range", "0.01:100:5"]);
    expect(stdout).toMatch(/lowest: a loss of \d\.\d{4} with --lr \d/);
    const events = eventsOf(await succeed(folder, [...args, "--lr-range", "0.01:100:5", "--json"]));
    expect(events.filter((e) => e.event === "rate").map((e) => e.lr)).toEqual([0.01, 0.1, 1, 10, 100]);
  });
});
