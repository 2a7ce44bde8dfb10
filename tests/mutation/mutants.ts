/** The mutants of an operation: each is one edit of its kernels' text, on one rung and the same at every shape. */
import { gradients, STEPS } from "../../src/model/single/step.ts";
import { type Dims, type Kernel, type Op, RUNGS, type Rung } from "../../src/plan/contract.ts";
import { ANY_DEVICE, type Target } from "../../src/plan/target.ts";
import { type Edit, edits } from "./operators.ts";

export interface Mutant {
  /** Stable as long as the line is: operation, rung, line, which of its edits. */
  readonly id: string;
  readonly op: Op;
  readonly rung: Rung;
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

/** Functions that many kernels include are mutated only in the plain kernel of the operation that tests them. */
const HELPERS: readonly (readonly [name: RegExp, op: string])[] = [
  [/^(accurate_exp|exp_mantissa|exp_power)/, "elementwise.exp"],
  [/^accurate_log/, "elementwise.log"],
  [/^accurate_tanh/, "tanh.forward"],
];

/**
 * Devices whose fast texts are mutated: those without an exchange of operands, and SwiftShader with its subgroups, where the table of
 * docs/mutants.md comes from. On devices with other subgroups, lines that exchange are not the same.
 */
const MUTATED_TARGETS: readonly Target[] = [ANY_DEVICE, { ...ANY_DEVICE, lanes: 4 }];

/** The whole step's operations differ in their update. What they have in common is mutated in only one of them. */
const SAME_TEXT: ReadonlyMap<string, Op> = new Map(
  [STEPS.momentum, STEPS.adamw, gradients].map((op) => [op.name, STEPS.sgd]),
);

/** A text without comments, and with one space wherever it has any. */
export const bare = (text: string): string =>
  text
    .replace(/\/\*.*?\*\/|\/\/[^\n]*/gs, "")
    .replace(/\s+/g, " ")
    .trim();

/** A line without its sizes, which is the same at all shapes. */
export const template = (line: string): string =>
  bare(line).replace(/\b\d+\.?\d*(?:e[+-]?\d+)?[fiu]?\b/gi, "#");

interface Located extends Edit {
  readonly key: string;
  readonly line: string;
  readonly becomes: string;
  readonly nth: number;
}

/** The edits of a text, by a key that finds each in the text of another shape. */
const locate = remembering((code: string): ReadonlyMap<string, Located> => {
  const lines = code.split("\n");
  const seen = new Map<string, number>();
  const count = (key: string): number => {
    seen.set(key, (seen.get(key) ?? 0) + 1);
    return seen.get(key)!;
  };
  const nth = lines.map((line) => count(template(line)));
  let [l, start] = [0, 0];
  const located = edits(code).map((e): [string, Located] => {
    while (start > e.start) start -= lines[--l].length + 1;
    while (start + lines[l].length < e.start) start += lines[l++].length + 1;
    const key = `${template(lines[l])} #${nth[l]} ${e.operator}`;
    const lost = code.slice(e.start, e.end).split("\n").length;
    const before = lines.slice(l, l + lost).join("\n");
    const becomes = before.slice(0, e.start - start) + e.text + before.slice(e.end - start);
    const numbered = `${key} ${count(key)}`;
    return [numbered, { ...e, key: numbered, line: before.trim(), becomes: becomes.trim(), nth: nth[l] }];
  });
  return new Map(located);
});

/** Whether this operation and rung test the helper function that a place of the text is in; true outside of helpers. */
const owns = (op: Op, rung: Rung, code: string): ((at: number) => boolean) => {
  const functions = [...code.matchAll(/^fn (\w+).*?(?:^\}|\}$)/gms)].map((m) => ({
    from: m.index,
    to: m.index + m[0].length,
    owner: HELPERS.find(([name]) => name.test(m[1]))?.[1],
  }));
  return (at) => {
    const owner = functions.find(({ from, to }) => from <= at && at < to)?.owner;
    return owner === undefined || (owner === op.name && rung === "plain");
  };
};

/** The operation with every kernel of a rung replaced. */
export const change = (op: Op, rung: Rung, by: (k: Kernel, index: number, d: Dims) => Kernel): Op => {
  const all = (d: Dims, kernels?: readonly Kernel[]) => kernels?.map((k, i) => by(k, i, d));
  return rung === "plain"
    ? { ...op, plain: (d) => all(d, op.plain!(d))! }
    : { ...op, fast: (d, target) => all(d, op.fast!(d, target)) };
};

/** Where a rung is mutated: at all cases, and a fast one for every target. */
export const placesOf = (op: Op, rung: Rung): { dims: Dims; target: Target }[] =>
  (rung === "plain" ? [ANY_DEVICE] : MUTATED_TARGETS).flatMap((target) =>
    op.cases.map((dims) => ({ dims, target })),
  );

/** The kernels of a rung, and not those of the other where there is nothing on this one. */
export const kernelsOn = (op: Op, rung: Rung, dims: Dims, target: Target): readonly Kernel[] =>
  (rung === "plain" ? op.plain?.(dims) : op.fast?.(dims, target)) ?? [];

/** All kernels of a rung that are mutated, with their sizes. */
export const textsOf = (op: Op, rung: Rung): { dims: Dims; kernels: readonly Kernel[] }[] =>
  placesOf(op, rung).map(({ dims, target }) => ({ dims, kernels: kernelsOn(op, rung, dims, target) }));

/** The operation with texts that are made only once, since its mutants ask for them again and again. */
export const remembered = remembering((op: Op): Op => {
  const once = <A extends unknown[], T>(make: (...args: A) => T) => {
    const byText = remembering((args: string) => make(...(JSON.parse(args) as A)));
    return (...args: A): T => byText(JSON.stringify(args));
  };
  return {
    ...op,
    plain: op.plain && once((d: Dims) => op.plain!(d)),
    fast: op.fast && once((d: Dims, target: Target) => op.fast!(d, target)),
  };
});

/** All mutants of an operation, without those whose text equals an earlier one's. */
export const mutantsOf = remembering((original: Op): readonly Mutant[] => {
  const op = remembered(original);
  const same = SAME_TEXT.get(op.name);
  const elsewhere = new Set(same && mutantsOf(same).map(place));
  const mutants = RUNGS.flatMap((rung) => [...mutantsOn(op, original, rung)]);
  return mutants.filter((m) => !elsewhere.has(place(m)));
});

function* mutantsOn(op: Op, original: Op, rung: Rung): Generator<Mutant> {
  const [ids, codes] = [new Set<string>(), new Set<string>()];
  for (const { kernels } of textsOf(op, rung))
    for (const [index, { code, pass: name }] of kernels.entries()) {
      // The first pass has no name here, because at small shapes it is the only one.
      const pass = index === 0 ? "" : name;
      if (codes.has(code)) continue;
      codes.add(code);
      const owned = owns(op, rung, code);
      const texts = new Set<string>();
      for (const { key, operator, start, line, becomes, nth } of locate(code).values()) {
        const id = [op.name, rung, pass, key].filter(Boolean).join(" | ");
        const text = `${template(line)} ${nth} ${becomes}`;
        if (ids.has(id) || texts.has(text) || !owned(start)) continue;
        ids.add(id);
        texts.add(text);
        const mutated = change(op, rung, (k, i) => (i === index ? { ...k, code: apply(k.code, key) } : k));
        yield { id, op: original, rung, operator, pass, line, becomes, nth, mutated };
      }
    }
}

/** A mutant's id without its operation. */
const place = ({ id, op }: Mutant): string => id.slice(op.name.length);

/** The text with the edit of this key, or unchanged if it has no such line. */
function apply(code: string, key: string): string {
  const edit = locate(code).get(key);
  return edit ? code.slice(0, edit.start) + edit.text + code.slice(edit.end) : code;
}

function remembering<K, T>(f: (key: K) => T): (key: K) => T {
  const known = new Map<K, T>();
  return (key) => {
    if (!known.has(key)) known.set(key, f(key));
    return known.get(key)!;
  };
}

/** If an operation has more mutants than this on a rung, they are sampled. */
export const MOST = 170;

/** The lines that the whole step's other operations have to themselves are few and alike, and each mutant is seconds in the compiler. */
export const mostOf = (op: Op, most: number): number => (SAME_TEXT.has(op.name) ? Math.ceil(most / 4) : most);

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
