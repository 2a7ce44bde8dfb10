/** Train, sample, evaluate, resume: what they print, what they save, and that runs repeat bit for bit. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readSafetensors } from "../../src/formats/safetensors.ts";
import { decodeCheckpoint } from "../../src/train/checkpoint.ts";
import {
  type Event,
  eventsOf,
  filesIn,
  newFolder,
  runProcess,
  succeed,
  succeeding,
  TINY,
  WORDS,
  words,
} from "../support/cli.ts";

const folder = newFolder();
const path = (name: string) => join(folder, name);
const train = (...more: string[]) => ["train", ...TINY, ...WORDS, ...more];
const load = (name: string) => decodeCheckpoint(readFileSync(path(name)), name);

/** A file's bytes without the time it was written. */
function timeless(name: string): Buffer {
  const bytes = readFileSync(path(name));
  const { metadata } = readSafetensors(bytes);
  const created = metadata.get("created") ?? "";
  expect(created).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  bytes.fill("0", bytes.indexOf(created), bytes.indexOf(created) + created.length);
  return bytes;
}

describe("train --json", () => {
  it("prints the contract's events and nothing else", async () => {
    const args = train("--steps", "25", "--log-every", "10", "--out", "json.safetensors", "--json");
    const ran = await succeeding(runProcess(folder, args));
    const events = eventsOf(ran);
    expect(events.map((e) => e.event)).toEqual(["start", "step", "step", "step", "eval", "sample", "done"]);

    const [start, first, , third, evaluated, sampled, done] = events;
    expect(start).toEqual({
      event: "start",
      adapter: "CPU reference (float32)",
      backend: "cpu",
      path: "fused",
      config: {
        ...{ hidden: 6, embedding: 3, context: 3, batch: 5, steps: 25, lr: 0.1, decayAt: 0.5, decay: 0.1 },
        ...{ seed: 2147483647, bnSeed: 0, path: "auto" },
        ...{ optimizer: "sgd", momentum: 0, weightDecay: 0.01, beta1: 0.9, beta2: 0.999, eps: 1e-8 },
      },
      words: 30,
      vocabulary: 7,
      examples: { train: 130, dev: 18, test: 15 },
      parameters: 7 * 3 + 9 * 6 + 6 + 6 * 7 + 7 + 6 + 6,
    });
    expect(first).toEqual({ event: "step", step: 0, loss: expect.closeTo(Math.log(7), 0) });
    expect(third).toEqual({ event: "step", step: 20, loss: expect.any(Number) });
    const loss = expect.closeTo(Math.log(7), 0);
    expect(evaluated).toEqual({ event: "eval", step: 25, train: loss, dev: loss, test: loss });
    expect(sampled).toEqual({ event: "sample", names: expect.any(Array) });
    expect(sampled.names).toHaveLength(20);
    for (const name of sampled.names as string[]) expect(name).toMatch(/^[a-f]*$/);
    expect(done).toEqual({
      event: "done",
      steps: 25,
      seconds: expect.any(Number),
      stepsPerSecond: expect.any(Number),
      checkpoint: "json.safetensors",
    });
    expect(done.stepsPerSecond).toBeCloseTo(25 / (done.seconds as number), 6);
    expect(ran.stderr).toContain("saved json.safetensors at step 25");
  });

  it("reports every loss with --log-every 1, and every thousandth by default", async () => {
    const steps = async (...more: string[]) => {
      const ran = await succeed(
        folder,
        train("--steps", "1001", "--out", "log.safetensors", "--json", ...more),
      );
      return eventsOf(ran).filter((e) => e.event === "step");
    };
    const all = await steps("--log-every", "1");
    expect(all.map((e) => e.step)).toEqual(Array.from({ length: 1001 }, (_, i) => i));
    expect(await steps()).toEqual([all[0], all[1000]]);
  });
});

it("prints results on stdout and the rest on stderr, and keeps runs in runs/", async () => {
  const { stdout, stderr } = await succeeding(runProcess(folder, train("--steps", "3")));
  expect(stdout).toMatch(/^loss {3}train \d\.\d{4} {2}dev \d\.\d{4} {2}test \d\.\d{4}\nnames {2}[a-f ]+\n$/);
  expect(stderr).toMatch(
    /^fused path: the CPU reference .+\n30 words, 7 characters; examples: 130 train, 18 dev, 15 test\n/,
  );
  const [, saved] = stderr.match(/saved (\S+) at step 3; training took \d+\.\d s\n$/) ?? [];
  expect(saved).toMatch(/^runs\/\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}\.safetensors$/);
  expect(filesIn(path("runs"))).toEqual([saved.slice("runs/".length)]);
  const { stdout: names } = await succeed(folder, ["sample", "--backend", "cpu", "-n", "2"]);
  expect(names.split("\n")).toHaveLength(3);
});

it("goes from train to evaluate, to sample, and on with --resume", async () => {
  const trained = eventsOf(await succeed(folder, train("--steps", "40", "--out", "a.safetensors", "--json")));
  const checkpoint = ["--backend", "cpu", "--checkpoint", "a.safetensors", "--json"];
  const find = (events: readonly Event[], kind: string) => events.find((e) => e.event === kind);

  const evaluated = eventsOf(await succeed(folder, ["evaluate", ...checkpoint]));
  expect(evaluated).toEqual([find(trained, "eval")]);
  // Without a seed, the names that train ended with.
  const sampled = eventsOf(await succeed(folder, ["sample", ...checkpoint]));
  expect(sampled).toEqual([find(trained, "sample")]);
  const other = eventsOf(await succeed(folder, ["sample", ...checkpoint, "--seed", "1", "-n", "300"]));
  expect(other[0].names).toHaveLength(300);
  expect((other[0].names as string[]).slice(0, 20)).not.toEqual(sampled[0].names);
  const known = await succeed(folder, [
    "sample",
    "--backend",
    "cpu",
    "--checkpoint",
    "a.safetensors",
    ...WORDS,
  ]);
  const listed = known.stdout
    .slice(0, -1)
    .split("\n")
    .filter((name) => words.includes(name)).length;
  expect(known.stderr).toBe(`${listed} of 20 are in words.txt\n`);

  // The words are found again through the checkpoint, which is written over.
  const resume = ["train", "--backend", "cpu", "--resume", "a.safetensors", "--steps", "50", "--json"];
  const resumed = eventsOf(await succeed(folder, resume));
  expect(find(resumed, "start")).toMatchObject({ config: { hidden: 6, batch: 5, steps: 50 }, words: 30 });
  expect(find(resumed, "done")).toMatchObject({ steps: 50, checkpoint: "a.safetensors" });
  expect(load("a.safetensors")).toMatchObject({ step: 50, config: { steps: 50, path: "fused" } });
});

it("trains the same bits in one go, again, and in two pieces", async () => {
  const start = train("--steps", "100", "--lr", "0.2");
  await succeed(folder, [...start, "--out", "whole.safetensors"]);
  await succeed(folder, [...start, "--out", "again.safetensors"]);
  const { stdout } = await succeed(folder, [
    ...start,
    "--out",
    "part.safetensors",
    "--stop-at",
    "40",
    "--json",
  ]);
  expect(stdout).toContain('"event":"eval","step":40,');
  expect(load("part.safetensors")).toMatchObject({ step: 40, config: { steps: 100, lr: 0.2 } });
  await succeed(folder, ["train", "--backend", "cpu", "--resume", "part.safetensors"]);

  const whole = timeless("whole.safetensors");
  expect(timeless("again.safetensors").equals(whole)).toBe(true);
  expect(timeless("part.safetensors").equals(whole)).toBe(true);

  await succeed(folder, [...start, "--out", "seed.safetensors", "--seed", "1"]);
  expect(timeless("seed.safetensors").equals(whole)).toBe(false);
});

it("stops and saves at Ctrl-C, and goes on from there as if nothing had happened", async () => {
  const start = train("--steps", "20000");
  const args = [...start, "--log-every", "500", "--json", "--out", "stopped.safetensors"];
  const stopped = await runProcess(folder, args, {
    onStdout: (all, child) => {
      // A second signal would end it at once.
      if (!child.killed && all.includes('"step":500,')) child.kill("SIGINT");
    },
  });
  expect(stopped.code, stopped.stderr).toBe(130);
  const events = eventsOf(stopped);
  const { steps, checkpoint } = events[events.length - 1];
  expect(checkpoint).toBe("stopped.safetensors");
  expect(steps).toBeGreaterThan(500);
  expect(steps).toBeLessThan(20000);
  expect(events.map((e) => e.event)).not.toContain("eval");
  expect(stopped.stderr).toMatch(
    /\nstopping and saving; .*\nsaved .*\nto go on: npm run train -- --resume stopped\.safetensors\n$/,
  );
  expect(load("stopped.safetensors").step).toBe(steps);

  const resumed = await succeed(folder, [
    "train",
    "--backend",
    "cpu",
    "--resume",
    "stopped.safetensors",
    "--json",
  ]);
  const logged = eventsOf(resumed).filter((e) => e.event === "step");
  expect(logged.map((e) => e.step)).toEqual(
    Array.from({ length: 20 }, (_, i) => 1000 * i).filter((step) => step >= (steps as number)),
  );
  await succeed(folder, [...start, "--out", "straight.safetensors"]);
  expect(timeless("stopped.safetensors").equals(timeless("straight.safetensors"))).toBe(true);
});

it.each([
  ["Cyrillic", ["анна", "борис", "вера", "глеб", "дарья", "егор", "жанна", "зоя", "иван", "клара"]],
  ["beyond the basic plane", Array.from({ length: 12 }, (_, i) => `😀😁🚀${"𝔸𝔹ℂ".slice(2 * (i % 2))}é`)],
])("trains on and draws words that are %s", async (name, list) => {
  const file = `${name.split(" ")[0]}.txt`;
  writeFileSync(path(file), list.join("\n"));
  const args = [
    "train",
    ...TINY,
    "--steps",
    "300",
    "--words",
    file,
    "--out",
    `${file}.safetensors`,
    "--json",
  ];
  const [start, ...events] = eventsOf(await succeed(folder, args));
  const letters = new Set(list.flatMap((word) => [...word]));
  expect(start).toMatchObject({ words: list.length, vocabulary: letters.size + 1 });
  const { names } = events.find((e) => e.event === "sample") as { names: string[] } & Event;
  expect(names.join("").length).toBeGreaterThan(20);
  for (const letter of names.join("")) expect(letters).toContain(letter);
  const again = await succeed(folder, ["sample", "--backend", "cpu", "--checkpoint", `${file}.safetensors`]);
  expect(again.stdout).toBe(`${names.join("\n")}\n`);
});

it("reads lines ended by CRLF as those ended by LF, and counts blank ones", async () => {
  writeFileSync(path("crlf.txt"), `\r\n${words.join("\r\n")}\r\n\r\n   \r\n`);
  const args = ["train", ...TINY, "--steps", "10", "--json"];
  const lf = await succeed(folder, [...args, ...WORDS, "--out", "lf.safetensors"]);
  const crlf = await succeed(folder, [...args, "--words", "crlf.txt", "--out", "crlf.safetensors"]);
  expect(crlf.stderr).toMatch(/^crlf\.txt: dropped 3 blank lines\n/);
  expect(lf.stderr).not.toContain("blank");
  const same = (ran: typeof lf) => eventsOf(ran).filter((e) => e.event !== "done");
  expect(same(crlf)).toEqual(same(lf));
  const [a, b] = ["lf", "crlf"].map((name) => load(`${name}.safetensors`));
  expect(b.parameters).toEqual(a.parameters);
});

it("goes on training when nobody reads its output any more", async () => {
  const args = train("--steps", "2000", "--log-every", "1", "--json", "--out", "epipe.safetensors");
  const { code, stderr } = await runProcess(folder, args, {
    onStdout: (_, child) => child.stdout?.destroy(),
  });
  expect(code, stderr).toBe(0);
  expect(load("epipe.safetensors").step).toBe(2000);
});

it("leaves no temporary file", () => {
  expect(filesIn(folder).filter((name) => name.includes("tmp"))).toEqual([]);
});
