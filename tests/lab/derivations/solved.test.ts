/** What counts as solved, read from what the exercises store. */
import { expect, it } from "vitest";
import { Solved } from "../../../src/lab/derivations/solved.ts";
import type { Kept, Progress } from "../../../src/lab/exercises/kept.ts";
import { Texts } from "../../../src/lab/exercises/texts.ts";
import { FakeStore, hub } from "../exercises/fakes.ts";

const kept = (progress: Progress): Kept => ({ version: 1, text: "", progress, changedAt: 1 });

async function solvedOf(stored: Readonly<Record<string, unknown>>): Promise<Solved> {
  const store = new FakeStore();
  for (const [key, value] of Object.entries(stored)) store.map.set(key, value);
  const solved = new Solved(store, hub()());
  await solved.load();
  return solved;
}

it("a gradient is solved where its exercise, exercise 4 or a notebook has it right", async () => {
  const solved = await solvedOf({
    "exercise-1": kept({ dprobs: "right", dcounts: "wrong", dlogits: "right-here" }),
    "exercise-4": kept({ dh: "right" }),
    notebook: kept({ "1/dC": "right", "2/dlogits": "right", "4/dW1": "right" }),
    "exercise-3": { ...kept({ dhprebn: "right" }), version: 2 },
  });
  const names = ["dprobs", "dcounts", "dlogits", "dh", "dC", "dW1"];
  expect(names.filter((name) => solved.has(name, 1))).toEqual(["dprobs", "dh", "dC", "dW1"]);
  expect(solved.has("dlogits", 2)).toBe(true);
  // Another version of the page has stored that one.
  expect(solved.has("dhprebn", 3)).toBe(false);
});

it("hears of what the exercises store, in this tab too", async () => {
  const [store, connect] = [new FakeStore(), hub()];
  const solved = new Solved(store, connect());
  const texts = new Texts(store, connect(), () => 1);
  await Promise.all([solved.load(), texts.load(["exercise-1"])]);
  expect(solved.has("dprobs", 1)).toBe(false);
  texts.record("exercise-1", { dprobs: "right" }, "");
  await texts.save("exercise-1");
  await Promise.resolve();
  expect(solved.has("dprobs", 1)).toBe(true);
  expect(solved.has("dprobs", 2)).toBe(false);
});

it("where nothing can be read, nothing is solved", async () => {
  const store = new FakeStore();
  store.refuses = "nothing is stored here";
  const solved = new Solved(store, hub()());
  await solved.load();
  expect(solved.loaded.value).toBe(true);
  expect(solved.has("dprobs", 1)).toBe(false);
});
