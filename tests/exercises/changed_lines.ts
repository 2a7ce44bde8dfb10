/**
 * Right lines with one thing changed: an operator, a sign, an axis, an operand. Whether such a line is still right is settled without the judge: on a network of other sizes, whose
 * forward pass is the notebook's own in plain loops, it must give what the right line gives.
 */
import { describe, expect, test } from "vitest";
import { TASKS } from "../../src/exercises/catalogue.ts";
import { run } from "../../src/exercises/dialect/index.ts";
import { Tensor } from "../../src/exercises/dialect/tensor.ts";
import type { Value } from "../../src/exercises/dialect/values.ts";
import { gradeLines } from "../../src/exercises/judge.ts";
import { GRADIENTS } from "../../src/exercises/names.ts";
import type { Task } from "../../src/exercises/types.ts";
import { network } from "./dialect/network.ts";

/** What is replaced, wherever it stands, and by what. */
const CHANGES: readonly (readonly [RegExp, readonly string[]])[] = [
  // Operators and exponents
  [/\*\*/g, ["*", "+"]],
  [/(?<!\*)\*(?!\*)/g, ["/", "+", "-", "@"]],
  [/ \+ /g, [" - ", " * "]],
  [/ - /g, [" + ", " * "]],
  [/@/g, ["*", "+"]],
  [/\+=/g, ["=", "-="]],
  // Signs and factors
  [/-(?=[a-z0-9(])/g, [""]],
  [/= /g, ["= 2 * ", "= -"]],
  [/\bn\b/g, ["n_hidden", "(n - 1)"]],
  [/\b2\b/g, ["3", "1"]],
  // Axes and sums
  [/\b1\b/g, ["0", "2"]],
  [/\b0\b/g, ["1"]],
  [/\.sum\(/g, [".mean(", ".max("]],
  [/keepdim=True/g, ["keepdim=False"]],
  [/\.T\b/g, [""]],
  // Operands
  [/\bcounts\b/g, ["probs", "norm_logits"]],
  [/\bprobs\b/g, ["counts", "logprobs"]],
  [/\bbndiff\b/g, ["bnraw", "hprebn"]],
  [/\bbnvar_inv\b/g, ["bnvar"]],
  [/\bbngain\b/g, ["bnbias"]],
  [/\bh\b/g, ["hpreact"]],
  [/\bYb\b/g, ["logit_argmax"]],
  [/\bXb\b/g, ["Xb.flip(0)", "Xb * 0"]],
];

function mutants({ spellings }: Task): string[] {
  const out = new Set<string>();
  for (const line of spellings.slice(0, 3)) {
    for (const [from, all] of CHANGES) {
      for (const match of line.matchAll(from)) {
        for (const to of all)
          out.add(line.slice(0, match.index) + to + line.slice(match.index + match[0].length));
      }
    }
  }
  return [...out].filter((line) => !spellings.includes(line));
}

const { given, gradients, sizes } = network({ N: 4, V: 6, T: 5, E: 2, H: 9 }, 77);
const known = new Map<string, Value>([
  ...given,
  ...(Object.entries(sizes).map(([name, size]) => [name, BigInt(size)]) as [string, Value][]),
]);
known.set(
  "logit_argmax",
  run("top = logits.max(1).indices", { given, asked: new Set(["top"]) }).values.get("top")!,
);

let state = 5;
const random = (): number => {
  state = (state * 16807) % 2147483647;
  return (state / 2147483647) * 2 - 1;
};
const upstream = new Map(
  [...gradients].map(([name, { shape, numel }]) => {
    const values = Float64Array.from({ length: numel }, random);
    return [name, new Tensor("float", shape, { values, version: 0 })];
  }),
);

function givenBy(line: string, { name, exercise }: Task): Tensor | undefined {
  const standIns = new Map(upstream);
  const asked = new Set([...GRADIENTS, name]);
  if (exercise === 3) {
    const dbnraw = run("dbnraw = bngain * dhpreact", { given: known, asked, standIns, only: "dbnraw" });
    standIns.set("dbnraw", dbnraw.values.get("dbnraw") as Tensor);
  }
  const { values } = run(line, { given: known, asked, standIns, only: name, onError: "continue" });
  const value = values.get(name);
  return value instanceof Tensor ? value : undefined;
}

/** The same values, in a shape that can stand for the right one. */
function isSame(mine: Tensor | undefined, right: Tensor): boolean {
  if (!mine || mine.numel === 0) return false;
  const given = new Map<string, Value>([
    ["mine", mine],
    ["right", right],
  ]);
  const lines = "off = (mine - right).abs().max()\ncount = (mine - right).numel()\nmost = right.abs().max()";
  const { values } = run(lines, { given, asked: new Set(["off", "count", "most"]), onError: "continue" });
  const [off, most] = [values.get("off"), values.get("most")] as [Tensor | undefined, Tensor];
  return off !== undefined && Number(values.get("count")) === right.numel && off.scalar <= 1e-9 * most.scalar;
}

const lines = TASKS.filter(({ exercise }) => exercise > 0).flatMap((task) =>
  mutants(task).map((line) => ({ task, line })),
);

/** @param every takes one in so many of them, from all tasks */
export function changedLinesAreJudged(every: number): void {
  test("there are enough of them", () => {
    expect(lines.length).toBeGreaterThan(1000);
  });

  const some = lines.filter((_, i) => i % every === 0);
  describe("right after a change if it is still the same function, and only then", () => {
    test.each(some)("$line", ({ task, line }) => {
      const { rows } = gradeLines(line, { exercise: task.exercise });
      const found = rows.find(({ name }) => name === task.name)!;
      const same = isSame(givenBy(line, task), givenBy(task.spellings[0], task)!);
      expect(found.verdict === "right", JSON.stringify(found)).toBe(same);
      // Whatever is not right is said in words.
      expect(found.verdict === "right" || found.mistake !== null || found.message !== null).toBe(true);
    });
  });
}
