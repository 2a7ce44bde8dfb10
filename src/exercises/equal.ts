/** When two results are the same. */
import { largestFinite } from "../plan/compare.ts";
import { broadcast, expanded, sizeOf, Tensor } from "./dialect/tensor.ts";
import type { Value } from "./dialect/values.ts";

/** Share of the largest term by which values may differ. In float64 the roundings of these lines come to some 1e-13 of it. */
export const TOLERANCE = 1e-9;

/** `shape`: the same values, and comparing them broadcasts to no more elements than the right tensor has. */
export type Sameness = "same" | "shape" | "different";

/** A number or a truth value counts as a tensor without axes; what is neither is undefined. */
export function asTensor(value: Value | undefined): Tensor | undefined {
  if (value instanceof Tensor) return value;
  if (typeof value !== "number" && typeof value !== "bigint" && typeof value !== "boolean") return undefined;
  return new Tensor("float", [], { values: Float64Array.of(Number(value)), version: 0 });
}

/** Whether `value` is `right` to within {@link TOLERANCE} of its terms. */
export function sameness(value: Tensor, right: Tensor, terms: number): Sameness {
  const within = TOLERANCE * terms;
  if (sameShape(value, right)) return close(value, right, within) ? "same" : "different";
  const shape = broadcast(value.shape, right.shape);
  if (shape === undefined || sizeOf(shape) !== right.numel) return "different";
  return close(expanded(value, shape)!, expanded(right, shape)!, within) ? "shape" : "different";
}

/**
 * Whether two wrong results are one: the same values in the same shape. Unless `strict`, axes of size 1 do not count, and a result that is
 * meant to be spread over the right one's shape counts as spread.
 */
export function sameMistake(
  a: Tensor,
  b: Tensor,
  right: { readonly tensor: Tensor; readonly terms: number },
  { strict }: { readonly strict: boolean },
): boolean {
  const within = TOLERANCE * Math.max(right.terms, largestFinite(b.read()));
  if (sameShape(a, b)) return close(a, b, within);
  if (strict) return false;
  if (withoutOnes(a).join() === withoutOnes(b).join()) return close(a, b, within);
  const [mine, its] = [spread(a, right.tensor), spread(b, right.tensor)];
  return mine !== undefined && its !== undefined && close(mine, its, within);
}

/** A (1,64) result for a (32,64) tensor as 32 equal rows, as it counts where it is right; undefined for one that does not fit. */
export const spread = (value: Tensor, right: Tensor): Tensor | undefined => expanded(value, right.shape);

export const sameShape = (a: Tensor, b: Tensor): boolean => a.shape.join() === b.shape.join();

const withoutOnes = ({ shape }: Tensor): number[] => shape.filter((extent) => extent !== 1);

const close = (a: Tensor, b: Tensor, within: number): boolean => closeValues(a.read(), b.read(), within);

/** Whether all elements are the same number. */
export function isConstant(value: Tensor): boolean {
  const values = value.read();
  return values.every((each) => each === values[0]);
}

/** NaN is close to nothing, and an infinity to itself. */
export function closeValues(a: ArrayLike<number>, b: ArrayLike<number>, within: number): boolean {
  for (let i = 0; i < b.length; i++) if (a[i] !== b[i] && !(Math.abs(a[i] - b[i]) <= within)) return false;
  return true;
}
