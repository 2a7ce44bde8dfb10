/** Signs of a result that depends on nothing that it should depend on, or is another tensor. */
import { largest } from "../../plan/compare.ts";
import { Tensor } from "../dialect/tensor.ts";
import { isConstant, sameMistake } from "../equal.ts";
import { quoted } from "../text.ts";
import { close, type Find, type Numbers, type Seen, sign } from "./seen.ts";

/** The first two cases differ in nothing but the gradients that come back from the loss. */
export const noUpstream: Find = ({ given }, seen) => {
  const [own, random] = seen;
  if (given.length === 0 || !random || seen.every(({ mine }) => isConstant(mine))) return null;
  if (!sameMistake(own.mine, random.mine, { tensor: own.right, terms: 0 }, { strict: true })) return null;
  return sign(
    "no-upstream",
    `Yours stays the same whatever ${quoted(given)} ${given.length > 1 ? "are" : "is"}: nothing of what comes back from the loss is in it.`,
  );
};

/** The names of tensors that are what `of` makes of each case, in every case. */
export function equals(
  name: string,
  seen: readonly Seen[],
  of: (one: Seen) => Numbers,
  allowed: (tensor: Tensor, one: Seen) => boolean,
): string[] {
  const wanted = seen.map(of);
  return [...seen[0].tensors.keys()].filter(
    (other) =>
      other !== name &&
      seen.every((one, i) => {
        const tensor = one.tensors.get(other);
        if (!(tensor instanceof Tensor) || tensor.dtype !== "float" || !allowed(tensor, one)) return false;
        const values = tensor.read();
        return largest(values) > 0 && close(wanted[i], values, 0);
      }),
  );
}

export const otherTensor: Find = ({ name }, seen) => {
  const [found] = equals(
    name,
    seen,
    ({ mine }) => mine.read(),
    (tensor, { mine }) => tensor.numel === mine.numel,
  );
  if (!found) return null;
  const kind = found.startsWith("d")
    ? "another gradient"
    : "a tensor of the forward pass, and nothing in it comes from the loss";
  return sign("other-tensor", `Yours is \`${found}\`: ${kind}.`);
};
