/** Train, sample, evaluate, resume: what they print, what they save, and that runs repeat bit for bit. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readSafetensors, writeSafetensors } from "../../src/formats/safetensors.ts";
import { decodeCheckpoint } from "../../src/train/checkpoint.ts";
import {
  type Event,
  eventsOf,
  filesIn,
  newFolder,
  run,
  runProcess,
  succeed,
  succeeding,
  TINY,
  WORDS,
  words,
} from "../support/cli.ts";
import { RANDOM_WORDS } from "../support/random_words.ts";

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
    const all = eventsOf(ran);
    const events = all.filter((e) => e.event !== "dev");
    expect(events.map((e) => e.event)).toEqual(["start", "step", "step", "step", "eval", "sample", "done"]);
    // Before the step that it is called after, whose loss is not known yet.
    expect(all.slice(1, 4).map((e) => e.event)).toEqual(["step", "dev", "dev"]);
    const dev = { event: "dev", dev: expect.any(Number), sampled: false };
    const steps = [3, 5, 8, 10, 13, 15, 18, 20, 23, 25];
    expect(all.filter((e) => e.event === "dev")).toEqual(steps.map((step) => ({ ...dev, step })));

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
        ...{ keep: "last", keepSpaces: false, terminator: "." },
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
  // With the notebook's seed, the names that train ended with.
  const sampled = eventsOf(await succeed(folder, ["sample", ...checkpoint, "--seed", "2147483657"]));
  const more = { seed: 2147483657, checkpoint: "a.safetensors", details: expect.any(Array) };
  expect(sampled).toEqual([{ ...find(trained, "sample"), ...more }]);

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
  const same = await succeed(folder, ["train", "--backend", "cpu", "--resume", "part.safetensors"]);
  expect(same.stderr).not.toContain("schedule");

  const whole = timeless("whole.safetensors");
  expect(timeless("again.safetensors").equals(whole)).toBe(true);
  expect(timeless("part.safetensors").equals(whole)).toBe(true);

  // A finished run has decayed, which one of twice as many steps had not done by then.
  const longer = ["train", "--backend", "cpu", "--resume", "part.safetensors", "--steps", "200"];
  expect((await succeed(folder, longer)).stderr).toMatch(
    /\nthe 100 steps so far had another schedule: from step 50 a learning rate of 0\.02, where this one has 0\.2\. So this is not the run that never stopped; .* --stop-at\n/,
  );
  await succeed(folder, [...start, "--steps", "200", "--out", "longer.safetensors"]);
  expect(timeless("longer.safetensors").equals(timeless("part.safetensors"))).toBe(false);

  await succeed(folder, [...start, "--out", "seed.safetensors", "--seed", "1"]);
  expect(timeless("seed.safetensors").equals(whole)).toBe(false);
});

it("keeps the weights of the lowest dev loss with --keep best, in one go and in two pieces, and evaluates those", async () => {
  writeFileSync(path("random.txt"), RANDOM_WORDS.join("\n"));
  const start = [
    "train",
    ...TINY,
    "--words",
    "random.txt",
    "--steps",
    "400",
    "--lr",
    "0.3",
    "--keep",
    "best",
    "--json",
  ];
  const whole = await succeed(folder, [...start, "--out", "best.safetensors"]);
  const events = eventsOf(whole);
  const looks = events.filter((e) => e.event === "dev") as { step: number; dev: number }[];
  const lowest = looks.reduce((a, b) => (b.dev < a.dev ? b : a)).step;
  expect(lowest).toBeLessThan(400);
  expect(whole.stderr).toContain(`at step 400 with the weights of step ${lowest}; training took`);
  expect(whole.stderr).toMatch(
    new RegExp(
      `, while the training loss fell to .*: the network learns its words by heart; .* step ${lowest} are kept\n`,
    ),
  );
  const checkpoint = ["--backend", "cpu", "--checkpoint", "best.safetensors", "--json"];
  const evaluated = events.filter((e) => e.event === "eval");
  expect(evaluated).toEqual([expect.objectContaining({ step: lowest })]);
  expect(eventsOf(await succeed(folder, ["evaluate", ...checkpoint]))).toEqual(evaluated);

  await succeed(folder, [...start, "--out", "half.safetensors", "--stop-at", "200"]);
  await succeed(folder, ["train", "--backend", "cpu", "--resume", "half.safetensors"]);
  expect(timeless("half.safetensors").equals(timeless("best.safetensors"))).toBe(true);
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
  const checkpoint = ["--backend", "cpu", "--checkpoint", `${file}.safetensors`];
  const again = await succeed(folder, ["sample", ...checkpoint, "--seed", "2147483657"]);
  expect(again.stdout).toBe(`${names.join("\n")}\n`);
});

it("prints one name a line where names have spaces in them", async () => {
  writeFileSync(path("sentences.txt"), words.map((word) => `${word} a b`).join("\n"));
  const out = ["--out", "sentences.safetensors"];
  const args = ["train", ...TINY, "--steps", "50", "--words", "sentences.txt", ...out];
  const { stdout } = await succeed(folder, args);
  const [, heading, ...names] = stdout.trimEnd().split("\n");
  expect(heading).toBe("names");
  const checkpoint = ["--backend", "cpu", "--checkpoint", "sentences.safetensors"];
  const again = await succeed(folder, ["sample", ...checkpoint, "--seed", "2147483657"]);
  expect(names.join("\n")).toBe(again.stdout.trimEnd());
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

it("finds a list of one's own again that is called like the bundled one", async () => {
  writeFileSync(path("names-2018.txt"), words.join("\n"));
  const out = ["--out", "namesake.safetensors"];
  await succeed(folder, ["train", ...TINY, "--steps", "10", "--words", "names-2018.txt", ...out]);
  await succeed(folder, ["evaluate", "--backend", "cpu", "--checkpoint", "namesake.safetensors"]);
  const resume = ["train", "--backend", "cpu", "--resume", "namesake.safetensors", "--steps", "12", "--json"];
  expect(eventsOf(await succeed(folder, resume))[0]).toMatchObject({ words: 30 });
});

describe("what ends a word", () => {
  const args = ["train", ...TINY, "--steps", "10", "--json", "--words"];

  it("is not the spaces and tabs behind it, unless they are kept", async () => {
    writeFileSync(path("spaces.txt"), words.map((w, i) => (i % 3 ? w : `${w} \t`)).join("\n"));
    const bare = await succeed(folder, [...args, "spaces.txt", "--out", "bare.safetensors"]);
    expect(bare.stderr).toMatch(
      /^spaces\.txt: stripped spaces and tabs from the ends of 10 lines; --keep-spaces keeps them\n/,
    );
    expect(eventsOf(bare)[0]).toMatchObject({ vocabulary: 7, config: { keepSpaces: false } });
    const kept = await succeed(folder, [...args, "spaces.txt", "--keep-spaces", "--out", "kept.safetensors"]);
    expect(kept.stderr).not.toContain("stripped");
    expect(eventsOf(kept)[0]).toMatchObject({ vocabulary: 9, config: { keepSpaces: true } });

    // A checkpoint reads its list as it was read then; one from before there was a choice kept the spaces.
    const { tensors, metadata } = readSafetensors(readFileSync(path("kept.safetensors")));
    const { keepSpaces, ...config } = JSON.parse(metadata.get("config") ?? "");
    expect(keepSpaces).toBe(true);
    metadata.set("config", JSON.stringify(config));
    writeFileSync(
      path("older.safetensors"),
      writeSafetensors(Object.fromEntries(tensors), Object.fromEntries(metadata)),
    );
    const evaluate = (name: string) =>
      succeed(folder, ["evaluate", "--backend", "cpu", "--checkpoint", name, "--json"]);
    expect(eventsOf(await evaluate("bare.safetensors"))).toEqual([
      eventsOf(bare).find((e) => e.event === "eval"),
    ]);
    expect((await evaluate("older.safetensors")).stdout).toBe((await evaluate("kept.safetensors")).stdout);
  });

  it("is a full stop, or what --terminator names, which the refusal proposes", async () => {
    writeFileSync(path("stops.txt"), words.map((w, i) => (i % 3 ? w : `st. ${w}`)).join("\n"));
    const refused = await run(folder, [...args, "stops.txt"]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/^error: stops\.txt: line 1, "st\. \w+", contains "\."/);
    const [, terminator] =
      refused.stderr.match(/give --terminator (\S+) \(a character that no word has\)/) ?? [];
    const out = ["--out", "stops.safetensors"];
    const ran = await succeed(folder, [...args, "stops.txt", "--terminator", terminator, ...out]);
    expect(load("stops.safetensors").vocabulary.characters.slice(0, 3)).toEqual([terminator, " ", "."]);
    const again = await succeed(folder, ["evaluate", "--backend", "cpu", "--checkpoint", out[1], "--json"]);
    expect(eventsOf(again)).toEqual([eventsOf(ran).find((e) => e.event === "eval")]);
    const other = await run(folder, ["train", "--backend", "cpu", "--resume", out[1], "--terminator", "."]);
    expect(other.stderr).toContain(`--resume has terminator ${terminator}, which cannot change to .`);
  });
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
