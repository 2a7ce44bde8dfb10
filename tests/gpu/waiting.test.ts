/** Waiting for devices of every kind, by a clock that only the test moves. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Runs, type Waiting, waitingFor } from "../../src/gpu/waiting.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** What a promise gives, and the milliseconds that it took. */
async function timed<T>(work: Promise<T>): Promise<{ value: T; ms: number }> {
  const start = performance.now();
  let end: { value: T; ms: number } | undefined;
  void work.then((value) => (end = { value, ms: performance.now() - start }));
  while (!end) await vi.advanceTimersByTimeAsync(1);
  return end;
}

/** A device whose promises settle when it looks: every so many milliseconds, and at a submit. */
function deviceLooking(every: number) {
  const submits: number[] = [];
  let waiting: { ready: number; settle: () => void }[] = [];
  const look = () => {
    const now = performance.now();
    for (const { ready, settle } of waiting) if (ready <= now) settle();
    waiting = waiting.filter(({ ready }) => ready > now);
  };
  setInterval(look, every);
  const done = (work: number): Promise<void> =>
    new Promise((settle) => {
      waiting.push({ ready: performance.now() + work, settle });
    });
  const queue = {
    submit: () => {
      submits.push(performance.now());
      look();
    },
    onSubmittedWorkDone: () => done(0),
  };
  return { device: { queue } as unknown as GPUDevice, done, submits };
}

describe("a device", () => {
  it("that hears of the end of its work soon is left alone", async () => {
    const { device, done, submits } = deviceLooking(5);
    const { value: waiting } = await timed(waitingFor(device));
    expect(waiting).toMatchObject({ latency: 0, sleeps: false });
    await timed(waiting.settle(() => done(300)));
    expect(submits).toEqual([]);
  });

  it("that looks every 100 ms is nudged, and only while there is something to wait for", async () => {
    const { device, done, submits } = deviceLooking(100);
    // A first wait that began just before a look would end soon.
    await vi.advanceTimersByTimeAsync(99);
    const { value: waiting } = await timed(waitingFor(device));
    expect(waiting.latency).toBeGreaterThan(0);
    expect(waiting.latency).toBeLessThan(5);
    submits.length = 0;
    await vi.advanceTimersByTimeAsync(500);
    expect(submits).toEqual([]);
    const { ms } = await timed(waiting.settle(() => done(30)));
    expect(ms).toBeGreaterThanOrEqual(30);
    expect(ms).toBeLessThan(35);
    const nudges = submits.length;
    await vi.advanceTimersByTimeAsync(500);
    expect(submits).toHaveLength(nudges);
    await expect(waiting.settle(() => Promise.reject(new Error("lost")))).rejects.toThrow("lost");
    await vi.advanceTimersByTimeAsync(500);
    expect(submits).toHaveLength(nudges);
  });

  it("is tried out once", async () => {
    const { device } = deviceLooking(100);
    const first = waitingFor(device);
    expect(waitingFor(device)).toBe(first);
    const { ms } = await timed(first);
    expect(ms).toBeLessThan(400);
  });
});

describe("runs where waiting is polling", () => {
  const waiting: Waiting = { latency: 0, sleeps: true, settle: (call) => call() };

  type Run = readonly [steps: number, work: number];

  /** How long each run was slept through before anything waited, and what it took. */
  async function through(...all: Run[]) {
    return throughWith(new Runs(waiting), ...all);
  }
  async function throughWith(runs: Runs, ...all: Run[]) {
    const took: { asleep: number; ms: number }[] = [];
    for (const [steps, work] of all) {
      const start = performance.now();
      let asleep = 0;
      const call = () => {
        asleep = performance.now() - start;
        if (asleep >= work) return Promise.resolve();
        return new Promise<void>((resolve) => setTimeout(resolve, work - asleep));
      };
      const { ms } = await timed(runs.settle(steps, call));
      took.push({ asleep, ms });
    }
    return took;
  }
  const asleep = async (...all: Run[]) => (await through(...all)).map((t) => t.asleep);

  it("are slept through for nine tenths of what the last two took", async () => {
    const took = await through([9, 50], [9, 50], [9, 50], [9, 50]);
    expect(took.map((t) => t.asleep)).toEqual([0, 0, 44, 44]);
    expect(took.map((t) => t.ms)).toEqual([50, 50, 50, 50]);
  });

  it("are not slept through on the word of a first one, which is slow", async () => {
    expect(await asleep([1, 300], [4, 2], [16, 8])).toEqual([0, 0, 0]);
  });

  it("are slept through for their share if they have fewer steps, and no longer if they have more", async () => {
    expect(await asleep([10, 50], [10, 50], [4, 20])).toEqual([0, 0, 17]);
    expect(await asleep([10, 50], [10, 50], [40, 200])).toEqual([0, 0, 44]);
  });

  it("that are short are not slept through", async () => {
    expect(await asleep([1, 3], [1, 3], [1, 3])).toEqual([0, 0, 0]);
  });

  it.each([
    ["short dispatches of a software device", 100, {}, [0, 0, 0]],
    ["longer ones", 30, {}, [0, 0, 44]],
    ["short ones of a driver that spins", 100, { spins: true }, [0, 0, 44]],
    ["those of a GPU, however short", 0, {}, [0, 0, 44]],
  ])("are slept through or not: %s", async (_, dispatches, driver, asleep) => {
    // 5 ms a step: 0.05 ms or 0.17 ms a dispatch.
    const runs = new Runs({ ...waiting, ...driver }, dispatches);
    const took = await throughWith(runs, [10, 50], [10, 50], [10, 50]);
    expect(took.map((t) => t.asleep)).toEqual(asleep);
  });

  it("that became faster are slept through too long once, and then half as long", async () => {
    const took = await through([9, 50], [9, 50], [9, 10], [9, 10], [9, 10]);
    expect(took.map((t) => t.asleep)).toEqual([0, 0, 44, 18, 7]);
    expect(took[4].ms).toBe(10);
  });
});
