/** When texts are stored, and what two tabs make of the same one. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Channel, Kept } from "../../../src/lab/exercises/kept.ts";
import { Texts } from "../../../src/lab/exercises/texts.ts";
import { FakeStore, hub } from "./fakes.ts";

const KEY = "exercise-1";
const ALL = [KEY, "exercise-2"];

let store: FakeStore;
let connect: () => Channel;
let clock: number;
const tab = async (): Promise<Texts> => {
  const texts = new Texts(store, connect(), () => clock);
  await texts.load(ALL);
  return texts;
};
const textOf = (texts: Texts) => texts.kept.value[KEY]?.text;
const stored = (key = KEY) => (store.map.get(key) as Kept | undefined)?.text;
/** Time passes, and what was begun in it is done. */
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  store = new FakeStore();
  connect = hub();
  clock = 1000;
});
afterEach(() => vi.useRealTimers());

describe("a text", () => {
  it("is stored 300 ms after the last key, and is there again after a reload", async () => {
    const texts = await tab();
    texts.change(KEY, "a");
    await pass(200);
    texts.change(KEY, "ab");
    await pass(299);
    expect(stored()).toBeUndefined();
    await pass(1);
    expect(stored()).toBe("ab");
    expect(textOf(await tab())).toBe("ab");
    expect(store.writes).toBe(1);
  });

  it("is stored before it runs", async () => {
    const texts = await tab();
    texts.change(KEY, "a");
    await texts.save(KEY);
    expect(stored()).toBe("a");
    // Nothing new, nothing to store.
    await texts.save(KEY);
    await pass(1000);
    expect(store.writes).toBe(1);
  });

  it("is stored when the page is left", async () => {
    const texts = await tab();
    texts.change(KEY, "a");
    texts.flush();
    // Without waiting for anything: a page that is left has no later.
    expect(store.writes).toBe(1);
    await pass(0);
    expect(stored()).toBe("a");
  });

  it("keeps its verdicts and the file it is from, until it is edited", async () => {
    const texts = await tab();
    texts.change(KEY, "a", "mine.ipynb");
    texts.record(KEY, { dprobs: "right" }, "stub");
    await pass(300);
    const again = await tab();
    expect(again.kept.value[KEY]).toEqual({
      version: 1,
      text: "a",
      from: "mine.ipynb",
      progress: { dprobs: "right" },
      changedAt: 1000,
    });
    again.change(KEY, "ab");
    expect(again.kept.value[KEY]).not.toHaveProperty("from");
    expect(again.kept.value[KEY].progress).toEqual({ dprobs: "right" });
  });

  it("has no entry before anybody has changed it, and what another version stored is left out", async () => {
    store.map.set("exercise-2", { version: 2, text: "later" });
    const texts = await tab();
    texts.record(KEY, {}, "stub");
    expect(texts.kept.value).toEqual({});
    expect(texts.loaded.value).toBe(true);
  });

  it("that cannot be stored is one line, and stays; the next change tries again", async () => {
    const texts = await tab();
    store.refuses = "the quota is exceeded";
    texts.change(KEY, "a");
    await pass(300);
    expect(texts.problem.value).toBe(
      "This browser cannot keep your text across a reload: the quota is exceeded. Export it to a file instead.",
    );
    expect(textOf(texts)).toBe("a");
    store.refuses = undefined;
    texts.flush();
    await pass(0);
    expect(stored()).toBe("a");
    expect(texts.problem.value).toBeUndefined();
  });

  it("can be written in a browser that reads nothing", async () => {
    store.refuses = "nothing is stored here";
    const texts = await tab();
    expect(texts.loaded.value).toBe(true);
    expect(texts.problem.value).toContain("nothing is stored here");
    texts.change(KEY, "a");
    expect(textOf(texts)).toBe("a");
  });
});

describe("two tabs", () => {
  it("that did not change a text take over the other's", async () => {
    const [one, two] = [await tab(), await tab()];
    const adopted: string[] = [];
    two.onAdopted = (key) => adopted.push(key);
    one.change(KEY, "a");
    await pass(300);
    expect(textOf(two)).toBe("a");
    clock = 2000;
    two.change(KEY, "ab");
    await pass(300);
    expect(textOf(one)).toBe("ab");
    expect(adopted).toEqual([KEY]);
    expect([one, two].map((t) => t.others.value)).toEqual([{}, {}]);
  });

  it("share verdicts, without taking them for another text", async () => {
    const [one, two] = [await tab(), await tab()];
    one.change(KEY, "a");
    await pass(300);
    clock = 2000;
    // Typed here while the other tab only judges.
    two.change(KEY, "ab");
    one.record(KEY, { dprobs: "right" }, "stub");
    await one.save(KEY);
    expect(two.others.value).toEqual({});
    await pass(300);
    expect(textOf(one)).toBe("ab");
    one.record(KEY, { dprobs: "right", dcounts: "wrong" }, "stub");
    await one.save(KEY);
    expect(two.kept.value[KEY].progress).toEqual({ dprobs: "right", dcounts: "wrong" });
  });

  describe("that both changed it", () => {
    let one: Texts;
    let two: Texts;
    beforeEach(async () => {
      [one, two] = [await tab(), await tab()];
      one.change(KEY, "first");
      await pass(300);
      clock = 2000;
      two.change(KEY, "mine");
      one.change(KEY, "other");
      await one.save(KEY);
    });

    it("keep their own and say so; nothing is lost meanwhile", async () => {
      expect(textOf(two)).toBe("mine");
      expect(two.others.value[KEY].text).toBe("other");
      two.change(KEY, "mine, longer");
      await pass(300);
      // Beside the other's, and the other tab hears nothing of it.
      expect(stored()).toBe("other");
      expect(textOf(one)).toBe("other");
      const again = await tab();
      expect(textOf(again)).toBe("mine, longer");
      expect(again.others.value[KEY].text).toBe("other");
    });

    it("use the other's on request", async () => {
      two.useOther(KEY);
      await pass(300);
      expect([textOf(one), textOf(two), stored()]).toEqual(["other", "other", "other"]);
      expect(two.others.value).toEqual({});
      expect(textOf(await tab())).toBe("other");
      expect((await tab()).others.value).toEqual({});
    });

    it("keep one's own on request, in both", async () => {
      await pass(300);
      clock = 3000;
      two.keepMine(KEY);
      await pass(0);
      expect([textOf(one), textOf(two), stored()]).toEqual(["mine", "mine", "mine"]);
      expect(two.others.value).toEqual({});
      const again = await tab();
      expect([textOf(again), again.others.value]).toEqual(["mine", {}]);
    });
  });

  it("end with the newer text, whichever is stored last", async () => {
    const [one, two] = [await tab(), await tab()];
    one.change(KEY, "older");
    clock = 2000;
    two.change(KEY, "newer");
    // Both write before either hears of the other.
    one.flush();
    two.flush();
    await pass(300);
    expect([textOf(one), textOf(two), stored()]).toEqual(["newer", "newer", "newer"]);
  });

  it("take no notice of what is no text", async () => {
    const texts = await tab();
    const channel = connect();
    for (const message of [null, "a", {}, { key: KEY }, { key: KEY, kept: { version: 2, text: "x" } }])
      channel.postMessage(message);
    await pass(0);
    expect(texts.kept.value).toEqual({});
  });
});
