/**
 * Kernels that are none, or no longer: each gets a verdict or one clear line within three seconds, and meanwhile another device of the process
 * trains as if nothing were.
 */
import fc from "fast-check";
import { expect } from "vitest";
import { readKernel, SourceError } from "../../src/exercises/files.ts";
import { KERNEL_TASKS } from "../../src/exercises/kernels/catalogue.ts";
import { gradeKernel } from "../../src/exercises/kernels/judge.ts";
import { KERNEL_VERDICTS } from "../../src/exercises/kernels/report.ts";
import { tokensOf } from "../../src/exercises/kernels/tokens.ts";
import type { OpenedDevice } from "../../src/gpu/device.ts";
import { gpuMachine } from "../../src/gpu/machine.ts";
import { Trainer } from "../../src/train/trainer.ts";
import { openTestDevice } from "../support/device.ts";
import { dataset, tinyConfig } from "../train/data.ts";
import { damaged } from "./bytes.ts";
import { expectClearLine, type Target, valueOrRefusal } from "./target.ts";

/**
 * Milliseconds: a verdict's three seconds, and what a timer is late by. Of the clock's and the processor's time the shorter one counts, because a
 * busy machine stops the clock for nobody, and a compiler that was given up may still compute.
 */
const LONGEST = 3500;
/** The cases are shared by the four targets here, since each has a device compile something; these are each one's in `npm test`. */
const FEW = 25;
/** A training step is made after so many cases. */
const EVERY = 10;

const ops = fc.constantFrom(...KERNEL_TASKS.map((task) => task.name));
const texts = KERNEL_TASKS.flatMap((task) =>
  [...task.spellings, task.stub, ...task.mistakes.map((m) => m.text)].map((text) => ({
    text,
    op: task.name,
  })),
);
const known = fc.constantFrom(...texts);
/** Most often a text's own exercise, and else any. */
const opOf = (op: string) =>
  fc.oneof({ weight: 9, arbitrary: fc.constant(op) }, { weight: 1, arbitrary: ops });

/** Each word with the blanks behind it: `>` and `=` would be something else with a blank between them. */
const wordsOf = (text: string): string[] =>
  tokensOf(text).map(({ start }, i, all) => text.slice(start, all[i + 1]?.start));
const piece = fc.constantFrom(
  ...new Set(texts.flatMap(({ text }) => wordsOf(text))),
  ...["for ", "while ", "loop ", "continuing ", "switch ", "if ", "else ", "break;", "continue;", "return;"],
  ...["fn ", "let ", "override ", "alias ", "struct ", "workgroupBarrier();", "storageBarrier();"],
  ...["arrayLength(&x)", "array<f32, 9>", "0u", "1u", "4294967295u", "-1", "1e38", "0x7fffffff"],
  ...["/*", "*/", "//", "\n", "{", "}", "(", ")", ";", "@"],
);
const share = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

type Edit = (words: readonly string[]) => readonly string[];

const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.tuple(share, piece).map(
    ([at, word]): Edit =>
      (w) =>
        w.with(Math.floor(at * w.length), word),
  ),
  fc.tuple(share, piece).map(
    ([at, word]): Edit =>
      (w) =>
        w.toSpliced(Math.floor(at * w.length), 0, word),
  ),
  fc.tuple(share, fc.integer({ min: 1, max: 12 })).map(
    ([at, n]): Edit =>
      (w) =>
        w.toSpliced(Math.floor(at * w.length), n),
  ),
  fc.tuple(share, share, fc.integer({ min: 1, max: 30 })).map(
    ([from, to, n]): Edit =>
      (w) =>
        w.toSpliced(
          Math.floor(to * w.length),
          0,
          ...w.slice(Math.floor(from * w.length), Math.floor(from * w.length) + n),
        ),
  ),
);

/** A name or a number in place of another, which leaves the text valid more often than any other change. */
const exchange: fc.Arbitrary<Edit> = fc.tuple(share, share).map(
  ([a, b]): Edit =>
    (w) => {
      const alike = (kind: RegExp) => w.flatMap((word, i) => (kind.test(word) ? [i] : []));
      const places = [alike(/^\d/), alike(/^[a-z]\w*$/i), alike(/^[-+*/%<>]$/)][Math.floor(3 * a)];
      if (places.length === 0) return w;
      const pick = (s: number) => places[Math.floor(s * places.length)];
      return w.with(pick((3 * a) % 1), w[pick(b)]);
    },
);

const edited = known.chain(({ text, op }) =>
  fc.tuple(
    fc
      .array(fc.oneof({ weight: 1, arbitrary: edit }, { weight: 3, arbitrary: exchange }), {
        minLength: 1,
        maxLength: 3,
      })
      .map((edits) =>
        edits.reduce<readonly string[]>((w, e) => (w.length === 0 ? w : e(w)), wordsOf(text)).join(""),
      ),
    opOf(op),
  ),
);

const pair = known.chain((a) => {
  const alike = fc.constantFrom(...texts.filter(({ op }) => op === a.op));
  return fc.tuple(fc.constant(a), fc.oneof(known, alike));
});
/** The beginning of one text, and the end of another, cut at the ends of lines or anywhere. */
const spliced = fc.tuple(pair, share, share, fc.boolean()).chain(([[a, b], i, j, lines]) => {
  const cut = (text: string, at: number) =>
    lines
      ? text
          .split("\n")
          .slice(0, Math.ceil(at * text.split("\n").length))
          .join("\n").length
      : Math.floor(at * text.length);
  return fc.tuple(fc.constant(a.text.slice(0, cut(a.text, i)) + b.text.slice(cut(b.text, j))), opOf(a.op));
});

const utf8 = (t: string) => new TextEncoder().encode(t);

/** A run on a device of its own, a step at a time. */
class Beside {
  readonly #trainer: Trainer;
  readonly #opened: OpenedDevice;
  #steps = 0;

  private constructor(opened: OpenedDevice, trainer: Trainer) {
    this.#opened = opened;
    this.#trainer = trainer;
  }

  static async open(): Promise<Beside> {
    const opened = await openTestDevice();
    return new Beside(opened, await Beside.#trainerOn(opened));
  }

  static #trainerOn({ device, name }: OpenedDevice): Promise<Trainer> {
    return Trainer.create({
      machine: gpuMachine(device, name),
      config: tinyConfig({ steps: 2000, path: "fused" }),
      train: dataset.train,
      vocabulary: dataset.vocabulary.size,
    });
  }

  async step(): Promise<void> {
    await this.#trainer.run(undefined, { until: ++this.#steps });
  }

  /** The same steps again, alone. */
  async expectUndisturbed(): Promise<void> {
    const alone = await Beside.#trainerOn(this.#opened);
    await alone.run(undefined, { until: this.#steps });
    expect(this.#trainer.state()).toEqual(alone.state());
    alone.close();
    this.#trainer.close();
    this.#opened.close();
  }
}

type Case = readonly [bytes: Uint8Array, op: string];

const kernels = (name: string, arbitrary: fc.Arbitrary<Case>): Target => ({
  name,
  run: async ({ cases, seed }) => {
    const beside = await Beside.open();
    let opened = await openTestDevice();
    let done = 0;
    const judged = async ([bytes, op]: Case): Promise<void> => {
      // A page has a text whatever its bytes were.
      const source = valueOrRefusal(() => readKernel(bytes, "some.wgsl"), SourceError);
      const start = performance.now();
      const before = process.cpuUsage();
      const report = await gradeKernel(source ?? new TextDecoder().decode(bytes), {
        op,
        device: opened.device,
      });
      const took = performance.now() - start;
      const { user, system } = process.cpuUsage(before);
      expect(Math.min(took, (user + system) / 1000), "milliseconds").toBeLessThan(LONGEST);
      if (++done % EVERY === 0) await beside.step();
      const { verdict, mistake, message, cases: rows, ok } = report;
      expect(JSON.parse(JSON.stringify(report))).toEqual(report);
      expect(KERNEL_VERDICTS).toContain(verdict);
      expect(ok).toBe(verdict === "right");
      if (verdict === "right") expect([mistake, message]).toEqual([null, null]);
      else expect([mistake, message].filter((said) => said !== null)).toHaveLength(1);
      expect(rows.length > 0).toBe(verdict === "right" || verdict === "wrong");
      for (const said of [mistake?.says, message]) if (said) expectClearLine(said);
      expect(message ?? "").not.toContain("the device was lost");
      // What a compiler still works on would be in the next case's way.
      if (message?.startsWith("the device ")) {
        opened.close();
        opened = await openTestDevice();
      }
    };
    await fc.assert(fc.asyncProperty(arbitrary, judged), { seed, numRuns: cases < 1000 ? FEW : cases / 4 });
    opened.close();
    await beside.expectUndisturbed();
  },
});

export const kernelTexts = [
  kernels(
    "kernels: file of any bytes",
    fc.tuple(
      fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.string({ unit: "binary", maxLength: 200 }).map(utf8)),
      ops,
    ),
  ),
  kernels(
    "kernels: file, damaged",
    known.chain(({ text, op }) => fc.tuple(damaged(fc.constant(utf8(text))), opOf(op))),
  ),
  kernels(
    "kernels: cut and spliced",
    spliced.map(([text, op]): Case => [utf8(text), op]),
  ),
  kernels(
    "kernels: words exchanged",
    edited.map(([text, op]): Case => [utf8(text), op]),
  ),
];
