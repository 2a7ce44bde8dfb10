import { expect, it } from "vitest";
import { type KeptRun, RunKeeper } from "../../src/lab/storage.ts";
import { LossHistory } from "../../src/lab/train/history.ts";
import { EMPTY } from "../../src/lab/train/series.ts";

/** As IndexedDB: what is stored is a copy. */
function memory() {
  const map = new Map<string, unknown>();
  return {
    map,
    get: async (key: string) => structuredClone(map.get(key)),
    set: async (key: string, value: unknown) => void map.set(key, structuredClone(value)),
    update: async (key: string, change: (old: unknown) => unknown) =>
      void map.set(key, structuredClone(change(structuredClone(map.get(key))))),
    del: async (key: string) => void map.delete(key),
  };
}

const history = new LossHistory(7);
history.add([3, 2.5, 2.25]);
const run: KeptRun = {
  version: 1,
  savedAt: 1,
  step: 10,
  steps: 100,
  hidden: 64,
  backend: "auto",
  words: "bundled",
  source: { source: "names-2018.txt", sha256: "aa" },
  checkpoint: Uint8Array.of(1, 2, 3),
  history: history.store(),
  devLosses: { steps: [10], rows: [[2.4]] },
  spreads: EMPTY,
  ratios: EMPTY,
};
const words = { sha256: "bb", name: "mine.txt", bytes: Uint8Array.of(65, 10) };
const mine: KeptRun = { ...run, words: "own", source: { source: "mine.txt", sha256: "bb" } };

it("gives back the run that was kept last", async () => {
  const keeper = new RunKeeper(memory());
  expect(await keeper.find()).toBeUndefined();
  await keeper.keep({ ...run, step: 5 });
  await keeper.keep(run);
  expect(await keeper.find()).toMatchObject({ run });
});

it("gives words of the reader's own back with it", async () => {
  const keeper = new RunKeeper(memory());
  await keeper.keep(mine, words);
  expect(await keeper.find()).toMatchObject({ run: mine, words });
});

it("offers no run whose words are gone or have changed", async () => {
  const keeper = new RunKeeper(memory());
  await keeper.keep(mine);
  expect(await keeper.find()).toBeUndefined();
  await keeper.keep(mine, { ...words, sha256: "cc" });
  expect(await keeper.find()).toBeUndefined();
});

it("offers nothing that another version stored, and nothing after it was told to forget", async () => {
  const store = memory();
  const keeper = new RunKeeper(store);
  await store.set("last-run", { ...run, version: 0 });
  expect(await keeper.find()).toBeUndefined();
  await keeper.keep(mine, words);
  await keeper.forget();
  expect(store.map.size).toBe(0);
});

it("overwrites its own run, but neither another tab's nor that of an earlier visit, until it is told to", async () => {
  const store = memory();
  const [one, other] = [new RunKeeper(store), new RunKeeper(store)];
  expect(await one.keep(mine, words)).toBe(true);
  expect(await one.keep({ ...mine, step: 20 }, words)).toBe(true);
  expect(await other.keep(run)).toBe(false);
  expect(await other.find()).toMatchObject({ run: { ...mine, step: 20 }, words });

  await other.takeOver();
  expect(await other.find()).toMatchObject({ run: { ...mine, step: 20 }, words });
  expect(await other.keep(run)).toBe(true);
  expect(store.map.has("last-run-words")).toBe(false);
  expect(await one.keep(mine, words)).toBe(false);
  await one.takeOver();
  expect(await one.keep(mine, words)).toBe(true);
  expect(await one.find()).toMatchObject({ run: mine, words });
});

it("does not overwrite what version 0.1.0 has kept, and stores words once", async () => {
  const store = memory();
  await store.set("last-run", run);
  const keeper = new RunKeeper(store);
  expect(await keeper.keep({ ...run, step: 90 })).toBe(false);
  await keeper.forget();
  await keeper.keep(mine, words);
  const stored = store.map.get("last-run-words");
  await keeper.keep(mine, words);
  expect(store.map.get("last-run-words")).toBe(stored);
});
