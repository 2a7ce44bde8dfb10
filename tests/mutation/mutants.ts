/** The mutants of an operation: each is one edit of its kernels' text, the same at every shape. */

import { trainStep } from "../../src/ops/index.ts";
import type { Kernel, Op } from "../../src/plan/contract.ts";
import { ANY_DEVICE, type Target } from "../../src/plan/target.ts";
import { type Edit, edits } from "./operators.ts";

export interface Mutant {
  /** Stable as long as the line is: operation, line, which of its edits. */
  readonly id: string;
  readonly op: Op;
  readonly operator: string;
  /** The pass, if the operation has several. */
  readonly pass: string;
  /** The line before and after the edit, at the first shape that has it. */
  readonly line: string;
  readonly becomes: string;
  /** Its number among the lines that are equal but for sizes, from 1. */
  readonly nth: number;
  /** The operation with the mistake in it. */
  readonly mutated: Op;
}

/** Functions that many kernels include are mutated only in the operation that tests them. */
const HELPERS: readonly (readonly [name: RegExp, op: string])[] = [
  [/^(accurate_exp|exp_mantissa)/, "elementwise.exp"],
  [/^accurate_log/, "elementwise.log"],
  [/^accurate_tanh/, "tanh.forward"],
];

/**
 * Texts that are mutated: that without an exchange of operands, and that of SwiftShader's subgroups, where the table of docs/mutants.md comes
 * from. On devices with others, lines that exchange are not the same.
 */
export const MUTATED_TARGETS: readonly Target[] = [ANY_DEVICE, { ...ANY_DEVICE, lanes: 4 }];

/** What the whole step's two operations have in common is mutated in only one of them. */
const SAME_TEXT: ReadonlyMap<string, Op> = new Map([[trainStep.gradients.name, trainStep.single]]);

/** A line without its sizes, which is the same at all shapes. */
export const template = (line: string): string =>
  line.trim().replace(/\b\d+\.?\d*(?:e[+-]?\d+)?[fiu]?\b/gi, "#");

interface Located extends Edit {
  readonly key: string;
  readonly line: string;
  readonly becomes: string;
  readonly nth: number;
}

/** The edits of a text, each with a key that finds it in the text of another shape. */
const locate = memoize((op: string, code: string): readonly Located[] => {
  const starts = [0, ...Array.from(code.matchAll(/\n/g), (m) => m.index + 1)];
  const lines = code.split("\n");
  const seen = new Map<string, number>();
  const count = (key: string): number => {
    seen.set(key, (seen.get(key) ?? 0) + 1);
    return seen.get(key)!;
  };
  const owners = ownersOf(lines);
  const nth = lines.map((line) => count(template(line)));
  return edits(code).flatMap((e) => {
    const l = starts.findLastIndex((start) => start <= e.start);
    if (!(owners[l] ?? op).startsWith(op)) return [];
    const key = `${template(lines[l])} #${nth[l]} ${e.operator}`;
    const after = code.slice(0, e.start) + e.text + code.slice(e.end);
    const lost = code.slice(e.start, e.end).split("\n").length - 1;
    const end = starts[l + lost + 1] ?? code.length + 1;
    const becomes = after.slice(starts[l], end - 1 + after.length - code.length).trim();
    const line = code.slice(starts[l], end - 1).trim();
    return [{ ...e, key: `${key} ${count(key)}`, line, becomes, nth: nth[l] }];
  });
});

/** For each line, the operation that tests the helper function it is in. */
function ownersOf(lines: readonly string[]): (string | undefined)[] {
  let owner: string | undefined;
  return lines.map((line) => {
    const name = /^fn (\w+)/.exec(line)?.[1];
    if (name) owner = HELPERS.find(([helper]) => helper.test(name))?.[1];
    const here = owner;
    if (line.endsWith("}") && /^(\}|fn)/.test(line)) owner = undefined;
    return here;
  });
}

/** All mutants of an operation, without those whose text equals an earlier one's. */
export function mutantsOf(op: Op): Mutant[] {
  const mutants = new Map<string, Mutant>();
  const texts = new Set<string>();
  for (const dims of op.cases)
    for (const { index, code, ...kernel } of MUTATED_TARGETS.flatMap((target) =>
      op.kernels(dims, target).map((k, index) => ({ ...k, index })),
    )) {
      // The first pass has no name here, because at small shapes it is the only one.
      const pass = index === 0 ? "" : kernel.pass;
      for (const { key, operator, start, end, text, line, becomes, nth } of locate(op.name, code)) {
        const id = [op.name, pass, key].filter(Boolean).join(" | ");
        const whole = `${pass}\n${code.slice(0, start)}${text}${code.slice(end)}`;
        if (mutants.has(id) || texts.has(whole)) continue;
        texts.add(whole);
        const mutate = (k: Kernel, i: number) =>
          i === index ? { ...k, code: apply(op.name, k.code, key) } : k;
        const mutated: Op = { ...op, kernels: (d, target) => op.kernels(d, target).map(mutate) };
        mutants.set(id, { id, op, operator, pass, line, becomes, nth, mutated });
      }
    }
  const same = SAME_TEXT.get(op.name);
  const elsewhere = new Set(same && mutantsOf(same).map(place));
  return [...mutants.values()].filter((m) => !elsewhere.has(place(m)));
}

/** A mutant's id without its operation. */
const place = ({ id, op }: Mutant): string => id.slice(op.name.length);

/** The text with the edit of this key, or unchanged if it has no such line. */
function apply(op: string, code: string, key: string): string {
  const edit = locate(op, code).find((e) => e.key === key);
  return edit ? code.slice(0, edit.start) + edit.text + code.slice(edit.end) : code;
}

function memoize<T>(f: (op: string, code: string) => T): (op: string, code: string) => T {
  const known = new Map<string, T>();
  return (op, code) => {
    const key = `${op}\n${code}`;
    if (!known.has(key)) known.set(key, f(op, code));
    return known.get(key)!;
  };
}

/** If an operation has more mutants than this, they are sampled. */
export const MOST = 170;

/**
 * Every k-th mutant, with the smallest k that leaves no more than `most`, and every barrier. A text with so many
 * mutants is unrolled, and repeats the same lines many times.
 */
export function sample(mutants: readonly Mutant[], most: number): Mutant[] {
  const k = Math.ceil(mutants.length / most);
  return mutants.filter((m, i) => i % k === 0 || m.operator === "barrier dropped");
}

/** The first line that differs, in both texts. */
export function changedLine(before: string, after: string): Pick<Mutant, "line" | "becomes" | "nth"> {
  const lines = after.split("\n");
  const [i, line] = [...before.split("\n").entries()].find(([n, text]) => text !== lines[n])!;
  return { line: line.trim(), becomes: lines[i].trim(), nth: 1 };
}
