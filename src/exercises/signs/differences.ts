/** Signs of a result that is the right one plus something. */
import { largest } from "../../plan/compare.ts";
import { Tensor } from "../dialect/tensor.ts";
import { sameShape } from "../equal.ts";
import { close, type Find, isMatrix, LINES, type Numbers, type Seen, short, sign, vectors } from "./seen.ts";
import { equals } from "./tensors.ts";

const difference = ({ mine, right }: Seen): Float64Array => {
  const y = right.read();
  return Float64Array.from(mine.read(), (value, i) => value - y[i]);
};

/** The first of the names that a difference equals, with the side that it is on. */
function named(
  name: string,
  seen: readonly Seen[],
  of: (one: Seen) => Numbers,
  allowed: (tensor: Tensor, one: Seen) => boolean,
): string | undefined {
  const [more] = equals(name, seen, of, allowed);
  if (more) return `\`${more}\` too much`;
  const [less] = equals(name, seen, (one) => Float64Array.from(of(one), (value) => -value), allowed);
  return less && `\`${less}\` too little`;
}

export const lineDifference: Find = ({ name }, seen) => {
  if (!seen.every(({ mine, right }) => sameShape(mine, right))) return null;
  const amounts = seen.map((one) => {
    const all = difference(one);
    return close(all, new Float64Array(all.length).fill(all[0]), one.terms) ? all[0] : undefined;
  });
  if (seen[0].right.numel > 1 && amounts.every((amount) => amount !== undefined))
    return sign(
      "difference",
      `Every number of yours is too ${amounts[0]! > 0 ? "large" : "small"} by the same amount, ${short(Math.abs(amounts[0]!))} here.`,
    );
  if (seen.every(isMatrix)) {
    for (const { axis, each, along } of LINES) {
      const lines = seen.map((one) => {
        const { right } = one;
        const tensor = new Tensor("float", right.shape, { values: difference(one), version: 0 });
        return vectors(tensor, axis);
      });
      const constant = seen.every(({ terms, mine }, i) => {
        const size = Math.max(terms, largest(mine.read()));
        return lines[i].every((line) => close(line, new Float64Array(line.length).fill(line[0]), size));
      });
      if (!constant) continue;
      const which = named(
        name,
        seen,
        (one) => lines[seen.indexOf(one)].map((line) => line[0]),
        (tensor, { right }) => along(tensor, right),
      );
      return sign(
        `${each}-difference`,
        which
          ? `All numbers in a ${each} of yours are off by the same amount: ${which}.`
          : `All numbers in a ${each} of yours are off by the same amount: a term that is the same along it is missing, or too much.`,
      );
    }
  }
  const which = named(name, seen, difference, (tensor, { right }) => sameShape(tensor, right));
  return which ? sign("difference", `Each number of yours has its own ${which}.`) : null;
};
