/** The lab's population on the CPU reference: what its buttons promise. */
import { afterEach, describe, expect, it } from "vitest";
import { Engine } from "../../src/lab/engine.ts";
import { configsOf } from "../../src/lab/population/configs.ts";
import type { PopulationEvent } from "../../src/lab/population/events.ts";
import { bandOf, PopulationHistory, spreadOf } from "../../src/lab/population/history.ts";
import {
  fromAddress,
  type Networks,
  ONE,
  problemWith,
  toAddress,
} from "../../src/lab/population/networks.ts";
import { lastTenth } from "../../src/sweep/lr_range.ts";
import { decodeCheckpoint } from "../../src/train/checkpoint.ts";
import { trainConfig } from "../../src/train/config.ts";

const config = trainConfig({ hidden: 4, batch: 8, steps: 40, lr: 0.2 });
const OWN = "anna\notto\nada\nbob\nhannah\nelle\neve\nava\nviv\nlil\nnan\n".repeat(3);
const words = { name: "mine.txt", bytes: new TextEncoder().encode(OWN) };

const engines: Engine[] = [];
afterEach(async () => {
  for (const engine of engines.splice(0)) await engine.close();
});

async function open() {
  const engine = new Engine();
  engines.push(engine);
  await engine.open("cpu");
  await engine.useWords(words, config);
  const events: PopulationEvent[] = [];
  return { engine, events, tell: (event: PopulationEvent) => void events.push(event) };
}

/** Each network's losses as they were told. */
function lossesOf(events: readonly PopulationEvent[], member: number): number[] {
  const told = events.flatMap((e) => (e.type === "losses" ? e.of : []));
  return told.filter((of) => of.member === member).flatMap(({ losses }) => [...losses]);
}

/** The losses and the checkpoint of a run by itself. */
async function alone(member: typeof config) {
  const { engine } = await open();
  const losses: number[] = [];
  engine.listen((e) => e.type === "losses" && losses.push(...e.losses));
  await engine.prepare(member);
  await engine.run();
  return { losses, checkpoint: decodeCheckpoint(await engine.checkpoint(), "it") };
}

describe("a population", () => {
  it("trains each network as if it were alone, also over a pause, and any of them goes on as a run", async () => {
    const { engine, events, tell } = await open();
    const configs = configsOf({ ...ONE, kind: "seeds", seeds: "3" }, config);
    const info = await engine.populate(configs, tell);
    expect(info).toMatchObject({ path: "fused", note: expect.stringContaining("one network after another") });
    const pausing = engine.trainPopulation();
    await expect(engine.trainPopulation()).rejects.toThrow("the population trains already; pause it first");
    await engine.pause();
    expect(await pausing).toEqual({ done: false });
    // Another machine goes on where the first one was.
    await engine.open("cpu");
    expect(await engine.trainPopulation()).toEqual({ done: true });
    await engine.chooseMember(2);
    const look = events.at(-1);
    expect(look).toMatchObject({ type: "look", member: 2, step: 40 });
    if (look?.type === "look") {
      expect(look.names).toHaveLength(20);
      expect(look.embedding).toHaveLength(2 * info.characters.length);
    }
    for (const member of [0, 2]) {
      const { losses, checkpoint } = await alone(configs[member]);
      expect(lossesOf(events, member)).toEqual(losses);
      const saved = decodeCheckpoint(await engine.memberCheckpoint(member), "it");
      expect(saved).toEqual(checkpoint);
    }
    await expect(engine.memberCheckpoint(3)).rejects.toThrow("there is no network 3; there are 3");

    const bytes = await engine.memberCheckpoint(1);
    const { run } = await engine.load(bytes, "seed");
    expect(run).toMatchObject({ step: 40, config: { seed: config.seed + 1 } });
    await engine.prepare({ ...configs[1], steps: 45, path: run.config.path });
    expect(await engine.run()).toEqual({ step: 45, done: true });
  });

  it("names a network that diverges, while the others end", async () => {
    const { engine, events, tell } = await open();
    const short = { ...config, steps: 10 };
    await engine.populate([short, { ...short, lr: 1e12, decay: 1e12, decayAt: 0 }], tell);
    expect(await engine.trainPopulation()).toEqual({ done: true });
    expect(events).toContainEqual(
      expect.objectContaining({ type: "diverged", member: 1, message: expect.stringMatching(/diverged/) }),
    );
    expect(lossesOf(events, 0)).toHaveLength(10);
  });

  it("stays when another one is refused", async () => {
    const { engine, tell } = await open();
    await engine.populate([config], tell);
    await expect(engine.populate([config, { ...config, hidden: 5 }], tell)).rejects.toThrow("hidden 5");
    expect(await engine.trainPopulation()).toEqual({ done: true });
  });
});

describe("the losses of a population", () => {
  it("are the command line's at the end, and close to them on the way", () => {
    const losses = Float32Array.from({ length: 3000 }, (_, i) => 4 - i / 1000 + Math.sin(i) / 10);
    const history = new PopulationHistory(2, losses.length);
    expect(history.loss(0)).toBeUndefined();
    for (let at = 0; at < 3000; at += 700) {
      history.add(0, losses.subarray(at, at + 700));
      const [so, wanted] = [history.loss(0), lastTenth(losses.subarray(0, Math.min(3000, at + 700)))];
      expect(Math.abs((so ?? 0) - wanted)).toBeLessThan(0.02);
    }
    expect(history.loss(0)).toBe(lastTenth(losses));
    history.add(1, losses.subarray(0, 5));
    const { steps, members } = history.curves();
    expect(steps.length).toBeLessThanOrEqual(512);
    expect(steps.at(-1)).toBeLessThan(3000);
    expect(members[0].every(Number.isFinite)).toBe(true);
    expect([...members[1]].filter(Number.isFinite)).toHaveLength(1);
  });

  it("have a band from the lowest to the highest, of those that have come about as far", () => {
    const history = new PopulationHistory(4, 20);
    for (const [member, length] of [20, 19, 3, 20].entries())
      history.add(member, new Float32Array(length).fill(member));
    const { mean, least, most } = bandOf(history.curves(), [0, 1, 2]);
    const rounded = (values: Float64Array) => Array.from(values, (v) => Number(v.toFixed(9)));
    const flat = (value: number) => [...Array(19).fill(value), Number.NaN];
    expect([mean, least, most].map(rounded)).toEqual([flat(0.5), flat(0), flat(1)]);
    expect(bandOf(history.curves(), [])).toMatchObject({ mean: new Float64Array(20).fill(Number.NaN) });
    expect(spreadOf([1, 3])).toEqual({ mean: 2, deviation: Math.SQRT2 });
    expect(spreadOf([5])).toEqual({ mean: 5, deviation: undefined });
  });
});

describe("the networks that the page trains", () => {
  const seeds: Networks = { ...ONE, kind: "seeds", seeds: "4" };
  const range: Networks = { ...ONE, kind: "range", range: "0.001:1:3" };

  it("differ in their seeds, or in their learning rates, which do not decay", () => {
    expect(configsOf(seeds, config).map(({ seed }) => seed - config.seed)).toEqual([0, 1, 2, 3]);
    expect(configsOf(seeds, config)[0]).toEqual(config);
    expect(configsOf(range, config).map(({ lr, decayAt }) => [lr, decayAt])).toEqual([
      [0.001, 1],
      [0.0316228, 1],
      [1, 1],
    ]);
  });

  it("stand in the address", () => {
    for (const networks of [ONE, seeds, range]) {
      expect(fromAddress(toAddress(networks))).toEqual(networks);
      expect(problemWith(networks)).toBeUndefined();
    }
    expect(toAddress(ONE)).toEqual({});
    expect(toAddress(seeds)).toEqual({ population: "4" });
    expect(toAddress(range)).toEqual({ "lr-range": "0.001:1:3" });
  });

  it("are refused where they are none, with the value and what is allowed", () => {
    expect(problemWith({ ...seeds, seeds: "1" })).toBe("Seeds is 1; it must be a whole number from 2 to 256");
    expect(problemWith({ ...range, range: "1:0.1:8" })).toMatch(/^Learning rates is 1:0\.1:8; it must be/);
    expect(problemWith({ ...range, range: "0.1:1:999" })).toMatch(/999.*256/);
    expect(problemWith({ ...range, range: "0.1:1e13:8" })).toMatch(/^Learning rates is 1.*; it must be/);
    expect(() => fromAddress({ population: "8", "lr-range": "0.001:1:64" })).toThrow("one of the two");
  });
});
