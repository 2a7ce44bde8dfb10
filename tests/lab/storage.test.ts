import { describe, expect, it } from "vitest";
import { automaticName, settingsText } from "../../src/lab/kept/naming.ts";
import { type KeptWords, MOST_RUNS, Runs, type RunToKeep, type SharedStore } from "../../src/lab/storage.ts";
import { LossHistory } from "../../src/lab/train/history.ts";
import { EMPTY } from "../../src/lab/train/series.ts";
import { DEFAULTS, PRESETS, trainConfig } from "../../src/train/config.ts";

/** As IndexedDB: what is stored is a copy, and a transaction writes all or nothing. */
function memory() {
  const map = new Map<string, unknown>();
  const written: string[] = [];
  const store: SharedStore = {
    get: async (key) => structuredClone(map.get(key)),
    async change(prefixes, change) {
      const found = [...map].filter(([key]) => prefixes.some((prefix) => key.startsWith(prefix)));
      const { result, writes = new Map() } = change(structuredClone(new Map(found)), (key) => map.has(key));
      for (const [key, value] of writes) {
        written.push(key);
        if (value === undefined) map.delete(key);
        else map.set(key, structuredClone(value));
      }
      return result;
    },
  };
  return {
    map,
    store,
    written,
    keys: (prefix: string) => [...map.keys()].filter((key) => key.startsWith(prefix)),
  };
}

const history = new LossHistory(7);
history.add([3, 2.5, 2.25]);
const curves = {
  history: history.store(),
  devLosses: { steps: [10], rows: [[2.4]] },
  spreads: EMPTY,
  ratios: EMPTY,
};
const run: RunToKeep = {
  about: {
    name: "Default settings",
    savedAt: 1,
    step: 10,
    config: DEFAULTS,
    backend: "auto",
    words: "bundled",
    source: { source: "names-2018.txt", sha256: "aa" },
  },
  curves,
  checkpoint: Uint8Array.of(1, 2, 3),
};
const words: KeptWords = { sha256: "bb", name: "mine.txt", bytes: Uint8Array.of(65, 10) };
const mine: RunToKeep = {
  ...run,
  about: { ...run.about, words: "own", source: { source: "mine.txt", sha256: "bb" } },
  words,
};
const at = (step: number, of = run): RunToKeep => ({ ...of, about: { ...of.about, step, savedAt: step } });
const told = async (runs: Runs) => (await runs.list()).map(({ name, step }) => [name, step]);

describe("the kept runs", () => {
  it("are given back as they were kept last, with words of the reader's own", async () => {
    const { store } = memory();
    const runs = new Runs(store);
    const { id } = await runs.keep(undefined, at(5, mine));
    await runs.keep(id, mine);
    expect(await runs.open(id)).toEqual({
      about: expect.objectContaining({ ...mine.about, since: 5, id }),
      ...{ curves, words, checkpoint: run.checkpoint },
    });
    expect(await runs.curves(id)).toEqual(curves);
    expect(await runs.open("another")).toBeUndefined();
  });

  it("get what their charts have got since, at the same step only", async () => {
    const { store } = memory();
    const runs = new Runs(store);
    const { id } = await runs.keep(undefined, run);
    const later = { ...curves, devLosses: { steps: [10], rows: [[2.25]] } };
    for (const step of [10, 11]) await runs.note(id, step, step === 10 ? later : curves);
    await new Runs(store).note(id, 10, curves);
    expect(await runs.open(id)).toMatchObject({ about: { dev: 2.25 }, curves: later });
  });

  it("are many: a new run never takes the place of another, and no two have the same name", async () => {
    const runs = new Runs(memory().store);
    const { id } = await runs.keep(undefined, at(3));
    await runs.keep(undefined, at(4));
    await runs.keep(id, at(30));
    expect(await told(runs)).toEqual([
      ["Default settings (2)", 4],
      ["Default settings", 30],
    ]);
  });

  it("are each one page's: what another page has gone on with, or deleted, it leaves alone", async () => {
    const { store } = memory();
    const [one, two] = [new Runs(store), new Runs(store)];
    const { id } = await one.keep(undefined, at(3));
    await two.claim(id);
    await two.keep(id, at(5));
    const own = await one.keep(id, at(4));
    expect(own.id).not.toBe(id);
    expect(await told(one)).toEqual([
      ["Default settings (2)", 4],
      ["Default settings", 5],
    ]);
    await one.delete(id);
    await two.keep(id, at(6));
    expect(await told(one)).toEqual([
      ["Default settings", 6],
      ["Default settings (2)", 4],
    ]);
  });

  it("keep a name that they were given, which no other has", async () => {
    const runs = new Runs(memory().store);
    const { id } = await runs.keep(undefined, run);
    const { id: other } = await runs.keep(undefined, run);
    await runs.rename(id, "  slow \n and steady ");
    await runs.keep(id, at(20));
    expect(await told(runs)).toContainEqual(["slow and steady", 20]);
    const refused = (name: string) => runs.rename(other, name).catch((error: Error) => error.message);
    expect(await refused("slow and steady")).toBe(
      "another run is called “slow and steady”; give a name that no run has",
    );
    expect(await refused(" ")).toBe("a run needs a name; give it one");
    expect(await refused("x".repeat(81))).toBe(
      "the name has 81 characters, and 80 is the most; give a shorter one",
    );
    await runs.delete(other);
    expect(await refused("late")).toBe("the run is no longer kept: another tab has deleted it");
  });

  it("share their words, which are stored once and go with the last run that needs them", async () => {
    const { store, keys, written } = memory();
    const runs = new Runs(store);
    const ids = [];
    for (const of of [mine, mine, run]) ids.push((await runs.keep(undefined, of)).id);
    await new Runs(store).keep(undefined, mine).then(({ id }) => ids.push(id));
    expect(written.filter((key) => key.startsWith("words:"))).toEqual(["words:bb"]);
    await runs.delete(ids[0]);
    await runs.delete(ids[1]);
    expect(keys("words:")).toEqual(["words:bb"]);
    await runs.delete(ids[3]);
    expect(keys("words:")).toEqual([]);
    await runs.delete(ids[2]);
    expect(keys("")).toEqual([]);
  });

  it(`are ${MOST_RUNS} at most by themselves; those that there are go on`, async () => {
    const runs = new Runs(memory().store);
    const { id } = await runs.keep(undefined, run);
    for (let i = 1; i < MOST_RUNS; i++) await runs.keep(undefined, run);
    await expect(runs.keep(undefined, run)).rejects.toThrow(
      "50 runs are kept, and no more are by themselves: delete some in the list",
    );
    expect(await runs.keep(id, at(20))).toMatchObject({ id, step: 20 });
    expect(await runs.list()).toHaveLength(MOST_RUNS);
  });

  it("are left as they were by a browser without room", async () => {
    const { store } = memory();
    const full = new DOMException("", "QuotaExceededError");
    let room = true;
    const runs = new Runs({
      ...store,
      change: (prefixes, change) =>
        store.change(prefixes, (...given) => {
          const changed = change(...given);
          if (changed.writes && !room) throw full;
          return changed;
        }),
    });
    const { id } = await runs.keep(undefined, mine);
    room = false;
    await expect(runs.keep(id, at(20, mine))).rejects.toBe(full);
    expect(await runs.open(id)).toMatchObject({ about: { step: 10 }, checkpoint: run.checkpoint, words });
  });

  it("of versions to come are neither listed nor touched", async () => {
    const { store, map } = memory();
    map.set("run:x", { version: 3 });
    const runs = new Runs(store);
    await runs.keep(undefined, run);
    expect(await told(runs)).toEqual([["Default settings", 10]]);
    expect(map.get("run:x")).toEqual({ version: 3 });
  });
});

describe("the one run that earlier pages kept", () => {
  const { name: _, config: __, ...about } = mine.about;
  const old = {
    ...{ version: 1, steps: 100, hidden: 64, checkpoint: run.checkpoint },
    ...{ ...about, ...curves },
  };
  const tell = () => ({ config: DEFAULTS, name: "Default settings" });

  it("is in the list, with its words and curves", async () => {
    const { store, map, keys } = memory();
    const runs = new Runs(store);
    await runs.keep(undefined, run);
    map.set("last-run", old);
    map.set("last-run-words", words);
    await Promise.all([runs.takeOld(tell), new Runs(store).takeOld(tell)]);
    const list = await runs.list();
    expect(list.map(({ name }) => name).sort()).toEqual(["Default settings", "Default settings (2)"]);
    const { id } = list.find(({ source }) => source.sha256 === "bb")!;
    expect(await runs.open(id)).toMatchObject({
      about: { step: 10, savedAt: 1, words: "own", loss: expect.closeTo(2.55, 1), dev: 2.4 },
      ...{ curves, words, checkpoint: run.checkpoint },
    });
    expect(keys("last-run")).toEqual([]);
  });

  it("stays where it is if it cannot be read", async () => {
    const { store, map } = memory();
    const runs = new Runs(store);
    map.set("last-run", old);
    const broken = () => {
      throw new Error("no checkpoint");
    };
    await expect(runs.takeOld(broken)).rejects.toThrow("no checkpoint");
    map.set("last-run", { ...old, version: 0 });
    await runs.takeOld(tell);
    expect([...map.keys()]).toEqual(["last-run"]);
  });
});

describe("a run's name", () => {
  it.each([
    [{}, "Default settings", "hidden 64, batch 32, learning rate 0.1"],
    [{ lr: 0.05 }, "Learning rate 0.05", "hidden 64, batch 32, learning rate 0.05"],
    [PRESETS.notebook, "Exercise 4", "hidden 200, batch 32, learning rate 0.1"],
    [
      { hidden: 1000, steps: 5000, keepSpaces: true, bnSeed: 7 },
      "Hidden 1,000, steps 5,000, keep spaces, BatchNorm seed 7",
      "hidden 1,000, batch 32, learning rate 0.1, keep spaces, BatchNorm seed 7",
    ],
  ])("is what differs from the defaults: %o", (given, name, settings) => {
    const config = trainConfig(given);
    expect([automaticName(config), settingsText(config)]).toEqual([name, settings]);
  });
});
