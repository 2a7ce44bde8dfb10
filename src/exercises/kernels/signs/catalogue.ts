/** A mistake of the exercise's own catalogue: what it computes is what the kernel gave. */
import { compareValues } from "../../../plan/compare.ts";
import type { AnyArray } from "../../../plan/contract.ts";
import { type Mistake, type Seen, toleranceOf } from "../seen.ts";
import type { Trials } from "../trials.ts";
import type { KernelMistake } from "../types.ts";

/** Times the tolerance: a wrong formula may round more than the right one, for which the tolerance is. */
const LOOSER = 10;

export function known(trials: Trials, all: readonly Seen[]): Mistake | null {
  for (const mistake of trials.task.mistakes) {
    if (!all.every((one) => gives(trials, mistake, one))) continue;
    const { dims } = all.find(({ ok }) => !ok)!.posed;
    return { id: mistake.id, says: mistake.says(dims) };
  }
  return null;
}

function gives(trials: Trials, mistake: KernelMistake, { posed, first }: Seen): boolean {
  const { bindings } = trials.task.computation;
  const args = Object.fromEntries(
    Object.entries(bindings).map(([name, { type }]): [string, AnyArray] => {
      const array = type === "u32" ? Uint32Array : Float64Array;
      return [name, new array(posed.inputs[name] ?? posed.want[name].length)];
    }),
  );
  mistake.twin(args as Parameters<KernelMistake["twin"]>[0], posed.dims, trials.size);
  const { rtol, atol } = trials.tolerance(posed);
  return first.outputs.every((output) => {
    const want = args[output.name];
    const tolerance = toleranceOf(output, { rtol: LOOSER * rtol, atol: LOOSER * atol });
    // What comes of an overflow, where the twin has NaN, is up to the device: SwiftShader's log(0) is −88.
    const wanted = Array.from(want, (value, i) => inFloat32(Number.isNaN(value) ? output.values[i] : value));
    const got = Array.from(output.values, inFloat32);
    return compareValues(got, wanted, tolerance).approximate;
  });
}

const LARGEST = 3.4028234e38;

const inFloat32 = (value: number): number => (Math.abs(value) <= LARGEST ? value : LARGEST);
