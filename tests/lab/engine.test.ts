/** The page's engine on the CPU reference: what its buttons promise. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { cpuMachine } from "../../src/cpu/machine.ts";
import { Engine } from "../../src/lab/engine.ts";
import type { EngineEvent } from "../../src/lab/messages.ts";
import { decodeCheckpoint, modelOf } from "../../src/train/checkpoint.ts";
import { DEFAULTS, trainConfig } from "../../src/train/config.ts";
import { sampleNames } from "../../src/train/sampling.ts";
import { newFolder, succeed } from "../support/cli.ts";
import { BY_HEART, RANDOM_WORDS } from "../support/random_words.ts";

const config = trainConfig({ hidden: 5, batch: 8, steps: 60, lr: 0.2 });
const text = (words: string) => ({ name: "mine.txt", bytes: new TextEncoder().encode(words) });
const OWN = "anna\notto\nada\nbob\nhannah\nelle\neve\nava\nviv\nlil\nnan\n".repeat(3);

const engines: Engine[] = [];
afterEach(async () => {
  for (const engine of engines.splice(0)) await engine.close();
});

async function open() {
  const engine = new Engine();
  engines.push(engine);
  const events: EngineEvent[] = [];
  engine.listen((event) => {
    events.push(event);
  });
  const machine = await engine.open("cpu");
  expect(machine).toMatchObject({ backend: "cpu", kind: "cpu" });
  const data = await engine.useWords("bundled", config);
  return { engine, events, data };
}

/** With words that are few. */
async function openOwn() {
  const opened = await open();
  await opened.engine.useWords(text(OWN), config);
  return opened;
}

/** Resolves once losses up to this step have come. */
async function until(events: readonly EngineEvent[], step: number): Promise<void> {
  const there = () => events.some((e) => e.type === "losses" && e.first + e.losses.length >= step);
  while (!there()) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** Every loss that was reported, by its step; steps reported twice or left out fail. */
function lossesOf(events: readonly EngineEvent[]): number[] {
  const losses: number[] = [];
  let start: number | undefined;
  for (const e of events) {
    if (e.type !== "losses") continue;
    start ??= e.first;
    expect(e.first).toBe(start + losses.length);
    losses.push(...e.losses);
  }
  return losses;
}

async function whole(): Promise<{ losses: number[]; bytes: Uint8Array }> {
  const { engine, events } = await open();
  await engine.prepare(config);
  expect(await engine.run()).toEqual({ step: 60, done: true });
  return { losses: lossesOf(events), bytes: await engine.checkpoint() };
}

/** A checkpoint without its date. */
const contents = (bytes: Uint8Array) => decodeCheckpoint(bytes, "it");

describe("a run", () => {
  it("trains to its end and reports it", async () => {
    const { engine, events, data } = await open();
    const run = await engine.prepare(config);
    expect(run).toMatchObject({ step: 0, config, path: "fused", source: { source: "names-2018.txt" } });
    await engine.run();
    await engine.look();
    const losses = lossesOf(events);
    expect(losses).toHaveLength(60);
    const mean = (some: number[]) => some.reduce((a, b) => a + b, 0) / some.length;
    expect(mean(losses.slice(-15))).toBeLessThan(mean(losses.slice(0, 15)) - 0.1);
    const last = <T extends EngineEvent["type"]>(type: T) =>
      events.findLast((e): e is Extract<EngineEvent, { type: T }> => e.type === type)!;
    expect(last("sample")).toMatchObject({ step: 60 });
    expect(last("sample").names).toHaveLength(20);
    expect(contents(last("checkpoint").bytes).step).toBe(60);
    const { probe } = last("probe");
    expect(probe.step).toBe(60);
    expect(probe.h.counts.reduce((a, b) => a + b)).toBe(8 * 5);
    expect(probe.embedding).toHaveLength(2 * run.characters.length);
    const evaluation = await engine.evaluate();
    // All of dev: only the calibration differs.
    expect(run.dev).toEqual({ sampled: data.examples.dev, of: data.examples.dev });
    expect(Math.abs(evaluation.dev - last("sample").devLoss)).toBeLessThan(0.002);
  });

  it("shows a network that has not begun, and gives nothing to keep: what is kept may be another run", async () => {
    const { engine, events } = await open();
    await engine.prepare(config);
    await engine.look();
    expect(events.map((e) => e.type).sort()).toEqual(["probe", "sample"]);
  });

  it("gives the same losses after a reset, and whether it is paused, stepped or left alone", async () => {
    const { losses, bytes } = await whole();
    const { engine, events } = await open();
    await engine.prepare(config);
    await engine.run(1);
    await engine.run(1);
    const running = engine.run();
    await expect(engine.run()).rejects.toThrow("the run goes on already; pause it first");
    await engine.pause();
    const { step, done } = await running;
    expect(step).toBeLessThan(60);
    expect(done).toBe(false);
    await engine.board(config);
    await engine.look();
    await engine.prepare(config);
    await engine.run();
    expect(lossesOf(events)).toEqual(losses);
    expect(contents(await engine.checkpoint())).toEqual(contents(bytes));

    events.length = 0;
    expect(await engine.reset(config)).toMatchObject({ step: 0 });
    await engine.run(3);
    expect(lossesOf(events)).toEqual(losses.slice(0, 3));
  });

  it("ends an evaluation and a look that nobody waits for any more, but keeps the run", async () => {
    const { engine, events } = await open();
    await engine.prepare(config);
    await engine.run(1);
    events.length = 0;
    const evaluation = engine.evaluate();
    const look = engine.look();
    await engine.pause();
    await expect(evaluation).rejects.toThrow("it was stopped before it was done");
    await look;
    expect(events.map((e) => e.type)).toEqual(["checkpoint"]);
    await engine.look();
    expect(events.map((e) => e.type)).toEqual(["checkpoint", "probe", "checkpoint", "sample"]);
  });

  it("goes on bit for bit from the page's checkpoint, and from the one it keeps on the way", async () => {
    const { losses, bytes } = await whole();
    const first = await open();
    await first.engine.prepare(config);
    await first.engine.run(25);
    await first.engine.look();
    const keptOnTheWay = first.events.findLast((e) => e.type === "checkpoint")!;
    for (const half of [await first.engine.checkpoint(), keptOnTheWay.bytes]) {
      const { engine, events } = await open();
      const { run } = await engine.load(half, "half");
      expect(run).toMatchObject({ step: 25, config: { ...config, path: "fused" } });
      // The checkpoint has the path that was taken: `auto` here is the same, and `chunked` another one.
      for (const [path, kept] of [
        ["auto", "auto"],
        ["chunked", "fused"],
      ] as const)
        expect((await engine.load(half, "half", { path })).run.config.path).toBe(kept);
      await engine.run();
      expect(lossesOf(events)).toEqual(losses.slice(25));
      expect(contents(await engine.checkpoint())).toEqual(contents(bytes));
    }
    const whole25 = await first.engine.checkpoint();
    expect(contents(keptOnTheWay.bytes).bnmean).not.toEqual(contents(whole25).bnmean);
    const saved = await first.engine.calibrated(keptOnTheWay.bytes, "half");
    expect(contents(saved)).toEqual(contents(whole25));
  });

  it("goes on under settings that a started run may change, and begins anew for the others", async () => {
    const { engine } = await open();
    const { id } = await engine.prepare(config);
    await engine.run(10);
    const longer = { ...config, steps: 100, lr: 0.05, batch: 4, path: "chunked" as const };
    expect(await engine.prepare(longer)).toMatchObject({ id, step: 10, path: "chunked" });
    await expect(engine.prepare({ ...longer, steps: 5 })).rejects.toThrow(
      /--steps is 5, but the run already has 10/,
    );
    for (const change of [
      ...[{ hidden: 17 }, { seed: 1 }, { bnSeed: 1 }, { context: 2 }, { embedding: 3 }],
      ...[{ momentum: 0.9 }, { optimizer: "adamw" as const, lr: 0.001 }],
    ]) {
      const other = await engine.prepare({ ...longer, ...change });
      expect(other.step).toBe(0);
      expect(other.id).toBeGreaterThan(id);
      await engine.run(1);
    }
  });

  it("stops at a loss that is not finite, and begins anew after it", async () => {
    const { engine } = await open();
    const wild = { ...config, lr: 1e12, decay: 1e12, decayAt: 0 };
    const { id } = await engine.prepare(wild);
    await expect(engine.run()).rejects.toMatchObject({ name: "DivergenceError" });
    expect(await engine.prepare(wild)).toMatchObject({ step: 0, id: id + 1 });
  });

  it("draws names as they are asked for, those of its checkpoint, and goes on", async () => {
    const { engine, events } = await open();
    await engine.useWords(text(OWN), config);
    await engine.prepare(config);
    await engine.run(30);
    const request = {
      count: 30,
      seed: 3,
      temperature: 0.8,
      topK: 5,
      prefix: "a",
      maxLength: 6,
      unique: true,
    };
    const drawn = await engine.draw({ ...request, newOnly: true });
    const checkpoint = contents(await engine.checkpoint());
    const notIn = new Set(OWN.split("\n"));
    const want = [cpuMachine(), modelOf(checkpoint), checkpoint.vocabulary] as const;
    const names = await sampleNames(...want, { ...request, notIn });
    expect(drawn).toMatchObject({ step: 30, seed: 3, note: undefined });
    expect(drawn.names.map((n) => n.name)).toEqual(names);
    expect(drawn.names[0]).toMatchObject({ logProbability: expect.any(Number), inTraining: false });
    expect((await engine.draw({})).seed).not.toBe((await engine.draw({})).seed);
    expect(await engine.draw({ topK: 1, unique: true, maxLength: 2 })).toMatchObject({
      note: expect.stringMatching(/^found 1 of 20 names that are unique;/),
    });
    await expect(engine.draw({ count: 0 })).rejects.toThrow(/^--count is 0;/);
    await engine.run();
    expect(lossesOf(events)).toHaveLength(60);
  });

  it("changes its learning rate without a pause, and a checkpoint of it goes on to the same bits", async () => {
    const { engine, events } = await openOwn();
    // So many that it does not end by itself.
    const longer = { ...config, steps: 1e8, decayAt: 1 };
    await engine.prepare(longer);
    const running = engine.run();
    await until(events, 30);
    const changed = { ...longer, lr: 0.05, momentum: 0, steps: 1e8 + 1 };
    const { step, changes } = await engine.change(changed);
    expect(changes).toEqual([{ step, label: "steps 100000000 → 100000001, learning rate 0.2 → 0.05" }]);
    await until(events, step + 30);
    const bytes = await engine.checkpoint();
    expect(contents(bytes).config).toMatchObject({ lr: 0.05, steps: 1e8 + 1 });
    // Settings that a network of these sizes cannot have refuse in one line, and the run goes on.
    await expect(engine.change({ ...changed, hidden: 6 })).rejects.toThrow(
      "--hidden cannot change to 6 in a run that has begun with 5; reset, and start a new run",
    );
    await expect(engine.change({ ...changed, steps: 3 })).rejects.toThrow(
      /--steps is 3, but the run already/,
    );
    const { step: now } = await engine.change({ ...changed, steps: 2e8 });
    const shorter = { ...changed, steps: now + 1000 };
    await engine.change(shorter);
    expect(await running).toEqual({ step: now + 1000, done: true });

    const second = await openOwn();
    await second.engine.load(bytes, "changed", { changes });
    const { changes: all } = await second.engine.prepare(shorter);
    expect(all[0]).toEqual(changes[0]);
    await second.engine.run();
    expect(contents(await second.engine.checkpoint())).toEqual(contents(await engine.checkpoint()));
    // So does the command line.
    const folder = newFolder();
    writeFileSync(join(folder, "changed.safetensors"), bytes);
    writeFileSync(join(folder, "mine.txt"), OWN);
    const goOn = ["train", "--resume", "changed.safetensors", "--steps", String(now + 1000)];
    await succeed(folder, [...goOn, "--words", "mine.txt", "--backend", "cpu", "--out", "on.safetensors"]);
    const { words: _, ...there } = contents(readFileSync(join(folder, "on.safetensors")));
    expect(contents(await engine.checkpoint())).toMatchObject(there);
  });

  it("has a gradient broken and mended without a pause, says so in its checkpoint, and is otherwise the right run", async () => {
    const right = await openOwn();
    await right.engine.prepare(config);
    await right.engine.run(13);
    const losses = lossesOf(right.events);
    const { engine, events } = await openOwn();
    await engine.prepare(config);
    await engine.run(10);
    expect((await engine.breakings()).map((b) => b.id)).toContain("tanh.backward.sign");
    const run = await engine.breakGradient("tanh.backward.sign");
    expect(run).toMatchObject({
      step: 10,
      path: "chunked",
      broken: [{ id: "tanh.backward.sign", from: 10 }],
    });
    const running = engine.run(40);
    await until(events, 20);
    const board = await engine.board(config);
    const wrong = (await engine.verdict())!.rows.filter((r) => r.within === false).map((r) => r.name);
    expect(wrong).toEqual(expect.arrayContaining(["dhpreact", "dbnbias", "dhprebn", "dW1", "dC"]));
    expect(wrong).not.toContain("dh");
    expect(board.at).toBeGreaterThanOrEqual(20);
    expect((await engine.verdict())!.culprit).toMatchObject({ op: "tanh.backward", tensor: "dhpreact" });
    await running;
    const broken = lossesOf(events);
    expect(broken.slice(0, 11)).toEqual(losses.slice(0, 11));
    expect(broken[12]).not.toBe(losses[12]);
    const bytes = await engine.checkpoint();
    expect(contents(bytes)).toMatchObject({
      config: { path: "fused" },
      broken: [{ id: "tanh.backward.sign", from: 10 }],
    });
    await engine.breakGradient(undefined);
    const mended = contents(await engine.checkpoint());
    expect(mended.broken).toEqual([{ id: "tanh.backward.sign", from: 10, to: 50 }]);
    await engine.run(3);

    // A checkpoint goes on as the run does: broken.
    const second = await openOwn();
    const { run: loaded } = await second.engine.load(bytes, "broken");
    expect(loaded).toMatchObject({
      step: 50,
      path: "chunked",
      broken: [{ id: "tanh.backward.sign", from: 10 }],
    });
    await second.engine.breakGradient(undefined);
    await second.engine.run(3);
    expect(lossesOf(second.events)).toEqual(lossesOf(events).slice(50));
  });

  it("plays with a beginning: the next characters by the weights now, and names", async () => {
    const { engine, events } = await openOwn();
    await engine.prepare(config);
    const request = { prefix: "", seed: 4, count: 5 };
    const first = await engine.play(request);
    expect(first).toMatchObject({ step: 0, prefix: "" });
    expect(first.next.map((n) => n.character).join("")).toBe(".abdehilnotv");
    expect(first.next.reduce((sum, n) => sum + n.probability, 0)).toBeCloseTo(1, 12);
    const running = engine.run();
    await until(events, 20);
    const later = await engine.play({ ...request, prefix: "an", temperature: 0.5 });
    expect(later.step).toBeGreaterThanOrEqual(20);
    expect(later.names).toHaveLength(5);
    for (const { name } of later.names) expect(name).toMatch(/^an/);
    await expect(engine.play({ ...request, prefix: "ü" })).rejects.toThrow(
      '--prefix is "ü", but "ü" is no character of this network',
    );
    await running;
    expect(lossesOf(events)).toHaveLength(60);
  });

  it("moves to another machine where it stands", async () => {
    const { losses } = await whole();
    const { engine, events } = await open();
    await engine.prepare(config);
    await engine.run(20);
    await engine.open("cpu");
    await engine.run();
    expect(lossesOf(events)).toEqual(losses);
  });
});

describe("words", () => {
  it("are described as the notebook prints them", async () => {
    const { data } = await open();
    expect(data).toMatchObject({ words: 32257, examples: { train: 183802, dev: 22949, test: 23053 } });
    expect(data.characters.join("")).toBe(".abcdefghijklmnopqrstuvwxyz");
    const [first, second] = data.first;
    expect(first.context).toBe("...");
    expect(second.context).toBe(`..${first.target}`);
  });

  it("show the contexts of another length", async () => {
    const { engine } = await open();
    expect((await engine.describeWords({ ...config, context: 5 })).first[0].context).toBe(".....");
  });

  it.each([
    ["", /mine.txt: the file is empty/],
    ["a.b\n".repeat(20), /mine.txt: line 1, "a.b", contains "."/],
    ["one\ntwo\n", /2 words, but at least 10 are needed/],
  ])("that are no good (%j) change nothing", async (words, message) => {
    const { engine, events } = await open();
    await engine.prepare(config);
    await engine.run(5);
    await expect(engine.useWords(text(words), config)).rejects.toThrow(message);
    expect(await engine.prepare(config)).toMatchObject({ step: 5, source: { source: "names-2018.txt" } });
    await engine.run(5);
    expect(lossesOf(events)).toHaveLength(10);
  });

  it("are read with the terminator and the spaces that the form says", async () => {
    const { engine } = await open();
    const words = text(`st. ${OWN.replaceAll("\n", " \n")}`);
    await expect(engine.useWords(words, config)).rejects.toThrow(
      /line 1, .* contains "\.", .*--terminator _ /,
    );
    const data = await engine.useWords(words, { ...config, terminator: "_" });
    expect(data).toMatchObject({ stripped: 33, reading: { terminator: "_", keepSpaces: false } });
    expect(data.characters.join("")).toBe("_ .abdehilnostv");
    expect(data.first[0].context).toBe("___");
    const kept = await engine.describeWords({ ...config, terminator: "_", keepSpaces: true });
    expect(kept).toMatchObject({ stripped: 0, longest: 1 + data.longest });
    await engine.prepare(trainConfig({ ...config, terminator: "_" }));
    await engine.run(2);
    // A page that opens anew has the words beside the run, and the form as it is by default.
    const bytes = await engine.checkpoint();
    const { run, data: again } = await (await open()).engine.load(bytes, "mine", { words });
    expect([run.step, again]).toEqual([2, data]);
  });

  it("of the reader's own make a new run, while the one there is keeps its own", async () => {
    const { engine } = await open();
    await engine.prepare(config);
    const running = engine.run();
    const data = await engine.useWords(text(OWN), config);
    expect(data).toMatchObject({ words: 33, source: { source: "mine.txt" } });
    expect((await running).done).toBe(true);
    expect(contents(await engine.checkpoint()).words.source).toBe("names-2018.txt");
    expect(await engine.prepare(config)).toMatchObject({ step: 0, source: { source: "mine.txt" } });
  });
});

it("keeps the best weights of all tenths of a run, and says of words that are learnt by heart that they are", async () => {
  const { engine, events } = await open();
  await engine.useWords(text(RANDOM_WORDS.join("\n")), config);
  await engine.prepare(trainConfig({ ...BY_HEART, keep: "best" }));
  await engine.run();
  const lowest = contents(await engine.checkpoint()).best?.step;
  expect(lowest! % 40).toBe(0);
  const notes = events.flatMap((e) => (e.type === "overfitting" ? e.note : []));
  expect(notes.join()).toMatch(new RegExp(`learns its words by heart.* ${lowest} are kept$`));
  expect(await engine.evaluate()).toMatchObject({ step: 400, kept: lowest });
});

describe("a checkpoint", () => {
  it("finds the bundled words again, and asks for others", async () => {
    const bundled = (await whole()).bytes;
    const { engine } = await open();
    await engine.useWords(text(OWN), config);
    await engine.prepare(config);
    await engine.run(2);
    const mine = await engine.checkpoint();
    expect((await engine.load(bundled, "bundled")).data.source.source).toBe("names-2018.txt");
    await expect(engine.load(mine, "mine")).rejects.toThrow(
      /cannot use checkpoint mine: it was trained on the word list mine.txt/,
    );
    await engine.useWords(text(OWN), config);
    expect((await engine.load(mine, "mine")).run.step).toBe(2);
  });

  it("knows words of the reader's own that are called like the bundled ones", async () => {
    const { engine } = await open();
    const words = { ...text(OWN), name: "names-2018.txt" };
    await engine.useWords(words, config);
    await engine.prepare(config);
    await engine.run(2);
    const mine = await engine.checkpoint();
    expect((await engine.load(mine, "mine")).data.words).toBe(33);
    await engine.useWords("bundled", config);
    await expect(engine.load(mine, "mine")).rejects.toThrow(
      /the word list names-2018.txt, which is not the current/,
    );
  });

  it("that is damaged changes nothing", async () => {
    const { engine } = await open();
    await engine.prepare(config);
    await engine.run(4);
    await expect(engine.load(Uint8Array.of(1, 2, 3), "x.safetensors")).rejects.toThrow(
      /cannot use checkpoint x.safetensors/,
    );
    const pointer = new TextEncoder().encode("version https://git-lfs.github.com/spec/v1\n");
    await expect(engine.load(pointer, "x.safetensors")).rejects.toThrow(
      /it is a Git LFS pointer, .*git lfs pull/,
    );
    expect(await engine.prepare(config)).toMatchObject({ step: 4 });
  });
});

describe("the board", () => {
  it("is about the initialisation before there is a run, and about the current weights after", async () => {
    const { engine } = await open();
    expect(await engine.board(DEFAULTS)).toMatchObject({ at: 0, sizes: { hidden: 64 } });
    await engine.prepare(config);
    await engine.run(7);
    const board = await engine.board(DEFAULTS);
    expect(board).toMatchObject({ at: 7, sizes: { hidden: 5 } });
    expect(board.gradients).toHaveLength(26);
    expect(await engine.inspect("h")).toMatchObject({ name: "h", at: 7, shape: [8, 5] });
  });

  it("can be asked for during training, and does not change it", async () => {
    const { losses } = await whole();
    const { engine, events } = await open();
    await engine.prepare(config);
    const running = engine.run();
    const { at } = await engine.board(config);
    expect(at).toBeGreaterThan(0);
    expect(at).toBeLessThan(60);
    await running;
    expect(lossesOf(events)).toEqual(losses);
  });
});
