import { afterEach, expect, it, vi } from "vitest";
import { cpuMachine } from "../../src/cpu/machine.ts";
import type { Machine } from "../../src/plan/machine.ts";
import { Pace } from "../../src/train/pace.ts";
import { tinyConfig } from "./data.ts";
import { trainWhole } from "./whole.ts";

afterEach(() => {
  vi.useRealTimers();
});

/** Numbers of steps that a device with this cost is given, submit by submit. */
function submits(pace: Pace, count: number, milliseconds: (steps: number) => number, most = 4096): number[] {
  return Array.from({ length: count }, () => {
    const steps = pace.next(most);
    pace.record(steps, milliseconds(steps));
    return steps;
  });
}

it("starts with one step and grows fourfold at most, up to what fits the target", () => {
  expect(submits(new Pace(50), 7, (n) => 0.5 * n)).toEqual([1, 4, 16, 64, 100, 100, 100]);
});

it("stays at one step where one takes longer than the target", () => {
  expect(submits(new Pace(50), 4, (n) => 400 * n)).toEqual([1, 1, 1, 1]);
});

it("falls back at once when steps get slower", () => {
  const pace = new Pace(50);
  submits(pace, 8, (n) => 0.5 * n);
  expect(submits(pace, 3, (n) => 5 * n)).toEqual([100, 10, 10]);
});

it("allows what it did before, after a run that ended with a shorter submit", () => {
  const pace = new Pace(50);
  submits(pace, 8, (n) => 0.5 * n);
  expect(submits(pace, 1, (n) => 0.5 * n, 3)).toEqual([3]);
  expect(pace.next(4096)).toBe(100);
});

it("gives no more than was asked for, and copes with a clock that stands still", () => {
  expect(submits(new Pace(50), 5, () => 0, 30)).toEqual([1, 4, 16, 30, 30]);
  expect(new Pace().next(0)).toBe(1);
});

it("measures work, not what passes until its end is known", async () => {
  vi.useFakeTimers({ toFake: ["performance"] });
  const runs: number[] = [];
  const cpu = cpuMachine();
  const late: Machine = {
    ...cpu,
    compile: async (plan) => {
      const executable = await cpu.compile(plan);
      return Object.assign(Object.create(executable) as typeof executable, {
        plan,
        capacity: executable.capacity,
        latency: 100,
        upload: executable.upload.bind(executable),
        run: async (...args: Parameters<typeof executable.run>) => {
          runs.push(args[0]);
          const results = await executable.run(...args);
          vi.advanceTimersByTime(100 + 2 * args[0]);
          return results;
        },
      });
    },
  };
  await trainWhole(late, tinyConfig({ steps: 96 }));
  expect(runs).toEqual([1, 4, 16, 25, 25, 25]);
});
