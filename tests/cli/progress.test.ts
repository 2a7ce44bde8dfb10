/** What is shown while something goes on: when, with which numbers, and never a forecast from a cold start. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { progress } from "../../src/cli/progress.ts";
import { duration, Speed } from "../../src/cli/speed.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] }));
afterEach(() => void vi.useRealTimers());

const later = (seconds: number): void => void vi.advanceTimersByTime(1000 * seconds);

/** Progress on a stream that keeps what it is given. */
function shown({ isTTY = false, quiet = false } = {}) {
  let text = "";
  const write = (more: string) => {
    text += more;
    return true;
  };
  const all = progress({ isTTY, columns: 100, write }, { quiet });
  /** What was written since the last time. */
  const said = () => {
    const since = text;
    text = "";
    return since;
  };
  return { ...all, said };
}

describe("a speed", () => {
  it("is not that of a cold start, and is unknown for two seconds after it", () => {
    const speed = new Speed();
    // A first step that compiles for 12.5 s, then a step each millisecond: 249,987 s would be left at the first one's speed.
    for (let at = 12_500, done = 1; done <= 1999; at += 50, done += 50) {
      speed.mark(done, at);
      expect(speed.secondsTo(20_000)).toBeUndefined();
    }
    speed.mark(2051, 14_550);
    expect(speed.perSecond).toBeCloseTo(1000, 6);
    expect(speed.secondsTo(20_000)).toBeCloseTo(17.949, 6);
  });

  it("is that of the last twenty seconds", () => {
    const speed = new Speed();
    for (let at = 0; at <= 60_000; at += 100) speed.mark(Math.min(at, 30_000) + at / 100, at);
    expect(speed.perSecond).toBeCloseTo(10, 6);
  });

  it("is known from two steps that take minutes each", () => {
    const speed = new Speed();
    speed.mark(1, 500_000);
    speed.mark(2, 620_000);
    expect(speed.secondsTo(12)).toBeCloseTo(1200, 6);
    expect([1200, 59.2, 19_500, 4e6].map(duration)).toEqual([
      "20 min 0 s",
      "1 min 0 s",
      "5 h 25 min",
      "1,111 h 6 min",
    ]);
  });
});

describe("a phase", () => {
  it("is not mentioned for two seconds, then every five, with its share and time", async () => {
    const { phase, said } = shown();
    await phase("calibrating", async (onFraction) => {
      later(1.9);
      expect(said()).toBe("");
      later(0.2);
      expect(said()).toBe("calibrating | 2 s\n");
      for (let i = 1; i <= 4; i++) {
        later(4);
        onFraction(i / 10);
      }
      // 4 s for each tenth from the first on.
      expect(said()).toMatch(/^calibrating \| \d+ % \| 7 s\n(calibrating \| \d+ % \| \d+ s left\n)+$/);
    });
    later(10);
    expect(said()).toBe("");
  });

  it("is mentioned from within work that does not yield", async () => {
    const { phase, said } = shown();
    await phase("the reference", (onFraction) => {
      const now = vi.spyOn(performance, "now").mockReturnValue(performance.now() + 3000);
      onFraction(0.25);
      now.mockRestore();
    });
    expect(said()).toBe("the reference | 25 % | 3 s\n");
  });

  it("leaves nothing on a terminal, and passes on what its work gives or throws", async () => {
    const { phase, said } = shown({ isTTY: true });
    expect(await phase("drawing", () => later(2.5) ?? 7)).toBe(7);
    expect(said()).toBe("\rdrawing | 2 s\u001b[K\rdrawing | 3 s\u001b[K\r\u001b[K");
    await expect(phase("drawing", () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  });
});

describe("a bar", () => {
  it("says elsewhere than on a terminal what it waits for, then numbers with separators, and its last state", () => {
    const { bar, said } = shown();
    const one = bar(200_000);
    later(2.1);
    expect(said()).toBe("0 of 200,000 | the first steps, 2 s\n");
    one.update(1, "loss 3.3000");
    for (let i = 1; i <= 50; i++) {
      later(0.1);
      one.update(1000 * i, "loss 2.5000");
    }
    expect(said()).toMatch(/^[\d,]+ of 200,000 \| 10,\d{3} steps\/s \| loss 2\.5000 \| 1\d s left\n$/);
    one.stop();
    expect(said()).toBe("50,000 of 200,000 | 10,000 steps/s | loss 2.5000\n");
  });

  it("has slow speeds too, and does not count what comes in between", async () => {
    const { bar, said } = shown();
    const one = bar(10);
    one.update(1, "");
    later(8);
    one.update(2, "");
    await one.aside("saving", () => later(300));
    said();
    later(8);
    expect(said()).toBe("2 of 10 | 0.13 steps/s | 1 min 4 s left\n");
    one.update(3, "");
    one.stop();
    expect(said()).toMatch(/3 of 10 \| 0\.13 steps\/s\n$/);
  });

  it("is the last line of a terminal, below notes", async () => {
    const { bar, note, said } = shown({ isTTY: true });
    const one = bar(2000);
    expect(said()).toBe("\r░░░░░░░░░░░░░░░░ 0 % | 0/2,000 | the first steps, 0 s\u001b[K");
    one.update(1500, "loss 2.0000");
    later(0.2);
    expect(said()).toBe("\r████████████░░░░ 75 % | 1,500/2,000 | loss 2.0000\u001b[K");
    // What is over before it is mentioned leaves the bar alone.
    await one.aside("saving", () => later(1));
    expect(said()).toBe("");
    note("a note");
    expect(said()).toBe("\r\u001b[Ka note\n\r████████████░░░░ 75 % | 1,500/2,000 | loss 2.0000\u001b[K");
    one.update(2000, "loss 1.9000");
    one.stop();
    expect(said()).toBe("\r████████████████ 100 % | 2,000/2,000 | loss 1.9000\u001b[K\n");
  });

  it("is not there with --quiet", async () => {
    const { bar, phase, said } = shown({ quiet: true });
    const one = bar(10);
    later(9);
    one.update(1, "");
    await one.aside("saving", () => later(9));
    one.stop();
    await phase("drawing", () => later(9));
    expect(said()).toBe("");
  });
});
