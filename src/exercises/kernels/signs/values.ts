/** Signs that any wrong values may have: not finite, another sign, a factor, another order. */
import { largest } from "../../../plan/compare.ts";
import type { Dims, Tolerance } from "../../../plan/contract.ts";
import { type Mistake, type Seen, short, sizesText, wrongOnes } from "../seen.ts";
import type { Output, Trials } from "../trials.ts";

type Numbers = ArrayLike<number>;

/** An output in all cases, and whether it is wrong in some. */
interface Column {
  readonly name: string;
  readonly of: readonly {
    readonly seen: Seen;
    readonly output: Output;
    readonly want: Numbers;
    readonly tolerance: Tolerance;
  }[];
}

type Find = (trials: Trials, column: Column) => Mistake | null;

export function general(trials: Trials, all: readonly Seen[]): Mistake | null {
  const columns = all[0].first.outputs.map(
    ({ name }, k): Column => ({
      name,
      of: all.map((seen) => ({
        seen,
        output: seen.first.outputs[k],
        want: seen.posed.want[name],
        tolerance: trials.tolerance(seen.posed),
      })),
    }),
  );
  const wrong = columns.filter(({ of }) =>
    of.some(({ output, want, tolerance }) => wrongOnes(output, want, tolerance).includes(true)),
  );
  for (const find of [notFinite, otherOutput, zero, factor, transposed])
    for (const column of wrong) {
      const found = find(trials, column);
      if (found) return found;
    }
  return null;
}

const notFinite: Find = (_, { name, of }) => {
  for (const { seen, output, want } of of) {
    const at = output.values.findIndex((value, i) => !Number.isFinite(value) && Number.isFinite(want[i]));
    if (at < 0) continue;
    const value = output.values[at];
    const what = Number.isNaN(value) ? "NaN, not a number," : "infinite";
    return {
      id: "not-finite",
      says: `Where ${sizesText(seen.posed.dims)}, \`${name}[${at}]\` is ${what} and ${short(want[at])} is right.`,
    };
  }
  return null;
};

/** Within the tolerance of the numbers that a function of the index gives. */
const fits = (
  { output, want, tolerance }: Column["of"][number],
  value: (i: number) => number,
  scale = 1,
): boolean => {
  const { rtol, atol } = tolerance;
  const bound = Math.max(1, Math.abs(scale));
  for (let i = 0; i < want.length; i++) {
    const other = value(i);
    if (!(Math.abs(output.values[i] - other) <= atol * bound + rtol * Math.abs(other))) return false;
  }
  return true;
};

const otherOutput: Find = (trials, { name, of }) => {
  for (const other of trials.outputs) {
    const same = of.every((one) => {
      const values = one.seen.posed.want[other];
      return values.length === one.want.length && fits(one, (i) => values[i]);
    });
    if (other !== name && same)
      return { id: "other-output", says: `\`${name}\` holds the numbers that belong into \`${other}\`.` };
  }
  return null;
};

const zero: Find = (_, { name, of }) =>
  of.every(({ output }) => largest(output.values) === 0)
    ? { id: "zero", says: `\`${name}\` is 0 everywhere.` }
    : null;

/** What a factor may be, besides a number that is the same in all cases. */
const FACTORS: readonly { readonly text: (s: string) => string; readonly of: (n: number) => number }[] = [
  { text: (s) => s, of: (n) => n },
  { text: (s) => `${s} − 1`, of: (n) => n - 1 },
  { text: (s) => `${s}²`, of: (n) => n * n },
  { text: (s) => `${s} / (${s} − 1)`, of: (n) => n / (n - 1) },
];

const factor: Find = (_, { name, of }) => {
  const found = of.map((one) => {
    const { output, want } = one;
    let at = 0;
    for (let i = 1; i < want.length; i++) if (Math.abs(want[i]) > Math.abs(want[at])) at = i;
    const ratio = output.values[at] / want[at];
    return Number.isFinite(ratio) && ratio !== 0 && fits(one, (i) => ratio * want[i], ratio)
      ? ratio
      : undefined;
  });
  if (!found.every((ratio) => ratio !== undefined)) return null;
  const ratios = found as number[];
  const near = (a: number, b: number) => Math.abs(a - b) <= 1e-4 * Math.abs(b);
  const says = (text: string): Mistake => ({ id: "factor", says: text });
  if (ratios.every((ratio) => near(ratio, -1)))
    return { id: "sign", says: `Every number of \`${name}\` has the wrong sign.` };
  const minus = ratios[0] < 0 ? "has the wrong sign and " : "";
  const size = Math.abs(ratios[0]);
  if (ratios.every((ratio) => near(ratio, ratios[0])))
    return says(
      `Every number of \`${name}\` ${minus}is ${size > 1 ? `${short(size)} times too large` : `${short(1 / size)} times too small`}.`,
    );
  const dims = of.map(({ seen }) => seen.posed.dims);
  for (const symbol of Object.keys(dims[0]))
    for (const { text, of: value } of FACTORS)
      for (const power of [1, -1])
        if (ratios.every((ratio, i) => near(Math.abs(ratio), value(dims[i][symbol]) ** power)))
          return says(
            `Every number of \`${name}\` ${minus}is too ${power > 0 ? "large" : "small"} by a factor of ${text(symbol)}.`,
          );
  return null;
};

const transposed: Find = (trials, { name, of }) => {
  const symbols = trials.task.computation.bindings[name].dims;
  if (symbols.length !== 2) return null;
  const shape = (dims: Dims) => symbols.map((s) => dims[s]);
  if (!of.some(({ seen }) => Math.min(...shape(seen.posed.dims)) > 1)) return null;
  const all = of.every((one) => {
    const [rows, columns] = shape(one.seen.posed.dims);
    return fits(one, (i) => one.want[(i % rows) * columns + Math.floor(i / rows)]);
  });
  return all
    ? {
        id: "transposed",
        says: `\`${name}\` has its rows where its columns belong: element (${symbols.join(", ").toLowerCase()}) stands where (${[...symbols].reverse().join(", ").toLowerCase()}) would.`,
      }
    : null;
};
