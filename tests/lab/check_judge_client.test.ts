/** What the engine asks of the judge's worker, in which order, and when the worker starts and ends; the worker here is a port. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { DifferenceReport } from "../../src/lab/check/differences.ts";
import type { Judging, Verdict } from "../../src/lab/check/judge.ts";
import { JudgeInWorker } from "../../src/lab/check/judge_client.ts";
import type { OperationReport } from "../../src/train/bisect.ts";
import type { Step } from "../../src/train/step.ts";
import { PortWorker } from "./port_worker.ts";

const sizes = { vocabulary: 2, context: 1, embedding: 1, hidden: 1, batch: 1 };
const stepAt = (at: number) => ({ sizes, at }) as unknown as Step;
const values = () => ({ loss: Float32Array.of(1) });

/** Boards wait until they are released. */
let released: Promise<void>;
let release: () => void;
let asked: string[];
let started: FakeWorker[];

class FakeWorker extends PortWorker {
  constructor() {
    const judge: Judging = {
      board: async (step) => {
        const { at } = step as unknown as { at: number };
        asked.push(`board ${at}`);
        await released;
        return { rows: [], ok: true, note: `board ${at}` } satisfies Verdict;
      },
      operation: async (_sizes, _level, call) => {
        asked.push(`operation ${call}`);
        return { position: call } as OperationReport;
      },
      difference: async (_step, name, index) => {
        asked.push(`difference ${name} ${index}`);
        return { name, index } as DifferenceReport;
      },
      close: () => {},
    };
    super(judge);
    started.push(this);
  }
}

let judge: JudgeInWorker;
beforeEach(() => {
  [asked, started] = [[], []];
  released = new Promise((resolve) => {
    release = resolve;
  });
  vi.stubGlobal("Worker", FakeWorker);
  judge = new JudgeInWorker();
});
afterEach(() => {
  judge.close();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});
const untilAsked = (what: string) => vi.waitUntil(() => asked.includes(what));

describe("the judge's worker", () => {
  it("starts with the first question, and is given the values", async () => {
    expect(started).toHaveLength(0);
    release();
    const given = values();
    expect(await judge.board(stepAt(1), "chunked", given)).toMatchObject({ note: "board 1" });
    expect(given.loss).toHaveLength(0);
    expect(await judge.operation(sizes, "chunked", 3, values())).toMatchObject({ position: 3 });
    expect(started).toHaveLength(1);
  });

  it("drops a board that is under way for a newer one", async () => {
    const old = judge.board(stepAt(1), "chunked", values());
    await untilAsked("board 1");
    const newer = judge.board(stepAt(2), "chunked", values());
    expect(await old).toBeUndefined();
    release();
    expect(await newer).toMatchObject({ note: "board 2" });
    expect(started.map((w) => w.ended)).toEqual([true, false]);
  });

  it("judges one board after another in the same worker", async () => {
    release();
    await judge.board(stepAt(1), "chunked", values());
    expect(await judge.board(stepAt(2), "chunked", values())).toMatchObject({ note: "board 2" });
    expect(started).toHaveLength(1);
  });

  it("judges, of the operations that wait for a board, the newest", async () => {
    const board = judge.board(stepAt(1), "chunked", values());
    const reports = [5, 6, 7].map((call) => judge.operation(sizes, "chunked", call, values()));
    await untilAsked("board 1");
    release();
    expect(await board).toMatchObject({ note: "board 1" });
    expect(await Promise.all(reports)).toEqual([undefined, undefined, { position: 7 }]);
    expect(asked).toEqual(["board 1", "operation 7"]);
  });

  it("forgets the operations of an older board", async () => {
    void judge.board(stepAt(1), "chunked", values());
    const report = judge.operation(sizes, "chunked", 5, values());
    const newer = judge.board(stepAt(2), "chunked", values());
    release();
    expect(await report).toBeUndefined();
    expect(await newer).toMatchObject({ note: "board 2" });
    expect(asked).not.toContain("operation 5");
  });

  it("says in a line that it could not be loaded, and starts anew at the next question", async () => {
    const board = judge.board(stepAt(1), "chunked", values());
    started[0].onerror?.({ preventDefault: () => {} });
    await expect(board).rejects.toThrow(
      "the worker that judges has failed: it could not be loaded; run again, or reload the page",
    );
    release();
    expect(await judge.board(stepAt(2), "chunked", values())).toMatchObject({ note: "board 2" });
    expect(started).toHaveLength(2);
  });

  it("ends after a minute without a question", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    release();
    await judge.board(stepAt(1), "chunked", values());
    vi.advanceTimersByTime(59_000);
    await judge.operation(sizes, "chunked", 1, values());
    vi.advanceTimersByTime(59_000);
    expect(started[0].ended).toBe(false);
    vi.advanceTimersByTime(1_000);
    expect(started[0].ended).toBe(true);
    expect(await judge.board(stepAt(2), "chunked", values())).toMatchObject({ note: "board 2" });
  });
});
