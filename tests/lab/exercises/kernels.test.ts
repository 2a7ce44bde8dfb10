/** What the kernels' part of the exercises tab shows and does; the judge and the training are stand-ins. */
import { signal } from "@preact/signals";
import { beforeEach, describe, expect, it } from "vitest";
import type { KernelReport } from "../../../src/exercises/kernels/report.ts";
import type { KernelTrained } from "../../../src/exercises/kernels/train.ts";
import type { KernelQuestion } from "../../../src/lab/exercises/kernel_judge.ts";
import { kernelMarks, kernelSentence, lineOf } from "../../../src/lab/exercises/kernel_words.ts";
import { Kernels } from "../../../src/lab/exercises/kernels.ts";
import type { OnLosses } from "../../../src/lab/exercises/loss_messages.ts";
import { type KernelSheet, sheetOf } from "../../../src/lab/exercises/sheets.ts";
import { ANY_DEVICE } from "../../../src/plan/target.ts";

const tanh = sheetOf("kernel:tanh.backward") as KernelSheet;
const sum = sheetOf("kernel:reduce.sum_batch") as KernelSheet;

const report = (over: Partial<KernelReport>): KernelReport => ({
  kind: "kernel",
  op: "tanh.backward",
  ok: false,
  verdict: "wrong",
  cases: [],
  mistake: null,
  message: null,
  ...over,
});

let log: string[];
let text: ReturnType<typeof signal<string>>;
/** By text. */
let answers: Record<string, () => Promise<KernelReport>>;
let trainings: { tell: OnLosses; end(result?: KernelTrained): void; fail(why: string): void }[];
let kernels: Kernels;

beforeEach(() => {
  [log, answers, trainings] = [[], {}, []];
  text = signal("a");
  kernels = new Kernels({
    texts: {
      text: text as never,
      saved: async () => void log.push(`saved ${text.value}`),
      record: (key, progress) => log.push(`${key}: ${JSON.stringify(progress)}`),
    },
    judges: {
      async judge({ text }: KernelQuestion) {
        log.push(`judged ${text}`);
        return { text, report: await answers[text](), target: ANY_DEVICE };
      },
    },
    trains: ({ text }, _, tell) => {
      log.push(`trained ${text}`);
      let [end, fail]: [(result?: KernelTrained) => void, (why: string) => void] = [() => {}, () => {}];
      const trained = new Promise<KernelTrained | undefined>((resolve, reject) => {
        end = resolve;
        fail = (why) => reject(new Error(why));
      });
      trainings.push({ tell, end, fail });
      const stop = (): void => {
        log.push(`stopped ${text}`);
        end();
      };
      return { trained, stop };
    },
    noDevice: signal(undefined),
    help: () => {},
  });
});

describe("a kernel", () => {
  it("runs when it is checked and at no other time, after its text is stored; the verdict is kept", async () => {
    answers.a = async () => report({ ok: true, verdict: "right" });
    expect(log).toEqual([]);
    const checked = kernels.check(tanh);
    expect(kernels.of(tanh.key).checking).toBe(true);
    await checked;
    expect(log).toEqual(["saved a", "judged a", 'kernel:tanh.backward: {"tanh.backward":"right"}']);
    expect(kernels.of(tanh.key)).toMatchObject({ checking: false, judged: { text: "a" } });
    expect(kernels.of(sum.key)).toEqual({ marks: [], checking: false });
  });

  it("has no verdict but a problem where judging fails", async () => {
    answers.a = () => Promise.reject(new Error("no WebGPU device"));
    await kernels.check(tanh);
    expect(kernels.of(tanh.key)).toEqual({ marks: [], checking: false, problem: "no WebGPU device" });
    answers.a = async () => report({ verdict: "right" });
    await kernels.check(tanh);
    expect(kernels.of(tanh.key).problem).toBeUndefined();
  });

  it("that another check has overtaken gets no verdict", async () => {
    let release: (r: KernelReport) => void = () => {};
    answers.a = () => new Promise((resolve) => (release = resolve));
    answers.b = async () => report({ verdict: "right" });
    const first = kernels.check(tanh);
    await Promise.resolve();
    await Promise.resolve();
    text.value = "b";
    await kernels.check(sum);
    expect(kernels.of(tanh.key).checking).toBe(false);
    release(report({ verdict: "right" }));
    await first;
    expect(kernels.of(tanh.key).judged).toBeUndefined();
    expect(kernels.of(sum.key).judged?.text).toBe("b");
  });
});

describe("a training", () => {
  const underWay = async (n: number) => {
    while (trainings.length < n) await Promise.resolve();
    return trainings[n - 1];
  };

  it("collects losses and ends with its result", async () => {
    const done = kernels.train(tanh, 3);
    const { tell, end } = await underWay(1);
    expect(log).toEqual(["saved a", "trained a"]);
    tell([1, 2], [3, 4]);
    tell([5], [6]);
    expect(kernels.run.value).toMatchObject({ running: true, yours: [1, 2, 5], right: [3, 4, 6] });
    const result = { steps: 3 } as KernelTrained;
    end(result);
    await done;
    expect(kernels.run.value).toMatchObject({ running: false, result, yours: [1, 2, 5] });
  });

  it("that is stopped keeps its losses, and a new one ends the one before", async () => {
    const first = kernels.train(tanh, 3);
    (await underWay(1)).tell([1], [2]);
    kernels.stop();
    await first;
    expect(kernels.run.value).toMatchObject({ running: false, yours: [1] });
    const second = kernels.train(tanh, 3);
    await underWay(2);
    text.value = "b";
    const third = kernels.train(sum, 3);
    const { fail } = await underWay(3);
    await second;
    trainings[1].tell([9], [9]);
    expect(kernels.run.value).toMatchObject({ key: sum.key, text: "b", running: true, yours: [] });
    fail("line 2: that is no kernel");
    await third;
    expect(kernels.run.value).toMatchObject({ running: false, problem: "line 2: that is no kernel" });
    expect(log.filter((line) => line.startsWith("stopped"))).toEqual(["stopped a", "stopped a"]);
  });
});

describe("words", () => {
  it("a message stands at its line, with its column", () => {
    const wrong = report({ verdict: "error", message: "line 8, column 3: unresolved value 'yy'" });
    expect(lineOf(wrong)).toBe(8);
    expect(kernelMarks(wrong)).toEqual([
      { line: 8, column: 3, severity: "error", message: "unresolved value 'yy'" },
    ]);
    expect(kernelSentence(wrong)).toBe("Unresolved value 'yy'.");
  });

  it("the lines that a mistake's sentence names are underlined", () => {
    const says = "A race: line 8 and line 11 both touch `partial`, and nobody waits.";
    const race = report({ mistake: { id: "race", says } });
    expect(kernelMarks(race).map(({ line, silent }) => [line, silent])).toEqual([
      [8, true],
      [11, true],
    ]);
    expect(kernelSentence(race)).toBe(says);
    expect(lineOf(race)).toBeUndefined();
  });

  it("a message about no line stands in the sentence alone", () => {
    const none = report({ verdict: "error", message: "there is no kernel yet: write `fn main`" });
    expect(kernelMarks(none)).toEqual([]);
    expect(kernelSentence(none)).toBe("There is no kernel yet: write `fn main`.");
  });

  it("what is right, is so in all cases", () => {
    const row = { sizes: { N: 2 }, ok: true, worst: null };
    expect(kernelSentence(report({ verdict: "right", cases: [row, row] }))).toBe("In all 2 cases.");
  });
});
