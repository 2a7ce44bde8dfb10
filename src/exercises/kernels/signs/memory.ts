/** Signs of a kernel that writes where it must not, or not where it must, or builds on what was there before. */
import { count } from "../../../plan/count.ts";
import { isRight, type Mistake, type Seen, sizesText, wrongOnes } from "../seen.ts";
import { FILLS, type Output, type Trials } from "../trials.ts";
import { firstGroup, type Written } from "./workgroups.ts";

export function pastTheEnd(all: readonly Seen[]): Mistake | null {
  for (const { posed, first } of all) {
    const output = first.outputs.find(({ broken }) => broken >= 0);
    if (!output) continue;
    const { name, words, broken } = output;
    return {
      id: "past-the-end",
      says: `Where ${sizesText(posed.dims)}, \`${name}\` has ${count(words.length)} elements, and yours writes to \`${name}[${broken}]\` too: that is lost, or lands in somebody else's numbers.`,
    };
  }
  return null;
}

/** Elements of an output that hold after both runs what they held before. */
export function untouched(trials: Trials, { posed, first, again }: Seen, k: number): boolean[] {
  const { name, words } = first.outputs[k];
  const after = again.outputs[k].words;
  if (trials.isUpdated(name)) {
    const before = new Uint32Array(Float32Array.from(posed.inputs[name]).buffer);
    const wrong = wrongOnes(first.outputs[k], posed.want[name], trials.tolerance(posed));
    return wrong.map((off, i) => off && words[i] === before[i] && after[i] === before[i]);
  }
  return Array.from(words, (w, i) => w === FILLS[0] && after[i] === FILLS[1]);
}

export async function neverWritten(trials: Trials, all: readonly Seen[]): Promise<Mistake | null> {
  const cases = all.map((one) => ({
    one,
    missing: one.first.outputs.map((_, k) => untouched(trials, one, k)),
  }));
  const some = cases.filter(({ missing }) => missing.some((m) => m.includes(true)));
  if (some.length === 0) return null;
  const nothing = some.find(({ missing }) => missing.some((m) => !m.includes(false)));
  const { one, missing } = nothing ?? some.at(-1)!;
  const group = nothing ? undefined : await firstGroup(trials, one);
  if (group && sameAs(missing, group))
    return {
      id: "first-workgroup",
      says: `Every workgroup writes the same elements, those of the first one: where ${sizesText(one.posed.dims)}, all others keep what was there before.`,
    };
  const k = missing.findIndex((m) => m.includes(true) && (!nothing || !m.includes(false)));
  return { id: "never-written", says: describe(trials, one, one.first.outputs[k], missing[k]) };
}

/** Whether what is missing is just what the first workgroup does not write. */
const sameAs = (missing: readonly (readonly boolean[])[], group: Written): boolean =>
  missing.every((m, k) => m.every((is, i) => is !== group[k][i]));

function describe(trials: Trials, { posed }: Seen, { name }: Output, missing: readonly boolean[]): string {
  const where = `where ${sizesText(posed.dims)}`;
  const keep = "keep what was there before";
  const number = missing.filter(Boolean).length;
  if (number === missing.length) return `Nothing is ever written to \`${name}\`.`;
  const first = missing.indexOf(true);
  if (number === missing.length - first)
    return `\`${name}\` is written up to element ${count(first - 1)} only: ${where}, it has ${count(missing.length)}, and the others ${keep}.`;
  const lines = lastLines(trials, posed.dims, name, missing);
  if (lines) return `The ${lines} of \`${name}\` are never written: ${where}, they ${keep}.`;
  return `${count(number)} of the ${count(missing.length)} elements of \`${name}\` are never written, the first of them \`${name}[${first}]\`: ${where}, they ${keep}.`;
}

/** "columns from 16 on", where that is all that is missing. */
function lastLines(
  trials: Trials,
  dims: Readonly<Record<string, number>>,
  name: string,
  missing: readonly boolean[],
): string | undefined {
  const shape = trials.task.computation.bindings[name].dims.map((symbol) => dims[symbol]);
  if (shape.length !== 2) return undefined;
  const [, columns] = shape;
  const first = missing.indexOf(true) % columns;
  const fits = missing.every((is, i) => is === i % columns >= first);
  return fits ? `columns from ${first} on` : undefined;
}

/** Whether it is right in memory that is 0 before. */
export async function notInitialised(trials: Trials, all: readonly Seen[]): Promise<Mistake | null> {
  const one = all.find(({ ok }) => !ok)!;
  const nan = one.first.outputs.find(({ values }) => values.some((value) => Number.isNaN(value)));
  if (!nan || trials.isUpdated(nan.name)) return null;
  const zeros = await trials.run(one.posed, { fill: 0 });
  if (!isRight(zeros, one.posed.want, trials.tolerance(one.posed))) return null;
  return {
    id: "not-initialised",
    says: `Yours builds on what is in \`${nan.name}\` before it runs: it is right once, in memory that is 0, and in the next step the last one's numbers are still there.`,
  };
}
