/** Signs of a result that has no numbers, or the right ones in another shape or order. */
import { shapeText, type Tensor } from "../dialect/tensor.ts";
import { sameShape } from "../equal.ts";
import { close, type Find, nonZero, ofAll, place, short, sign, vanishes } from "./seen.ts";

export const notFinite: Find = (_, seen) => {
  const one = seen.find(({ mine }) => mine.read().some((value) => !Number.isFinite(value)));
  if (!one) return null;
  const values = one.mine.read();
  const at = values.findIndex((value) => !Number.isFinite(value));
  const count = values.filter((value) => !Number.isFinite(value)).length;
  const where =
    one === seen[0]
      ? ""
      : " It happens where the numbers are larger or smaller than in the first minibatch: logits of ±80, a variance near 1e-5.";
  const kind = values.some(Number.isNaN) ? "NaN" : "infinite";
  return sign(
    "nan",
    `${ofAll(count, values.length)} ${kind}, the first at ${place(at, one.mine.shape)}.${where}`,
  );
};

export const constant: Find = (_, seen) => {
  const value = seen[0].mine.read().at(0);
  if (
    value === undefined ||
    seen.some(({ mine }) => mine.read().some((each) => each !== value)) ||
    nonZero(seen).length === 0
  )
    return null;
  return sign(
    value === 0 ? "zero" : "constant",
    `All of yours is ${short(value)}, whatever comes back from the loss.`,
  );
};

export const transposed: Find = (_, seen) => {
  const fits = seen.every(({ mine, right, terms }) => {
    if (mine.ndim !== 2 || right.ndim !== 2) return false;
    const [rows, columns] = mine.shape;
    const turned = mine.as([columns, rows], [mine.strides[1], mine.strides[0]]);
    return sameShape(turned, right) && close(turned.read(), right.read(), terms);
  });
  const { mine, right } = seen[0];
  return fits && (mine.shape[0] !== 1 || mine.shape[1] !== 1)
    ? sign(
        "transposed",
        `The numbers are right, but yours is on its side: its shape is ${shapeText(mine.shape)} instead of ${shapeText(right.shape)}.`,
      )
    : null;
};

export const notSummed: Find = ({ name }, seen) => {
  for (const axis of [0, 1, 2]) {
    const fits = nonZero(seen).every(({ mine, right, terms }) => {
      if (axis >= mine.ndim || mine.numel <= right.numel || mine.shape[axis] === 1) return false;
      return close(summed(mine, axis), right.read(), terms);
    });
    if (!fits || nonZero(seen).length === 0) continue;
    const { mine, right } = seen[0];
    const count = mine.shape[axis];
    return sign(
      "not-summed",
      `Yours is ${shapeText(mine.shape)} and \`${name}\` ${shapeText(right.shape)}: there are ${count} numbers of yours for each one of it, and it is only together that they are right.`,
    );
  }
  return null;
};

/** Summed over one axis, in row-major order. */
function summed(tensor: Tensor, axis: number): Float64Array {
  const inner = tensor.shape.slice(axis + 1).reduce((product, extent) => product * extent, 1);
  const extent = tensor.shape[axis];
  const values = tensor.read();
  const out = new Float64Array(values.length / extent);
  for (let i = 0; i < values.length; i++)
    out[Math.floor(i / (inner * extent)) * inner + (i % inner)] += values[i];
  return out;
}

export const otherOrder: Find = (_, seen) => {
  const fits = nonZero(seen).every(({ mine, right, terms }) => {
    if (mine.numel !== right.numel || mine.numel < 2) return false;
    return close(mine.read().slice().sort(), right.read().slice().sort(), terms);
  });
  if (!fits || nonZero(seen).length === 0) return null;
  const { mine, right } = seen[0];
  if (close(mine.read(), right.read(), seen[0].terms) && !vanishes(seen[0]))
    return sign(
      "view",
      `The numbers are right and in order, but the shape is ${shapeText(mine.shape)} instead of ${shapeText(right.shape)}.`,
    );
  return sign("order", "The numbers are the right ones, but they stand in other places.");
};

export const otherShape: Find = ({ name }, seen) => {
  const { mine, right } = seen[0];
  const squeezed = (tensor: Tensor): string => tensor.shape.filter((extent) => extent !== 1).join();
  return squeezed(mine) !== squeezed(right)
    ? sign(
        "shape",
        `Yours has shape ${shapeText(mine.shape)}, and \`${name}\` has ${shapeText(right.shape)}.`,
      )
    : null;
};
