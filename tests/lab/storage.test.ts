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
  expect(await keeper.find()).toEqual({ run });
});

it("gives words of the reader's own back with it", async () => {
  const keeper = new RunKeeper(memory());
  await keeper.keepWords(words);
  await keeper.keep(mine);
  expect(await keeper.find()).toEqual({ run: mine, words });
});

it("offers no run whose words are gone or have changed", async () => {
  const keeper = new RunKeeper(memory());
  await keeper.keep(mine);
  expect(await keeper.find()).toBeUndefined();
  await keeper.keepWords({ ...words, sha256: "cc" });
  expect(await keeper.find()).toBeUndefined();
});

it("offers nothing that another version stored, and nothing after it was told to forget", async () => {
  const store = memory();
  const keeper = new RunKeeper(store);
  await store.set("last-run", { ...run, version: 0 });
  expect(await keeper.find()).toBeUndefined();
  await keeper.keep(run);
  await keeper.keepWords(words);
  await keeper.forget();
  expect(store.map.size).toBe(0);
});
