/**
 * What a wrong result that no entry of the catalogue explains has in common with the right one: a factor, a missing term, another order,
 * rows that are right. A sign counts if it holds in every case, so that a number can be told apart from a size that it equals.
 */
import { spread } from "../equal.ts";
import { lineDifference } from "./differences.ts";
import { constantFactor, elementFactor, lineFactor } from "./factors.ts";
import { someWrong } from "./parts.ts";
import { type Asked, type Find, ofAll, place, type Seen, type Sign, short, sign, wrongOnes } from "./seen.ts";
import { constant, notFinite, notSummed, otherOrder, otherShape, transposed } from "./shapes.ts";
import { noUpstream, otherTensor } from "./tensors.ts";

export type { Seen, Sign } from "./seen.ts";

/** The first sign that fits, with the numbers of the first case. */
export function signOf(asked: Asked, seen: readonly Seen[]): Sign | null {
  const all = seen.map((one) => ({ ...one, mine: spread(one.mine, one.right) ?? one.mine }));
  for (const find of FINDS) {
    const found = find(asked, all);
    if (found) return found;
  }
  return null;
}
/** Nothing else is known of it: how much is wrong, and where most. */
const values: Find = (_, seen) => {
  const one = seen.find((each) => each.mine.numel === each.right.numel && wrongOnes(each).includes(true));
  if (!one) return null;
  const { mine, right } = one;
  const [x, y] = [mine.read(), right.read()];
  const off = wrongOnes(one).filter(Boolean).length;
  let at = 0;
  for (let i = 1; i < x.length; i++) if (Math.abs(x[i] - y[i]) > Math.abs(x[at] - y[at])) at = i;
  if (one !== seen[0])
    return sign("values", "On the first minibatch yours is right, and on other numbers it is not.");
  return sign(
    "values",
    `${ofAll(off, x.length)} wrong, most at ${place(at, right.shape)}, where yours is ${short(x[at])}.`,
  );
};
/** From what says most to what says least. */
const FINDS: readonly Find[] = [
  notFinite,
  constant,
  transposed,
  notSummed,
  otherOrder,
  otherTensor,
  noUpstream,
  otherShape,
  constantFactor,
  someWrong,
  lineFactor,
  elementFactor,
  lineDifference,
  values,
];
