/** Signs of a kernel that is right for some workgroups and not for others. */
import { type Mistake, type Seen, sizesText, wrongOnes } from "../seen.ts";
import { FILLS, type Trials } from "../trials.ts";

/** For each output which of its elements are written. */
export type Written = readonly (readonly boolean[])[];

const workgroups = (trials: Trials, { posed }: Seen): number =>
  trials.task.grid.of(posed.dims, trials.size).reduce((product, n) => product * n);

/** What the first workgroup writes when it runs alone; undefined where there is just one, or it writes all. */
export async function firstGroup(trials: Trials, one: Seen): Promise<Written | undefined> {
  if (workgroups(trials, one) === 1) return undefined;
  const { outputs } = await trials.run(one.posed, { grid: [1, 1, 1] });
  const written = outputs.map(({ name, words }) => {
    const before = trials.isUpdated(name)
      ? new Uint32Array(Float32Array.from(one.posed.inputs[name]).buffer)
      : undefined;
    return Array.from(words, (w, i) => w !== (before ? before[i] : FILLS[0]));
  });
  return written.some((w) => w.includes(true)) && written.some((w) => w.includes(false))
    ? written
    : undefined;
}

/** Right in the first workgroup, and wrong in all others. */
export async function firstWorkgroup(trials: Trials, all: readonly Seen[]): Promise<Mistake | null> {
  const several = all.filter((one) => workgroups(trials, one) > 1);
  if (several.length === 0 || all.some((one) => !several.includes(one) && !one.ok)) return null;
  for (const one of several) {
    const group = await firstGroup(trials, one);
    const fits = group?.every((written, k) => {
      const output = one.first.outputs[k];
      const wrong = wrongOnes(output, one.posed.want[output.name], trials.tolerance(one.posed));
      // A value may happen to be right.
      const others = written.filter((is) => !is).length;
      const off = wrong.filter((is, i) => is && !written[i]).length;
      return wrong.every((is, i) => !is || !written[i]) && off > 0.8 * others;
    });
    if (!fits) return null;
  }
  return {
    id: "first-workgroup",
    says: `The first workgroup's elements are right and all others are wrong, as where ${sizesText(several[0].posed.dims)}: what stands there does not depend on the workgroup, or not rightly.`,
  };
}

/** What tasks call a case of sizes that are all multiples of the workgroup's, and one of sizes that are not. */
const [WHOLE, RAGGED] = ["whole workgroups", "ragged"];

export function wholeTiles(all: readonly Seen[]): Mistake | null {
  const whole = all.filter(({ posed }) => posed.case.name === WHOLE);
  const ragged = all.find(({ posed, ok }) => posed.case.name.startsWith(RAGGED) && !ok);
  if (whole.length === 0 || !ragged || !whole.every(({ ok }) => ok)) return null;
  return {
    id: "whole-tiles",
    says: `Right where the sizes are multiples of the workgroup's, and wrong elsewhere, as where ${sizesText(ragged.posed.dims)}: in the last workgroup of a row, some invocations have nothing to do.`,
  };
}
