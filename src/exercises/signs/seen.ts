/** A wrong result beside the right one, and what all signs need to compare them. */
import { largest, unravel } from "../../plan/compare.ts";
import { vanishes as isZero } from "../case.ts";
import type { Tensor } from "../dialect/tensor.ts";
import type { Value } from "../dialect/values.ts";
import { closeValues, sameShape, TOLERANCE } from "../equal.ts";
import type { CaseSizes, Task } from "../types.ts";

/** A wrong result in one case. */
export interface Seen {
  readonly sizes: CaseSizes;
  readonly mine: Tensor;
  readonly right: Tensor;
  /** How large the terms are that add up to an element of the right result. */
  readonly terms: number;
  /** Forward tensors and gradients, by name: what a result, a factor or a difference may be equal to. */
  readonly tensors: ReadonlyMap<string, Value>;
}

export interface Sign {
  /** Stable, `sign.what`. */
  readonly id: string;
  readonly says: string;
}

/** The gradient that was asked for. */
export type Asked = Pick<Task, "name" | "given">;

/** Looks for one sign; the first case is the notebook's own minibatch, whose numbers the sentence has. */
export type Find = (asked: Asked, seen: readonly Seen[]) => Sign | null;

export const sign = (id: string, says: string): Sign => ({ id: `sign.${id}`, says });

export type Numbers = ArrayLike<number>;

/** Whether the right result is 0 but for rounding: nothing is a multiple of it. */
export const vanishes = ({ right, terms }: Seen): boolean => isZero({ tensor: right, terms });

export const close = (a: Numbers, b: Numbers, terms: number): boolean =>
  a.length === b.length && closeValues(a, b, TOLERANCE * Math.max(terms, largest(b)));

/** The cases in which the right result is not 0, as long as there are any. */
export const nonZero = (seen: readonly Seen[]): readonly Seen[] => seen.filter((one) => !vanishes(one));

/** Where an element is, as one writes it: `[2, 0]`. */
export const place = (flat: number, shape: readonly number[]): string =>
  `[${unravel(flat, shape).join(", ")}]`;

/** 2, 0.5, 1.23457 */
export const short = (value: number): string => String(Number(value.toPrecision(6)));

/** "3 of your 64 numbers are" */
export const ofAll = (count: number, all: number): string =>
  count === all
    ? `${all === 1 ? "Your number is" : `All ${all} of your numbers are`}`
    : `${count} of your ${all} numbers ${count === 1 ? "is" : "are"}`;

/** The wrong elements of a result that has the right one's number of them. */
export const wrongOnes = ({ mine, right, terms }: Seen): boolean[] => {
  const y = right.read();
  const within = TOLERANCE * terms;
  return Array.from(mine.read(), (value, i) => value !== y[i] && !(Math.abs(value - y[i]) <= within));
};

/** Elements of a matrix by column, or by row. */
export function vectors(tensor: Tensor, axis: 0 | 1): Numbers[] {
  const [rows, columns] = tensor.shape;
  const values = tensor.read();
  return axis === 0
    ? Array.from({ length: columns }, (_, j) =>
        Float64Array.from({ length: rows }, (_, i) => values[i * columns + j]),
      )
    : Array.from({ length: rows }, (_, i) => values.slice(i * columns, (i + 1) * columns));
}

export const isMatrix = ({ mine, right }: Seen): boolean =>
  sameShape(mine, right) && right.ndim === 2 && right.shape.every((extent) => extent > 1);

/** By columns (0) and by rows (1): what they are called, and which tensors have a number for each of them. */
export const LINES = [
  { axis: 0, each: "column", along: (tensor: Tensor, right: Tensor) => isRow(tensor, right.shape[1]) },
  { axis: 1, each: "row", along: (tensor: Tensor, right: Tensor) => isColumn(tensor, right.shape[0]) },
] as const;

const isRow = ({ shape }: Tensor, extent: number): boolean =>
  shape[shape.length - 1] === extent && shape.slice(0, -1).every((size) => size === 1);
const isColumn = ({ shape }: Tensor, extent: number): boolean =>
  shape[0] === extent && shape.slice(1).every((size) => size === 1);
