/** What the page asks of the lines' worker, in which order, and when the worker is ended; the worker here is a port. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Source } from "../../../src/exercises/files.ts";
import { JudgeLines, trainLines } from "../../../src/lab/exercises/judge_lines.ts";
import type { Judged, LinesJudge, Question } from "../../../src/lab/exercises/lines_judge.ts";
import type { OnLosses } from "../../../src/lab/exercises/loss_messages.ts";
import { PortWorker } from "../port_worker.ts";

let asked: string[];
let started: FakeWorker[];
/** Questions whose text is in here are never answered. */
let endless: Set<string>;
/** Questions wait for this. */
let released: Promise<void>;
let release: () => void;

const judgedAs = (text: string): Judged => ({
  text,
  report: { kind: "lines", ok: false, skipped: 0, rows: [] },
  shown: { prints: [text], skipped: [], errors: [], notes: [] },
});

class FakeWorker extends PortWorker {
  constructor() {
    let last: string | undefined;
    const answer = async <T>(what: string, text: string, value: T): Promise<T> => {
      asked.push(`${what} ${text}`);
      if (endless.has(text)) await new Promise(() => {});
      await released;
      return value;
    };
    const judge: { [K in keyof LinesJudge]: (...args: Parameters<LinesJudge[K]>) => unknown } = {
      prepare: () => answer("prepare", "", undefined),
      judge: ({ text }: Question) => {
        last = text;
        return answer("judge", text, judgedAs(text));
      },
      values: ({ name }) => answer("values", `${name} of ${last}`, { shape: [1], got: undefined, want: [2] }),
      found: (source: Source) => answer("found", String(source), "dh = 1"),
      train: async (text: string, steps: number, onLosses: OnLosses) => {
        await onLosses([1, 2], [3, 4]);
        return answer("train", text, { steps });
      },
    };
    super(judge);
    started.push(this);
  }
}

let judge: JudgeLines;
const question = (text: string): Question => ({ text, exercise: 1 });
const untilAsked = (what: string) => vi.waitUntil(() => asked.includes(what));

beforeEach(() => {
  [asked, started, endless] = [[], [], new Set()];
  released = new Promise((resolve) => {
    release = resolve;
  });
  vi.stubGlobal("Worker", FakeWorker);
  judge = new JudgeLines();
});
afterEach(() => {
  judge.close();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe("the lines' worker", () => {
  it("starts with the first question, and judges one text at a time; of those that wait only the newest", async () => {
    expect(started).toHaveLength(0);
    const first = judge.judge(question("a"));
    await untilAsked("prepare ");
    const [second, third] = [judge.judge(question("b")), judge.judge(question("c"))];
    release();
    // A verdict that a newer text has overtaken is of no use.
    expect(await Promise.all([first, second])).toEqual([undefined, undefined]);
    expect(await third).toEqual(judgedAs("c"));
    expect(asked).toEqual(["prepare ", "judge a", "judge c"]);
    expect(started).toHaveLength(1);
  });

  it("gives values of the text that was judged last, and of no other", async () => {
    release();
    const first = await judge.judge(question("a"));
    expect(await judge.values(first!, { name: "dh", exercise: 1 })).toMatchObject({ shape: [1] });
    const second = await judge.judge(question("b"));
    expect(await judge.values(first!, { name: "dh", exercise: 1 })).toBeUndefined();
    expect(await judge.values(second!, { name: "dh", exercise: 1 })).toMatchObject({ shape: [1] });
    expect(asked.filter((what) => what.startsWith("values"))).toEqual(["values dh of a", "values dh of b"]);
  });

  it("is ended after 3 seconds with one text, with a line, and the next text gets a new one", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    endless.add("a");
    release();
    const stuck = expect(judge.judge(question("a"))).rejects.toThrow(
      "judging was stopped after 3 seconds; the text is kept: leave out what computes more than the gradients need, and check again",
    );
    await untilAsked("judge a");
    const next = judge.judge(question("b"));
    // Waiting for the question has taken some of them.
    vi.advanceTimersByTime(2900);
    expect(started[0].ended).toBe(false);
    vi.advanceTimersByTime(100);
    await stuck;
    expect(started[0].ended).toBe(true);
    expect(await next).toEqual(judgedAs("b"));
    expect(started.map((worker) => worker.ended)).toEqual([true, false]);
  });

  it("has as long as it takes to be loaded and prepared", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const judged = judge.judge(question("a"));
    await untilAsked("prepare ");
    vi.advanceTimersByTime(10_000);
    release();
    expect(await judged).toEqual(judgedAs("a"));
    expect(started).toHaveLength(1);
  });

  it("says in a line that it could not be loaded, and starts anew with the next text", async () => {
    const judged = judge.judge(question("a"));
    await untilAsked("prepare ");
    started[0].onerror?.({ preventDefault: () => {} });
    await expect(judged).rejects.toThrow(
      "the worker that judges lines has failed: it could not be loaded; check again, or reload the page",
    );
    release();
    expect(await judge.judge(question("b"))).toEqual(judgedAs("b"));
    expect(started).toHaveLength(2);
  });

  it("looks through a file between two judgements", async () => {
    const judged = judge.judge(question("a"));
    const found = judge.found(["b"]);
    await untilAsked("prepare ");
    release();
    expect(await judged).toEqual(judgedAs("a"));
    expect(await found).toBe("dh = 1");
    expect(asked).toEqual(["prepare ", "judge a", "found b"]);
  });
});

describe("a training", () => {
  it("has a worker of its own, which tells the losses and is ended", async () => {
    const losses: number[][] = [];
    const { trained } = trainLines("a", 2, (yours, right) => losses.push(yours, right));
    await untilAsked("train a");
    const judged = judge.judge(question("b"));
    release();
    expect(await trained).toEqual({ steps: 2 });
    expect(await judged).toEqual(judgedAs("b"));
    expect(losses).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(started.map((worker) => worker.ended)).toEqual([true, false]);
  });

  it("can be stopped, which is no error", async () => {
    endless.add("a");
    const { trained, stop } = trainLines("a", 2, () => {});
    await untilAsked("train a");
    stop();
    expect(await trained).toBeUndefined();
    expect(started[0].ended).toBe(true);
  });
});
