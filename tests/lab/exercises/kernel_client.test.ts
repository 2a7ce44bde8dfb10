/** What the page asks of the kernels' worker, in which order, and when the worker is ended; the worker here is a port. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { KernelTrained } from "../../../src/exercises/kernels/train.ts";
import { JudgeKernels, trainKernel } from "../../../src/lab/exercises/kernel_client.ts";
import type { JudgedKernel, KernelJudge, KernelQuestion } from "../../../src/lab/exercises/kernel_judge.ts";
import type { OnLosses } from "../../../src/lab/exercises/loss_messages.ts";
import { PortWorker } from "../port_worker.ts";

let started: FakeWorker[];
let asked: string[];
/** Why there is no device. */
let refused: string | undefined;
/** Questions that wait for this. */
let released: Promise<void>;
let release: () => void;
/** What a training tells. */
let tell: OnLosses;

const question = (text: string): KernelQuestion => ({ text, op: "tanh.backward" });

class FakeWorker extends PortWorker {
  constructor() {
    const judge: Pick<KernelJudge, "prepare" | "judge" | "train"> = {
      prepare: async () => {
        if (refused) throw new Error(refused);
      },
      judge: async ({ text }) => {
        asked.push(text);
        if (text === "endless") await new Promise(() => {});
        if (text === "slow") await released;
        return { text } as JudgedKernel;
      },
      train: async ({ text }, steps, onLosses) => {
        asked.push(text);
        tell = onLosses;
        await released;
        return { steps } as KernelTrained;
      },
    };
    super(judge);
    started.push(this);
  }
}

let judges: JudgeKernels;
beforeEach(() => {
  [started, asked, refused] = [[], [], undefined];
  released = new Promise((resolve) => {
    release = resolve;
  });
  vi.stubGlobal("Worker", FakeWorker);
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  judges = new JudgeKernels();
});
afterEach(() => {
  judges.close();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});
/** Timers are not real here, so this waits in turns of the event loop. */
const until = async (what: () => boolean): Promise<void> => {
  while (!what()) await new Promise((resolve) => setImmediate(resolve));
};
const message = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "no error",
    (error: Error) => error.message,
  );

describe("verdicts", () => {
  it("come from a worker that starts with the first question", async () => {
    expect(started).toHaveLength(0);
    expect(await judges.judge(question("a"))).toEqual({ text: "a" });
    expect(await judges.judge(question("b"))).toEqual({ text: "b" });
    expect(started).toHaveLength(1);
  });

  it("are for the newest of the texts that wait", async () => {
    const slow = judges.judge(question("slow"));
    await until(() => asked.length === 1);
    const later = ["b", "c"].map((text) => judges.judge(question(text)));
    release();
    expect(await Promise.all([slow, ...later])).toEqual([undefined, undefined, { text: "c" }]);
    expect(asked).toEqual(["slow", "c"]);
  });

  it("end after ten seconds without an answer, and the next text gets a new worker", async () => {
    const stuck = message(judges.judge(question("endless")));
    await until(() => asked.length === 1);
    vi.advanceTimersByTime(9_999);
    expect(started[0].ended).toBe(false);
    vi.advanceTimersByTime(1);
    expect(await stuck).toBe("the kernel did not end within 10 s; your text is kept");
    expect(started[0].ended).toBe(true);
    expect(await judges.judge(question("b"))).toEqual({ text: "b" });
    expect(started).toHaveLength(2);
  });

  it("leave no timer behind that would end a worker later", async () => {
    await judges.judge(question("a"));
    vi.advanceTimersByTime(60_000);
    expect(started[0].ended).toBe(false);
  });

  it("say why there is no device, and ask the same worker again", async () => {
    refused = "no WebGPU device: it offers no adapter";
    expect(await message(judges.judge(question("a")))).toBe(refused);
    refused = undefined;
    expect(await judges.judge(question("a"))).toEqual({ text: "a" });
    expect(started).toHaveLength(1);
  });

  it("say in a line that the worker could not be loaded, and start another", async () => {
    const failed = message(judges.judge(question("endless")));
    await until(() => asked.length === 1);
    started[0].onerror?.({ preventDefault: () => {} });
    expect(await failed).toBe(
      "the worker that runs kernels has failed: it could not be loaded; check again, or reload the page",
    );
    expect(await judges.judge(question("b"))).toEqual({ text: "b" });
  });
});

describe("a training", () => {
  it("has a worker of its own, which ends with it", async () => {
    await judges.judge(question("a"));
    const { trained } = trainKernel(question("t"), 7, () => {});
    await until(() => asked.includes("t"));
    expect(started).toHaveLength(2);
    release();
    expect(await trained).toEqual({ steps: 7 });
    expect(started.map(({ ended }) => ended)).toEqual([false, true]);
  });

  it("is stopped at once, without an error, and tells no more", async () => {
    const told: number[][] = [];
    const { trained, stop } = trainKernel(question("t"), 7, (yours) => told.push(yours));
    await until(() => asked.includes("t"));
    tell([1], [2]);
    await until(() => told.length === 1);
    stop();
    expect(await trained).toBeUndefined();
    expect(started[0].ended).toBe(true);
    expect(told).toEqual([[1]]);
  });

  it("may take a minute for its first steps, and is ended ten seconds after the last one", async () => {
    const told: number[][] = [];
    const { trained } = trainKernel(question("t"), 7, (yours) => told.push(yours));
    const failed = message(trained);
    await until(() => asked.includes("t"));
    vi.advanceTimersByTime(59_000);
    tell([1], [2]);
    await until(() => told.length === 1);
    vi.advanceTimersByTime(9_999);
    expect(started[0].ended).toBe(false);
    vi.advanceTimersByTime(1);
    expect(await failed).toBe("the kernel did not end within 10 s; your text is kept");
  });
});
