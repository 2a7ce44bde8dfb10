/** What the tab's parts see and do: with the real judge, and a store, tabs and an address without a browser. */
import { signal } from "@preact/signals";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Kept } from "../../../src/lab/exercises/kept.ts";
import { LinesJudge } from "../../../src/lab/exercises/lines_judge.ts";
import { encodeText } from "../../../src/lab/exercises/link.ts";
import { Exercises, type Page, type SharedText } from "../../../src/lab/exercises/state.ts";
import { Texts } from "../../../src/lab/exercises/texts.ts";
import type { Trains } from "../../../src/lab/exercises/training.ts";
import { notebook } from "../../exercises/whole_notebook.ts";
import { FakeStore, hub } from "./fakes.ts";

const WRONG = "dprobs = dlogprobs * probs\n";
const RIGHT = "dprobs = dlogprobs / probs\n";

let store: FakeStore;
let connect: ReturnType<typeof hub>;
let log: string[];
let trains: Trains;
/** Why judging fails. */
let fails: string | undefined;

/** The page is opened anew. */
async function visit(exercise?: string, tensor?: string): Promise<{ tab: Exercises; page: Page }> {
  const judge = new LinesJudge();
  const page: Page = {
    exercise: signal(exercise),
    tensor: signal(tensor),
    shared: signal<SharedText | undefined>(undefined),
    brought: signal<File | undefined>(undefined),
    address: (key, encoded) => `#${key}&${encoded}`,
  };
  const tab = new Exercises({
    texts: new Texts(store, connect()),
    judges: {
      async judge(question) {
        log.push(`judged ${JSON.stringify((store.map.get(tab.key.value) as Kept | undefined)?.text ?? "")}`);
        if (fails) throw new Error(fails);
        return judge.judge(question);
      },
      values: async (_, row) => judge.values(row),
      found: async (source) => judge.found(source),
    },
    trains: (...args) => trains(...args),
    page,
  });
  await tab.load();
  return { tab, page };
}
/** Typed, and judged. */
async function type(tab: Exercises, text: string): Promise<void> {
  tab.type(text);
  const before = tab.judged.value;
  await vi.waitUntil(() => tab.judged.value !== before && !tab.judging.value, { timeout: 10_000 });
}
const row = (tab: Exercises, id: string) => tab.rows.value.find((each) => each.id === id);
const file = (text: string, name: string) => new File([text], name);

beforeEach(() => {
  store = new FakeStore();
  connect = hub();
  log = [];
  fails = undefined;
});
afterEach(() => vi.useRealTimers());

describe("an exercise", () => {
  it("begins with the warm-up; the address may name another, and a tensor of it", async () => {
    const { tab, page } = await visit();
    expect([tab.key.value, tab.item.value?.id, tab.unknown.value]).toEqual(["warm-up", "dedge", undefined]);
    page.exercise.value = "exercise-1";
    page.tensor.value = "dcounts";
    expect(tab.item.value?.name).toBe("dcounts");
    tab.move(1);
    expect(page.tensor.value).toBe("dnorm_logits");
    tab.show("exercise-1", "dlogprobs");
    tab.move(-1);
    expect(page.tensor.value).toBe("dlogprobs");
    page.tensor.value = "dprob";
    expect(tab.unknown.value).toBe(
      'Exercise 1: every gradient, one by one has no "dprob"; choose one of the list',
    );
    page.exercise.value = "exercise-9";
    expect(tab.unknown.value).toBe('there is no exercise "exercise-9"; choose one of the list');
    expect(tab.key.value).toBe("warm-up");
  });

  it("is judged as it is typed, stored before that, and shows the last verdicts after a reload without judging", async () => {
    const { tab } = await visit("exercise-1", "dprobs");
    expect(tab.countOf("exercise-1")).toEqual({ right: 0, of: 26 });
    await type(tab, WRONG);
    expect(log).toEqual([`judged ${JSON.stringify(WRONG)}`]);
    expect(row(tab, "dprobs")).toMatchObject({ verdict: "wrong", line: 1, notYet: false });
    expect(tab.diagnostics.value).toMatchObject([{ line: 1, severity: "warning" }]);
    expect(tab.stateOf("exercise-1", "dprobs")).toBe("some");
    await type(tab, RIGHT);
    expect(row(tab, "dprobs")?.verdict).toBe("right");
    expect(tab.diagnostics.value).toEqual([]);
    expect(tab.countOf("exercise-1").right).toBe(1);
    tab.flush();
    await vi.waitUntil(() => (store.map.get("exercise-1") as Kept).progress.dprobs === "right");

    const again = await visit("exercise-1");
    expect(again.tab.text.value).toBe(RIGHT);
    expect(again.tab.stateOf("exercise-1", "dprobs")).toBe("right");
    expect(again.tab.stateOf("exercise-1", "dcounts")).toBe("open");
    expect(again.tab.judged.value).toBeUndefined();
    expect(log).toHaveLength(2);
    await again.tab.check();
    expect(row(again.tab, "dprobs")?.verdict).toBe("right");
  });

  it("takes a line for not yet while it is typed, and keeps its last verdict until the cursor leaves it", async () => {
    const { tab } = await visit("exercise-1");
    await type(tab, RIGHT);
    tab.cursor(1);
    await type(tab, "dprobs = dlogprobs /\n");
    expect(row(tab, "dprobs")).toMatchObject({ verdict: "error", notYet: true });
    expect(tab.diagnostics.value).toEqual([]);
    expect(tab.stateOf("exercise-1", "dprobs")).toBe("right");
    tab.cursor(2);
    expect(row(tab, "dprobs")?.notYet).toBe(false);
    expect(tab.diagnostics.value).toMatchObject([{ line: 1, severity: "error" }]);
    expect(tab.stateOf("exercise-1", "dprobs")).toBe("some");
  });

  it("shows one tensor's lines of the whole text, with a stub where there are none", async () => {
    const { tab } = await visit("exercise-1", "dprobs");
    tab.view.value = "cell";
    await type(tab, "dlogprobs = 1\ndh = dlogits @ W2\n");
    expect(tab.shownText.value).toBe(tab.text.value);
    tab.view.value = "tensor";
    expect(tab.shownText.value).toBe("dlogprobs = 1\ndprobs = None\ndh = dlogits @ W2\n");
    expect(tab.hidden.value).toEqual([true, false, true, true]);
    // Messages and cursor are about the lines that are shown, and the text has one less.
    expect(tab.diagnostics.value.find(({ severity }) => severity === "error")?.line).toBe(3);
    tab.cursor(3);
    expect(row(tab, "dh")).toMatchObject({ line: 2, notYet: true });
    tab.cursor(2);
    expect(row(tab, "dh")).toMatchObject({ line: 2, notYet: false });
    tab.view.value = "cell";
    tab.cursor(undefined);
    expect([tab.shownText.value, tab.hidden.value]).toEqual([tab.text.value, undefined]);
    expect(tab.diagnostics.value.find(({ severity }) => severity === "error")?.line).toBe(2);
  });

  it("leaves a line where it is while it is typed, whatever it is in between", async () => {
    const { tab } = await visit("exercise-1", "dprobs");
    const lines = tab.text.value.split("\n");
    const at = lines.indexOf("dprobs = None");
    const others = (flags = tab.hidden.value!) =>
      flags.map((hidden, i) => (hidden ? i : -1)).filter((i) => i >= 0);
    const before = others();
    expect(before).not.toContain(at);
    for (let length = 1; length <= WRONG.length - 1; length++) {
      lines[at] = WRONG.slice(0, length);
      tab.type(lines.join("\n"));
      expect(tab.shownText.value).toBe(lines.join("\n"));
      expect(others()).toEqual(before);
    }
    // Deleted as a whole, it is only looked for again when its exercise is opened.
    lines.splice(at, 1);
    tab.type(lines.join("\n"));
    expect(tab.shownText.value).toBe(lines.join("\n"));
    tab.move(1);
    tab.move(-1);
    lines.splice(at, 0, "dprobs = None");
    expect(tab.shownText.value).toBe(lines.join("\n"));
    expect(others()).toEqual(before);
    // The stub that is only shown can be deleted too.
    lines.splice(at, 1);
    tab.type(lines.join("\n"));
    expect(tab.shownText.value).toBe(lines.join("\n"));
  });

  it("keeps the same messages the same array, since an editor moves them with the text", async () => {
    const { tab } = await visit("exercise-1");
    await type(tab, `${WRONG}\n\n`);
    const shown = tab.diagnostics.value;
    tab.cursor(2);
    tab.cursor(3);
    expect(tab.diagnostics.value).toBe(shown);
    await type(tab, `${WRONG}\n`);
    expect(tab.diagnostics.value).not.toBe(shown);
    expect(tab.diagnostics.value).toEqual(shown);
  });

  it("says why there is no verdict, until there is one, and only there", async () => {
    const { tab } = await visit("exercise-1");
    fails = "judging was stopped";
    tab.type("endless");
    await vi.waitUntil(() => tab.judgeProblem.value !== undefined);
    expect([tab.judgeProblem.value, tab.judging.value, tab.text.value]).toEqual([fails, false, "endless"]);
    tab.show("exercise-2");
    expect(tab.judgeProblem.value).toBeUndefined();
    tab.show("exercise-1");
    fails = undefined;
    await tab.check();
    expect(tab.judgeProblem.value).toBeUndefined();
  });

  it("has values got and wanted", async () => {
    const { tab } = await visit("exercise-2");
    const dlogits = { name: "dlogits", exercise: 2 };
    expect(await tab.values(dlogits)).toBeUndefined();
    await type(tab, "dlogits = F.softmax(logits, 1) * 2");
    const { got, want, shape } = (await tab.values(dlogits))!;
    expect(shape).toEqual([32, 27]);
    expect(got![0]).toBeGreaterThan(0);
    expect(want[0]).not.toBe(got![0]);
  });

  it("goes back to what there was at first", async () => {
    const { tab } = await visit("exercise-1");
    const stub = tab.text.value;
    expect(tab.changed.value).toBe(false);
    await type(tab, RIGHT);
    expect(tab.changed.value).toBe(true);
    tab.reset();
    expect([tab.text.value, tab.changed.value, tab.judged.value, tab.rows.value]).toEqual([
      stub,
      false,
      undefined,
      [],
    ]);
    expect(tab.countOf("exercise-1").right).toBe(0);
  });

  it("of a kernel is stored, and judged elsewhere", async () => {
    const { tab } = await visit("kernel:tanh.backward");
    expect([tab.items.value, tab.item.value]).toEqual([[], undefined]);
    tab.type("fn main() {}");
    await tab.saved();
    expect(store.map.get("kernel:tanh.backward")).toMatchObject({ text: "fn main() {}" });
    await tab.check();
    expect([log, tab.countOf("kernel:tanh.backward")]).toEqual([[], { right: 0, of: 1 }]);
    tab.record("kernel:tanh.backward", { "tanh.backward": "right" });
    expect(tab.countOf("kernel:tanh.backward")).toEqual({ right: 1, of: 1 });
  });
});

describe("two tabs", () => {
  it("share a text; a verdict on the one before is gone", async () => {
    const [one, two] = [await visit("exercise-1"), await visit("exercise-1")];
    await type(two.tab, WRONG);
    await vi.waitUntil(() => one.tab.text.value === WRONG);
    await type(one.tab, RIGHT);
    await vi.waitUntil(() => two.tab.text.value === RIGHT);
    expect(two.tab.judged.value).toBeUndefined();
  });
});

describe("a link", () => {
  const shared = async (text: string, exercise = "exercise-1") => ({
    exercise,
    encoded: await encodeText(text),
  });

  it("carries the text, which is only offered", async () => {
    const first = await visit("exercise-1");
    await type(first.tab, RIGHT);
    const encoded = (await first.tab.link()).split("&")[1];
    store = new FakeStore();
    const { tab, page } = await visit("exercise-1");
    tab.type("mine");
    page.shared.value = { exercise: "exercise-1", encoded };
    await vi.waitUntil(() => tab.offer.value !== undefined);
    expect(tab.offer.value).toEqual({ key: "exercise-1", text: RIGHT, from: "a link" });
    expect(tab.text.value).toBe("mine");
    tab.discardOffer();
    expect([tab.offer.value, page.shared.value, tab.text.value]).toEqual([undefined, undefined, "mine"]);
    expect(JSON.stringify([...store.map.values()])).not.toContain("dlogprobs");
    expect(log.filter((entry) => entry.includes("dlogprobs"))).toHaveLength(1);
  });

  it("is used and judged on request", async () => {
    const { tab, page } = await visit("exercise-1");
    page.shared.value = await shared(RIGHT);
    await vi.waitUntil(() => tab.offer.value !== undefined);
    tab.useOffer();
    await vi.waitUntil(() => tab.judged.value !== undefined);
    expect([tab.text.value, tab.offer.value, page.shared.value]).toEqual([RIGHT, undefined, undefined]);
    expect(row(tab, "dprobs")?.verdict).toBe("right");
  });

  it("with the text that is there already offers nothing, and a broken one is a line", async () => {
    const { tab, page } = await visit("exercise-1");
    page.shared.value = await shared(tab.text.value);
    await vi.waitUntil(() => page.shared.value === undefined);
    expect([tab.offer.value, tab.problem.value]).toEqual([undefined, undefined]);
    page.shared.value = { exercise: "exercise-1", encoded: "abc" };
    await vi.waitUntil(() => tab.problem.value !== undefined);
    expect(tab.problem.value).toMatch(/^the link's text cannot be read/);
    expect(page.shared.value).toBeUndefined();
  });
});

describe("a notebook", () => {
  it("that is dropped is judged with all its exercises, and no other text changes", async () => {
    const { tab, page } = await visit("exercise-1");
    await type(tab, WRONG);
    page.brought.value = file(JSON.stringify(notebook), "mine.ipynb");
    await vi.waitUntil(() => tab.judged.value?.text.includes("# cell 10"), { timeout: 20_000 });
    expect(page.brought.value).toBeUndefined();
    expect([tab.key.value, tab.from.value, page.exercise.value]).toEqual([
      "notebook",
      "mine.ipynb",
      "notebook",
    ]);
    expect(tab.countOf("notebook")).toEqual({ right: 28, of: 28 });
    expect(tab.items.value.map(({ id }) => id)).toContain("2/dlogits");
    expect(row(tab, "2/dlogits")?.verdict).toBe("right");
    tab.show("exercise-1");
    expect(tab.text.value).toBe(WRONG);
    tab.flush();
    await vi.waitUntil(() => Object.keys((store.map.get("notebook") as Kept)?.progress ?? {}).length === 28);
    expect((await visit("notebook")).tab.countOf("notebook")).toEqual({ right: 28, of: 28 });
  });

  it("takes the place of the one before, unless that was edited here", async () => {
    const { tab } = await visit();
    await tab.bring(file(WRONG, "a.py"));
    await tab.bring(file(RIGHT, "b.py"));
    expect([tab.text.value, tab.from.value, row(tab, "1/dprobs")?.verdict]).toEqual([RIGHT, "b.py", "right"]);
    await type(tab, `${RIGHT}# mine`);
    await tab.bring(file(WRONG, "c.py"));
    expect(tab.text.value).toBe(`${RIGHT}# mine`);
    expect(tab.offer.value).toEqual({ key: "notebook", text: WRONG, from: "c.py" });
    tab.useOffer();
    expect([tab.text.value, tab.from.value]).toEqual([WRONG, "c.py"]);
  });

  it("that cannot be used is a line, and changes nothing", async () => {
    const { tab } = await visit("exercise-1");
    await tab.bring(file("x = 1", "x.py"));
    expect(tab.problem.value).toMatch(/^x\.py: no line of it gives a gradient a value/);
    await tab.bring(file("{", "x.ipynb"));
    expect(tab.problem.value).toMatch(/^x\.ipynb: is not a notebook/);
    tab.show(tab.key.value);
    expect(tab.problem.value).toBeUndefined();
    expect([tab.key.value, store.map.size]).toEqual(["exercise-1", 0]);
    await tab.bring(file(RIGHT, "x.py"));
    expect(tab.problem.value).toBeUndefined();
  });
});

describe("exercise 4", () => {
  const result = {
    steps: 4,
    firstDifference: null,
    losses: { yours: 2, right: 2 },
    lent: [],
    diverged: null,
  };

  it("shows the losses as they come, and the result", async () => {
    let finish: () => void = () => {};
    trains = (text, steps, onLosses) => {
      log.push(`trains ${text} ${steps}`);
      queueMicrotask(() => onLosses([3], [2]));
      queueMicrotask(() => onLosses([2.5], [1.5]));
      return { trained: new Promise((resolve) => (finish = () => resolve(result))), stop: () => {} };
    };
    const { tab } = await visit("exercise-4");
    tab.type("dh = 1");
    const done = tab.train(4);
    await vi.waitUntil(() => tab.training.value?.yours.length === 2);
    expect(tab.training.value).toMatchObject({
      running: true,
      steps: 4,
      text: "dh = 1",
      yours: [3, 2.5],
      right: [2, 1.5],
    });
    expect(log).toContain("trains dh = 1 4");
    finish();
    await done;
    expect(tab.training.value).toMatchObject({ running: false, result, yours: [3, 2.5] });
  });

  it("can be stopped, and says why there is no result", async () => {
    trains = () => ({ trained: new Promise(() => {}), stop: () => log.push("stopped") });
    const { tab } = await visit("exercise-4");
    void tab.train();
    await vi.waitUntil(() => tab.training.value);
    tab.stopTraining();
    expect(tab.training.value).toMatchObject({ running: false, steps: 500 });
    expect(log).toEqual(["stopped"]);
    trains = () => ({ trained: Promise.resolve(undefined), stop: () => {} });
    await tab.train();
    expect(tab.training.value?.problem).toBe("nothing trains: no line gives a gradient");
    trains = () => ({ trained: Promise.reject(new Error("the worker has failed")), stop: () => {} });
    await tab.train();
    expect(tab.training.value).toMatchObject({ running: false, problem: "the worker has failed" });
  });

  it("trains what the learner has written, in the worker's own code", async () => {
    const [yours, right]: number[][] = [[], []];
    const trained = await new LinesJudge().train("dW2 = -h.T @ dlogits", 5, (a, b) => {
      yours.push(...a);
      right.push(...b);
    });
    expect(trained).toMatchObject({ steps: 5, firstDifference: { step: 0, tensor: "dW2" } });
    expect([yours.length, right.length]).toEqual([5, 5]);
    expect(yours[4]).toBeGreaterThan(right[4]);
  });
});
